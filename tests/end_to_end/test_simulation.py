"""The Washington office played on local adapters: the preview comes true, nobody is lost, no promise is broken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from hmn.rehearsal import SCRIPT, Day, Simulation, furnish_example
from integrations.settings import Send, load_settings
from network.approvals import Decision
from network.cadence import local_day
from network.endings import Ending, endings_of
from network.jobs.recruitment import preview
from network.jobs.story import story_of
from network.messages import Balance, MessageRecord, State, Stream
from network.ports import Office
from network.simulation import NOBODY_ACTS, Script, read_script
from network.tasks import TaskKind
from network.tracks import load_tracks

pytestmark = pytest.mark.long

# Each takes a second a day, and none of it bears on an invitation.
LEFT_OUT = frozenset({"newsletter", "surveys", "goals", "digest", "housekeeping"})
OURS = frozenset({Stream.RECRUITMENT, Stream.WELCOME, Stream.STILL_RIGHT})
CALLS = frozenset({TaskKind.CALL, TaskKind.PERSONAL_NOTE})

Touch = tuple[str, str, datetime]  # who, what, when


def an_example(folder: Path, *, script: Script | None = None) -> Simulation:
    """The example office of Washington State at its first morning, with the people of its script."""
    start = furnish_example(folder / "office")
    told = read_script((folder / "office" / SCRIPT).read_text(encoding="utf-8"), SCRIPT)
    settings = load_settings(home=folder / "office", workbook="workbook.xlsx", send=Send.LIVE)
    return Simulation(settings, script or told, start, leave_out=LEFT_OUT)


def letters(office: Office) -> set[Touch]:
    """Every letter that went, in the words of the preview, with the minute for which it was planned."""
    titles = {
        (track.track, step.id): f"{step.title} ({track.title})"
        for track in load_tracks(office.words.read).values()
        for step in track.steps
    }
    return {
        (record.message.to_name, titles[record.message.item.split("-")[0], record.message.step], record.message.due_at)
        for record in office.ledgerbook.records([State.SENT])
        if record.message.stream in OURS
    }


def calls(office: Office) -> set[tuple[str, date]]:
    """Every call and note that was asked for: whom, and since when."""
    names = {person.id: person.member.full_name for person in office.people.all()}
    return {(names[task.subject], task.since) for task in office.tasks.all() if task.kind in CALLS}


@pytest.mark.parametrize("days", [10])
def test_the_preview_and_what_then_happens_agree_exactly(days: int, tmp_path: Path) -> None:
    simulation = an_example(tmp_path)
    for _ in simulation.play(days):
        pass
    at = simulation.clock
    with simulation.open(at) as office:
        preferences = office.preferences()
        ahead = preview(office, at, days=14)
        letters_before, calls_before = letters(office), calls(office)
    simulation.people.script = Script()  # from here on nobody does anything: more than that no preview can know
    for _ in simulation.play(14):
        pass
    with simulation.open(simulation.clock) as office:
        sent, asked = letters(office) - letters_before, calls(office) - calls_before
        records = [r for r in office.ledgerbook.records([State.SENT]) if r.message.stream in OURS]
    assert len(sent) + len(asked) >= 8
    planned = {(touch.who, touch.what, touch.at) for touch in ahead if not touch.held}
    assert sent <= planned
    called = {(who, local_day(when, preferences)) for who, _, when in planned - sent if when is not None}
    assert called == asked
    assert not {(touch.who, touch.what) for touch in ahead if touch.held} & {touch[:2] for touch in sent}
    for record in records:  # an outbox that runs a few times a day lets each go within its day
        assert record.receipt is not None
        assert local_day(record.receipt.at, preferences) == local_day(record.message.due_at, preferences)


@dataclass(frozen=True)
class Quarter:
    """Ninety days, and how they ended."""

    simulation: Simulation
    story: list[Day]
    endings: list[Ending]
    balance: Balance
    sent: list[MessageRecord]

    @property
    def lines(self) -> list[str]:
        return [line for day in self.story for line in day.lines]


@pytest.fixture(scope="module")
def quarter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarter]:
    simulation = an_example(tmp_path_factory.mktemp("quarter"))
    story = list(simulation.play(90))
    with simulation.open(simulation.clock) as office:
        yield Quarter(
            simulation,
            story,
            endings_of(
                office.programs.all(),
                office.people.all(),
                office.enrollments.all(),
                office.tasks.all(),
                states=office.preferences().states,
            ),
            office.ledgerbook.tally(simulation.clock),
            list(office.ledgerbook.records([State.SENT])),
        )


def test_every_tribal_and_seasonal_recipient_is_at_an_end_or_has_a_named_task(quarter: Quarter) -> None:
    assert len(quarter.endings) == 20
    assert [(each.program.name, each.words) for each in quarter.endings if not each.is_settled] == []
    assert len({each.words.partition(":")[0].rstrip("0123456789") for each in quarter.endings}) >= 5


def test_no_promise_about_when_and_how_much_was_broken(quarter: Quarter) -> None:
    assert quarter.simulation.broken == []
    ours = [record for record in quarter.sent if record.message.stream in OURS]
    assert len(ours) >= 35
    assert {record.message.item for record in ours} >= {
        "head_start", "directors", "champions", "migrant_seasonal", "aian", "welcome",
    }  # fmt: skip
    assert len({record.message.address_key for record in quarter.sent}) == len(quarter.sent)


def test_the_balance_closes_and_only_what_a_leader_held_back_waits(quarter: Quarter) -> None:
    balance = quarter.balance
    assert balance.planned == balance.sent + sum(balance.skipped.values()) + sum(balance.waiting.values())
    assert balance.missed == 0
    assert balance.to_check == 0
    assert dict(balance.waiting) == {}


def test_what_people_said_was_obeyed(quarter: Quarter) -> None:
    to: dict[str, list[tuple[str, str]]] = {}
    for record in quarter.sent:
        if record.message.stream in OURS:
            to.setdefault(record.message.address, []).append((record.message.item, record.message.step))
    days = {r.message.key: r.message.due_at.date() for r in quarter.sent}
    assert to["devonte.marchby@p06.example.org"] == [("head_start", "letter-1")]  # STOP
    assert to["laszlo.verhovan@p09.example.org"] == [("head_start", "letter-1")]  # the address bounced
    assert to["renata.silverholt@partners.example.org"] == [("champions", "letter-1")]  # hostile
    assert [item for item, _ in to["camille.brannick@p02.example.org"]] == ["head_start", "welcome", "welcome"]
    assert [item for item, _ in to["jordan.fairholme@p32.example.org"]] == ["aian", "welcome", "welcome"]
    assert [item for item, _ in to["sam.greavesby@p42.example.org"]] == ["welcome", "welcome"]  # a yes on the phone
    assert "casey.norwell@p43.example.org" not in to  # "not now" on the phone
    assert "ivy.wrenfold@p24.example.org" not in to  # prefers the phone
    elwha = [day for key, day in days.items() if key.startswith("recruitment/aian/letter-1/")]
    assert max(elwha) == date(2026, 11, 2)  # "not before 2 November"
    assert not any("head_start/letter-2" in key for key in days)  # "not yet" is no yes


def test_the_welcome_comes_within_one_business_day_of_a_yes(quarter: Quarter) -> None:
    said = {
        line.partition(":")[0]: story.day
        for story in quarter.story
        for line in story.lines
        if line.endswith("ended, said yes")
    }
    welcomed = {r.message.to_name: r.message.due_at.date() for r in quarter.sent if r.message.step == "letter-1"}
    assert set(said) == {"Camille Brannick", "Jordan Fairholme", "Sam Greavesby"}
    for name, day in said.items():
        assert welcomed[name] - day <= timedelta(days=1)


def test_why_explains_everybody(quarter: Quarter) -> None:
    with quarter.simulation.open(quarter.simulation.clock) as office:
        invited = {enrollment.person_id for enrollment in office.enrollments.all()}
        for person in office.people.all():
            if person.member.email and person.id in invited:
                stories = story_of(office, person.member.email, quarter.simulation.clock)
                told = next(each for each in stories if each.person_id == person.id)
                assert told.today
                assert told.lines
        (sam,) = story_of(office, "sam.greavesby@p42.example.org", quarter.simulation.clock)
        assert any("said yes" in line.words for line in sam.lines)


def test_an_office_without_a_script_goes_on_by_itself(tmp_path: Path) -> None:
    simulation = an_example(tmp_path, script=NOBODY_ACTS)
    story = list(simulation.play(3))
    assert any("Letter 1 (Head Start)" in line for day in story for line in day.lines)
    assert simulation.broken == []


def test_a_not_yet_may_become_a_yes(tmp_path: Path) -> None:
    simulation = an_example(tmp_path)
    answers = simulation.people.script.answers
    first = replace(answers[0], says="Head Start, Letter 1, to Head Start programs", types="not yet")
    simulation.people.script = Script(answers=(first, *answers))
    assert not any("Letter 1 (Head Start)" in line for day in simulation.play(2) for line in day.lines)
    simulation.people.script = Script(answers=answers)
    simulation.people.done.clear()
    simulation.people.change_answer("Head Start, Letter 1, to Head Start programs", "approve")
    assert any("Letter 1 (Head Start)" in line for day in simulation.play(2) for line in day.lines)
    with simulation.open(simulation.clock) as office:
        given = office.approvals.find("recruitment/head_start/letter-1/HS_EHS")
        assert given is not None
        assert given.decision is Decision.APPROVED
