"""The surveys round over Google Forms and a real ledger: who answered on the web is not reminded, and stays unknown."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from integrations.google.surveys import GoogleForms
from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.responses import LedgerResponses
from integrations.ledger.tables import metadata, response
from integrations.local.surveys import LocalSurveys
from integrations.local.words import PackagedWords
from network.approvals import Approval, Decision
from network.jobs.survey_mail import reference_of
from network.jobs.surveys import SurveyReport, read_surveys
from network.messages import State, Stream
from network.ports import Office, SurveySource
from network.survey_rows import parse_surveys
from network.survey_sources import SeveralSources
from network.surveys import Survey
from network.tabs import SURVEY_QUESTIONS, understand
from tests.builders import NOON, Desk, a_person
from tests.emulated.google_form import GoogleForm, a_form_at
from tests.emulated.google_sheet import GoogleSheet

REFERENCE = "Reference (please leave as it is)"
HEADER = ("Survey", "Question", "Kind", "Choices", "Use", "Link", "Opens on", "Closes on", "Anonymous")
LINK = "https://docs.google.com/forms/d/e/1/viewform?entry.1=[Reference]"
PEOPLE = ("ana", "ben", "cleo")


@dataclass
class Round:
    """An office whose members are asked through a form at the stand-in."""

    desk: Desk
    office: Office
    form: GoogleForm
    sheet: GoogleSheet

    def run(self, at: datetime) -> SurveyReport:
        self.desk.now = self.sheet.moment = at
        reading = self.desk.workbook.read()
        assert reading is not None
        return read_surveys(self.office, reading, at)

    def deliver(self, at: datetime) -> None:
        for key, row in self.desk.outbox.rows.items():
            if row.state is State.QUEUED:
                self.desk.outbox.rows[key] = replace(row, state=State.SENT, changed_at=at)

    def survey(self) -> Survey:
        reading = self.desk.workbook.read()
        assert reading is not None
        (survey,) = parse_surveys(understand(reading, SURVEY_QUESTIONS).rows, ()).surveys
        return survey

    def steps(self, person: str) -> list[str]:
        mails = (row.message for row in self.desk.outbox.rows.values())
        return sorted(mail.step for mail in mails if mail.stream is Stream.SURVEY and mail.person_id == person)

    def kept(self) -> list[dict[str, object]]:
        with self.sheet.ledger.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(response))]


@pytest.fixture(params=["", "no"], ids=["anonymous", "by name"])
def round_(request: pytest.FixtureRequest, sheet: GoogleSheet, tmp_path: Path) -> Round:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]
    facts = (LINK, "2026-10-01", "2026-12-30", request.param)
    desk.workbook.put(
        "Survey questions",
        HEADER,
        ("Spring", "Which day?", "many", "Monday; Friday", "", *facts),
        ("Spring", "Why?", "text", "", "", *[""] * 4),
        ("Spring", "Grid [First row]", "choice", "yes; no", "", *[""] * 4),
    )
    for name in PEOPLE:
        desk.people.people[name] = a_person(name, email=f"{name}@example.org")
    form = a_form_at(sheet.google)
    forms = GoogleForms([form.id], sheet.client, LedgerCursors(sheet.ledger), clock=lambda: sheet.moment)
    sources: SurveySource = SeveralSources({"files": LocalSurveys(tmp_path / "surveys"), "forms": forms})
    responses, cursors = LedgerResponses(sheet.ledger), LedgerCursors(sheet.ledger)
    office = replace(desk.office, surveys=sources, responses=responses, cursors=cursors)
    return Round(desk, office, form, sheet)


def start(round_: Round) -> datetime:
    """Invitations have gone out."""
    round_.run(NOON)
    for request in round_.desk.approvals.pending():
        approval = Approval(request.item, request.fingerprint, Decision.APPROVED, "Noor", NOON, request.addressees)
        assert round_.desk.approvals.decide(approval)
    at = NOON + timedelta(hours=1)
    round_.run(at)
    round_.deliver(at)
    assert [round_.steps(person) for person in PEOPLE] == [["invitation"]] * 3
    return at


def code_of(round_: Round, person: str) -> str:
    return reference_of(round_.survey(), person)


def test_who_answered_on_the_web_is_not_reminded(round_: Round) -> None:
    at = start(round_)
    round_.form.answer(at + timedelta(hours=5), {"Why?": ["x"], REFERENCE: [code_of(round_, "ana")]})
    round_.form.answer(at + timedelta(hours=6), {"Why?": ["y"]}, email="ben@example.org")
    for day in range(1, 40, 3):
        round_.run(at + timedelta(days=day))
        round_.deliver(at + timedelta(days=day))
    reminded = ["invitation", "reminder-1", "reminder-2"]
    assert [round_.steps(person) for person in PEOPLE] == [["invitation"], ["invitation"], reminded]


def test_a_queued_reminder_is_taken_back_when_the_answer_comes(round_: Round) -> None:
    at = start(round_)
    later = at + timedelta(days=8)
    round_.run(later)
    round_.form.answer(later, {"Why?": ["x"], REFERENCE: [code_of(round_, "ana")]})
    round_.run(later + timedelta(hours=1))
    rows = {row.message.person_id: row for row in round_.desk.outbox.rows.values() if row.message.step == "reminder-1"}
    assert rows["ana"].state is State.SKIPPED
    assert rows["cleo"].state is State.QUEUED


def test_while_the_form_cannot_be_read_nobody_is_reminded_and_then_nothing_is_missing(round_: Round) -> None:
    at = start(round_)
    round_.form.answer(at + timedelta(hours=5), {"Why?": ["x"], REFERENCE: [code_of(round_, "ana")]})
    round_.sheet.google.control("google", {"forms": False})
    report = round_.run(at + timedelta(days=8))
    assert any("The Google Forms API is off" in problem for problem in report.problems)
    assert report.waiting["some answers cannot be read just now"] == 3
    assert [round_.steps(person) for person in PEOPLE] == [["invitation"]] * 3
    round_.sheet.google.control("google", {"forms": True})
    assert round_.run(at + timedelta(days=9)).new == 1
    assert [round_.steps(person) for person in PEOPLE] == [["invitation"], *[["invitation", "reminder-1"]] * 2]


def test_an_anonymous_answer_is_joined_to_nobody_by_any_column(round_: Round) -> None:
    """Whatever way the form tells who it was: no table of the ledger puts a person beside an answer."""
    at = start(round_)
    code = code_of(round_, "ana")
    moment = at + timedelta(hours=5, minutes=17)
    round_.form.answer(moment, {"Why?": ["my words"], REFERENCE: [code]}, email="ana@example.org")
    round_.form.answer(moment + timedelta(hours=1), {"Why?": ["others"]}, email="ben@example.org")
    round_.run(at + timedelta(hours=7))
    kept = round_.kept()
    if not round_.survey().is_anonymous:
        assert sorted(str(each["reference"]) for each in kept) == ["ana", "ben"]
        return
    told = repr(kept)
    for secret in (code, "ana", "ben", "example.org", f"{moment:%H:%M}"):
        assert secret not in told, secret
    spent = json.loads(round_.office.cursors.get("survey.spring.spent") or "[]")
    assert spent == sorted([code, code_of(round_, "ben")])
    values = {str(each[column]) for each in kept for column in each if column != "answers"} - {"", "Spring"}
    with round_.sheet.ledger.read() as connection:
        for table in metadata.sorted_tables:
            assert inspect(connection).has_table(table.name)
            for row in connection.execute(select(table)) if table is not response else ():
                held = {str(value) for value in row}
                assert not (held & values and any(name in repr(row) for name in (*PEOPLE, *spent))), table.name


def test_a_file_beside_the_form_is_read_in_the_same_round(round_: Round, tmp_path: Path) -> None:
    folder = tmp_path / "surveys"
    folder.mkdir()
    (folder / "Paper.csv").write_text(
        "Timestamp,Which day?,Why?,Email Address\n2026-10-02 08:00:00,Friday,on paper,ana@example.org\n",
        encoding="utf-8",
    )
    (folder / "broken.csv").write_bytes(b"Timestamp,Why?\n2026-09-01,\xff\xfe\xfa\n")
    round_.form.answer(NOON - timedelta(days=1), {"Why?": ["on the web"]})
    report = round_.run(NOON)
    assert report.new == 2
    assert any(problem.startswith("broken.csv cannot be read") for problem in report.problems)
    assert "example.org" not in repr(round_.kept())


def test_a_second_round_reads_nothing_new(round_: Round) -> None:
    for hour in range(5):
        round_.form.answer(NOON - timedelta(hours=hour), {"Why?": [f"{hour}"]})
    assert [round_.run(NOON + timedelta(minutes=minute)).new for minute in range(3)] == [5, 0, 0]


def test_an_edited_answer_replaces_the_first(round_: Round) -> None:
    known = round_.form.answer(NOON - timedelta(hours=2), {"Why?": ["first"]})
    round_.run(NOON)
    round_.form.answer(NOON - timedelta(hours=1), {"Why?": ["second"]}, id=known)
    round_.run(NOON + timedelta(hours=1))
    assert [each["answers"] for each in round_.kept()] == [{"Why?": ["second"]}]
