"""What the newsletter's own blocks are made of: surveys that run, and how many programs are with us."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from integrations.local.words import PackagedWords
from network.jobs.newsletter_sources import freeze, read_sources
from network.newsletter import Edition, Issue
from network.newsletter_blocks import NOT_HERE, QUESTIONS, Ask, Presence, Sources
from network.programs import ProgramType
from network.tabs import Cell
from network.tasks import NewTask, TaskKind
from tests.builders import NOON, Desk, a_person, a_program, some_preferences

HEADER = ("Survey", "Question", "Text", "Kind", "Link", "Opens on", "Closes on")
ISSUE = Issue("October 2026", date(2026, 10, 6), ())


def a_desk(*surveys: tuple[Cell, ...], block: str = QUESTIONS) -> Desk:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]  # the same port
    desk.preferences = some_preferences(blocks=frozenset({block}))
    desk.workbook.put("Survey questions", HEADER, *surveys)
    return desk


def sources(desk: Desk, edition: Edition = Edition.MEMBERS) -> Sources:
    reading = desk.workbook.read()
    assert reading is not None
    return read_sources(desk.office, reading, ISSUE, NOON)[edition]


def a_survey(opens: str = "2026-10-01", closes: str = "2026-10-20", link: str = "https://example.org/f") -> list[Cell]:
    return ["Feedback", "q1", "How was it?", "text", link, opens, closes]


def test_a_survey_that_runs_is_asked_of_members_alone() -> None:
    desk = a_desk(tuple(a_survey()))
    assert sources(desk).asks == (Ask("Feedback", date(2026, 10, 20), "https://example.org/f"),)
    assert sources(desk, Edition.DIRECTORS).asks == ()


def test_where_each_member_has_a_link_of_their_own_none_is_printed() -> None:
    desk = a_desk(tuple(a_survey(link="https://example.org/f?who=[Reference]")))
    assert sources(desk).asks == (Ask("Feedback", date(2026, 10, 20)),)


@pytest.mark.parametrize(
    "survey",
    [
        a_survey(opens="2026-10-07"),
        a_survey(opens="2026-09-01", closes="2026-10-05"),
        a_survey(opens="", closes=""),
        a_survey(link=""),
        a_survey(link="http://example.org/f"),
        a_survey(link="javascript:alert(1)"),
    ],
)
def test_a_survey_that_does_not_run_on_the_issues_day_is_not_asked(survey: list[Cell]) -> None:
    assert sources(a_desk(tuple(survey))).asks == ()


def test_with_surveys_off_none_is_asked() -> None:
    desk = a_desk(tuple(a_survey()))
    desk.preferences = replace(desk.preferences, jobs=desk.preferences.jobs - {"surveys"})
    assert sources(desk).asks == ()


def test_what_stands_on_the_agenda_is_told_once() -> None:
    desk = a_desk()
    task = NewTask("idea/feedback/dental care", TaskKind.SURVEY, "…", "", subject="feedback|Dental care")
    (opened,) = desk.tasks.open([task], NOON)
    desk.tasks.save([replace(opened, answer="on the agenda", answered_at=NOON - timedelta(days=1))], NOON)
    assert (sources(desk).agenda, sources(desk).loop) == (("Dental care",), ())
    desk.preferences = replace(desk.preferences, blocks=frozenset({"you said, we did"}))
    assert len(sources(desk).loop) == 1


def test_how_many_are_here_stays_as_the_approver_saw_it_and_names_nobody() -> None:
    desk = a_desk(block=NOT_HERE)
    desk.programs.replace([a_program(f"wa-{n}", f"Tribe {n}", number=f"90CI0{n:05}") for n in range(9)], NOON)
    desk.people.people["p-0"] = a_person("p-0", recipient_id="wa-0")
    before = sources(desk).presence
    assert Presence(ProgramType.AIAN, 1, 9) in before
    far = replace(ISSUE, send_on=date(2026, 12, 8))
    reading = desk.workbook.read()
    assert reading is not None
    assert read_sources(desk.office, reading, far, NOON)[Edition.MEMBERS].presence == ()
    freeze(desk.office, ISSUE, NOON)
    desk.people.people["p-1"] = a_person("p-1", email="b@example.org", recipient_id="wa-1")
    assert sources(desk).presence == before
