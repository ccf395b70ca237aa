"""How long one day's planning takes for 10,000 people in 200 tracks' worth of approvals, and a preview of 14 days.

Run ``python -m bench.bench_recruitment``. Prints seconds, and returns 1 when planning takes two seconds or more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import TypeVar

from integrations.local.words import PackagedWords
from network.approvals import Approval, Decision
from network.jobs.recruitment import apply_recruitment, plan_recruitment, preview
from network.members import Status
from network.programs import ProgramType
from tests.builders import NOON, Desk, a_person, a_program

PEOPLE, RECIPIENTS, TRIBAL = 10_000, 1_600, 190
WANTED = 2.0  # seconds for one day
STATES = ("WA", "OR", "CA", "TX", None)
T = TypeVar("T")


def main() -> int:
    """Prints what a first day, a later day and a preview take."""
    desk = a_large_office()
    first, planned = timed(lambda: plan_recruitment(desk.office, NOON))
    apply_recruitment(desk.office, planned, NOON)
    for request in desk.approvals.pending():
        desk.approvals.decide(Approval(request.item, request.fingerprint, Decision.APPROVED, "Noor", NOON, 1))
    tomorrow = NOON + timedelta(days=1)
    later, planned = timed(lambda: plan_recruitment(desk.office, tomorrow))
    ahead, touches = timed(lambda: preview(desk.office, tomorrow, days=14))
    print(f"{PEOPLE:,} people, {RECIPIENTS:,} recipients")
    print(f"the first day          {first:6.2f} s")
    print(f"a later day            {later:6.2f} s   {len(planned.messages)} letters rendered")
    print(f"a preview of 14 days   {ahead:6.2f} s   {len(touches):,} lines")
    return 1 if max(first, later) >= WANTED else 0


def a_large_office() -> Desk:
    """Recipients of all types, two thirds of the people invited, the rest members."""
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]
    for number in range(RECIPIENTS):
        kind = ProgramType.AIAN if number < TRIBAL else ProgramType.MSHS if number % 10 == 0 else ProgramType.HS_EHS
        name, months = f"Recipient {number}", tuple(range(1, 13))
        program = a_program(f"r{number}", name, program_type=kind, number=f"10CH{number:06}", open_months=months)
        desk.programs.programs.append(program)
    for number in range(PEOPLE):
        desk.people.people[f"p{number}"] = a_person(
            f"p{number}",
            name=f"Ana {number}",
            email=f"p{number}@example.org",
            status=Status.INVITE if number % 3 else Status.MEMBER,
            recipient_id=f"r{number % RECIPIENTS}",
            already_known=number % 2 == 0,
            state=STATES[number % len(STATES)],
            phone="+13605550184",
        )
    # The fake looks at every fact for every person; a ledger does it in one query.
    desk.consents.all = dict  # type: ignore[method-assign]
    return desk


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what came out."""
    begun = perf_counter()
    found = work()
    return perf_counter() - begun, found


if __name__ == "__main__":
    raise SystemExit(main())
