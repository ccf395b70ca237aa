"""Whose sheet this is, looked at with every reading of it; and the generation, raised before mail leaves.

The order that keeps the promise: a new mark is remembered in the ledger, then written to the sheet, and only then does
a run hand its first mail over (and again every ten minutes of a long run, and after each backup). A ledger copied
before that moment does not know the mark. A run that dies in between leaves a mark that its own ledger knows: ours.

The window, exactly: a file copy of the ledger that somebody makes by hand *while a run is handing mail over* does not
show what that run sends in its next ten minutes at most. A backup that `hmn restore` puts back is always noticed,
whenever it was made, because the restoring itself is remembered.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from network.cadence import local_day, say_day
from network.errors import HeldError, NetworkError
from network.guard import GUARD, Memory, Standing, Verdict, guard_tab, judge, why_held
from network.messages import TAKEN_OVER
from network.ports import Office
from network.reports import Page
from network.tabs import Reading, SystemTab

MEMORY = "guard"  # what we remember of the guard
HELD = "guard.held"  # why this computer may not act, as last judged; blank when it may
TAKEN_OVER_AT = "guard.taken_over"  # when this computer took the sheet over
RAISED_FOR = timedelta(minutes=10)  # how long a run may hand over mail on one mark


def look(office: Office, reading: Reading | None, at: datetime, *, dry_run: bool = False) -> None:
    """Raises HeldError when this computer must not act on the sheet just read; None means nothing changed in it.

    What was judged is remembered for the jobs that read no sheet. In a rehearsal nothing is written.
    """
    if reading is None:
        sentence = held(office)
    else:
        memory = recall(office)
        verdict = judge(reading.guard, memory)
        sentence = why_held(verdict, memory)
        if not dry_run:
            _remember(office, verdict, memory, sentence, at)
    if sentence:
        raise HeldError(sentence)


def held(office: Office) -> str:
    """Why this computer may not act, as last judged; blank when it may."""
    memory = recall(office)
    if memory.unsure:
        return why_held(Verdict(Standing.UNSURE), memory)
    return office.cursors.get(HELD) or ""


def todays_guard(office: Office, at: datetime) -> SystemTab:
    """The tab as it should stand now; the first time this office gets its id."""
    memory = recall(office)
    if not memory.installation:
        memory = Memory(office.new_id()).raised(office.new_id())
        keep(office, memory, at)
    return guard_tab(memory, local_day(at, office.preferences()), office.refusals.noes())


def raise_generation(office: Office, at: datetime) -> str:
    """Writes a new mark to the sheet before mail leaves; returns why it could not, blank when it stands there."""
    memory = recall(office)
    memory = memory if memory.installation else Memory(office.new_id())
    keep(office, memory.raised(office.new_id()), at)
    try:
        written = office.workbook.publish([todays_guard(office, at)])
    except NetworkError as err:
        return f"The sheet could not be written, so nothing went out. {err}"
    if GUARD not in written:
        return "Our file beside the workbook is open in another program, so nothing went out. Please close it."
    return ""


def recall(office: Office) -> Memory:
    """What the ledger remembers of the guard."""
    return Memory.from_text(office.cursors.get(MEMORY))


def keep(office: Office, memory: Memory, at: datetime) -> None:
    """Remembers it."""
    office.cursors.set(MEMORY, memory.to_text(), at)


def taken_over_on(office: Office) -> date | None:
    """The day on which this computer took the sheet over; what was dated until then may have gone before."""
    moment = office.cursors.get(TAKEN_OVER_AT)
    return local_day(datetime.fromisoformat(moment), office.preferences()) if moment else None


def may_have_gone(office: Office, day: date | None) -> bool:
    """Tells whether something for this day may have been sent from elsewhere before this computer took over."""
    taken_over = taken_over_on(office) if day is not None else None
    return day is not None and taken_over is not None and day <= taken_over


def gone_sentence(day: date) -> str:
    """What is said of an issue or notice of such a day."""
    return f"for {say_day(day)}; it {TAKEN_OVER}. If it did not, type a new day"


def page(sentence: str) -> Page:
    """The page on the dashboard when this computer must not act."""
    text = (
        f"# This computer has stopped\n\n**{sentence}**\n\n`hmn takeover` reads sheet, mailbox and newsletter first, "
        "keeps every no, and treats everybody as already written to. It repeats no letter."
    )
    return Page("hmn-guard", "Whose sheet this is", text, {"stopped": 1})


def _remember(office: Office, verdict: Verdict, memory: Memory, sentence: str, at: datetime) -> None:
    if verdict.standing is Standing.OURS and verdict.guard is not None:
        seen = memory.seen(verdict.guard)
        if seen != memory:
            keep(office, seen, at)
    if sentence != (office.cursors.get(HELD) or ""):
        office.cursors.set(HELD, sentence, at)
