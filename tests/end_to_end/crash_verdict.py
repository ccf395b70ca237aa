"""The verdict of a run: what the witness saw arrive is held against the ledger, mail by mail, and counted.

Nothing else is asked. A mail that came twice, one that the ledger calls sent and nobody got, one that is unclear
although it could have been looked up or stands nowhere for a person, and a balance that does not add up: each is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from network.messages import Balance, MessageRecord, State
from network.mime import message_id
from tests.end_to_end.crash_faults import MAY_REFUSE, Case

_NUMBERS = ("runs", "harmed", "duplicates", "lost", "not_sure", "unresolved", "balance_errors")


@dataclass(frozen=True)
class Seen:
    """How one run ended."""

    arrived: Mapping[str, int]  # by Message-ID: what the witness wrote down
    records: Sequence[MessageRecord]
    balance: Balance
    listed: Collection[str]  # keys of the messages that an open row of To do asks about


@dataclass
class Counts:
    """What the runs came to."""

    runs: int = 0
    harmed: int = 0  # runs in which a worker really was killed or stopped
    duplicates: int = 0
    lost: int = 0
    not_sure: int = 0  # unclear and listed for a person: that is allowed
    unresolved: int = 0  # unclear although the lane could have been asked, or listed nowhere
    balance_errors: int = 0
    rows: Counter[str] = field(default_factory=Counter)  # by "lane|fault|what"
    met: Counter[str] = field(default_factory=Counter)  # by "lane|boundary": how often a worker was to be harmed there
    reach: dict[str, int] = field(default_factory=dict)  # how many boundaries a whole run of each lane crosses
    wrong: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing that may never happen has happened."""
        return not (self.duplicates or self.lost or self.unresolved or self.balance_errors)

    def add(self, other: Counts) -> None:
        """Joins what another process counted."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rows += other.rows
        self.met += other.met
        self.reach |= {lane: max(number, self.reach.get(lane, 0)) for lane, number in other.reach.items()}
        self.wrong += other.wrong

    def judge(self, case: Case, seen: Seen, *, people: int, sender: str) -> None:
        """Adds one run."""
        before = self._wrongs()
        self.runs += 1
        for record in seen.records:
            self._judge_mail(case, record, seen.arrived.get(message_id(record.message.key, sender), 0), seen.listed)
        known = {message_id(record.message.key, sender) for record in seen.records}
        self.balance_errors += any(name not in known for name in seen.arrived)  # a mail that nobody planned
        self.balance_errors += seen.balance.planned != people or len(seen.records) != people
        self.rows[f"{case.lane}|{case.fault}|runs"] += 1
        if before != self._wrongs():
            told = ", ".join(f"{each.message.person_id} {each.state} {each.reason}" for each in seen.records)
            self.wrong.append(f"{case}: {told}; arrived {dict(seen.arrived)}")

    def _judge_mail(self, case: Case, record: MessageRecord, times: int, listed: Collection[str]) -> None:
        self.duplicates += max(0, times - 1)
        match record.state:
            case State.SENT:
                self.lost += times == 0
            case State.TO_CHECK:
                self.not_sure += 1
                could_be_known = case.lane in {"local", "gmail"} or (case.lane == "smtp+imap" and times > 0)
                self.unresolved += could_be_known or record.message.key not in listed
            case State.FAILED:
                self.balance_errors += times > 0 or case.fault not in MAY_REFUSE
            case _:
                self.lost += 1
                self.balance_errors += times > 0
        self.rows[f"{case.lane}|{case.fault}|{record.state}"] += 1

    def _wrongs(self) -> tuple[int, ...]:
        return self.duplicates, self.lost, self.unresolved, self.balance_errors

    # --- words -------------------------------------------------------------------------------------------------------

    @property
    def last_line(self) -> str:
        return (
            f"runs {self.runs}, with a worker killed or stopped {self.harmed}: duplicates {self.duplicates}, lost "
            f"{self.lost}, not sure {self.not_sure}, unresolved {self.unresolved}, balance errors {self.balance_errors}"
        )

    @property
    def boundaries_line(self) -> str:
        """How many boundaries of a whole run were drawn at least once."""
        parts = []
        for lane, reach in sorted(self.reach.items()):
            met = sum(f"{lane}|{number}" in self.met for number in range(1, reach + 1))
            parts.append(f"{lane} {met} of {reach}")
        return f"boundaries at which a worker was to be harmed: {', '.join(parts)}"

    def table(self) -> list[str]:
        """The rows as docs/delivery.md shows them."""
        lines = [
            "| lane | fault, besides the killing and sleeping | runs | sent | refused | not sure |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
        ]
        for kind in sorted({key.rpartition("|")[0] for key in self.rows}):
            lane, _, fault = kind.partition("|")
            found = [self.rows[f"{kind}|{name}"] for name in ("runs", State.SENT, State.FAILED, State.TO_CHECK)]
            lines.append(f"| {lane} | {fault} | {' | '.join(map(str, found))} |")
        return lines
