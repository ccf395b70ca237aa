"""Answers from Google Forms through the real client: what one answer becomes, what it costs, what each refusal says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.google.form_items import outline_of
from integrations.google.responses import GoogleResponses
from integrations.google.surveys import SCOPES, GoogleForms, form_id_of
from integrations.ledger.cursors import LedgerCursors
from network.errors import ConfigurationError, PermanentError, TransientError
from network.surveys import QuestionKind, Response, Use
from tests.emulated.google_form import GoogleForm, a_form_at, choice, grid, text
from tests.emulated.google_sheet import GoogleSheet
from tests.emulated.stand_in import StandIn

FIRST = datetime(2026, 9, 1, 15, 12, 5, 250_000, tzinfo=UTC)
ID = "a-form-of-the-office-1"


def source(sheet: GoogleSheet, form: str = ID) -> GoogleForms:
    return GoogleForms(
        [form], sheet.client, LedgerCursors(sheet.ledger), clock=lambda: sheet.moment, account=lambda: "us@example.org"
    )


def read(sheet: GoogleSheet, since: datetime | None = None) -> list[Response]:
    found = list(source(sheet).fetch(ID, since))
    return sorted(found, key=lambda each: each.submitted_at)


def asked(google: StandIn) -> list[str]:
    return [each["path"].rpartition("/")[2] for each in google.asked()]


class TestWhatAnAnswerBecomes:
    """Every kind of question."""

    def test_choices_grids_dates_and_others_come_under_their_titles(self, sheet: GoogleSheet) -> None:
        date = {"title": "When?", "questionItem": {"question": {"dateQuestion": {"includeYear": True}}}}
        scale = {"title": "How?", "questionItem": {"question": {"scaleQuestion": {"low": 1, "high": 5}}}}
        items = [
            {"title": "A section", "pageBreakItem": {}},
            {"title": "Read this", "textItem": {}},
            choice("Parts", "Meetings", "Forms, samples", kind="CHECKBOX", other=True),
            grid("How hard", ["Time", "Distance"], "easy", "hard"),
            date,
            scale,
        ]
        form = a_form_at(sheet.google, items)
        form.answer(
            FIRST,
            {
                "Parts": ["Meetings", "my own"],
                "How hard [Distance]": ["hard"],
                "When?": ["2026-10-05"],
                "How?": ["4"],
            },
        )
        (response,) = read(sheet)
        assert dict(response.answers) == {
            "Parts": ("Meetings", "my own"),
            "How hard [Distance]": ("hard",),
            "When?": ("2026-10-05",),
            "How?": ("4",),
        }
        assert response.submitted_at == FIRST

    def test_files_are_left_out(self, sheet: GoogleSheet) -> None:
        upload = {"title": "Send us a file", "questionItem": {"question": {"fileUploadQuestion": {"folderId": "x"}}}}
        form = a_form_at(sheet.google, [text("Why?"), upload])
        form.answer(FIRST, {"Why?": ["x"]}, files={"Send us a file": "ana.pdf"})
        assert [dict(each.answers) for each in read(sheet)] == [{"Why?": ("x",)}]
        (remark,) = source(sheet).outline(ID).remarks
        assert "“Send us a file” asks for files" in remark

    def test_a_collected_address_is_a_reference_and_a_personal_one_comes_first(self, sheet: GoogleSheet) -> None:
        form = a_form_at(sheet.google)
        form.answer(FIRST, {"Why?": ["x"]}, email="ana@example.org")
        code = {"Why?": ["y"], "Reference (please leave as it is)": ["AB12CD34"]}
        form.answer(FIRST + timedelta(hours=1), code, email="ben@example.org")
        assert [each.reference for each in read(sheet)] == ["ana@example.org", "AB12CD34"]
        assert "example.org" not in repr([each.answers for each in read(sheet)])

    def test_an_edited_answer_keeps_its_id_and_takes_its_new_moment(self, sheet: GoogleSheet) -> None:
        form = a_form_at(sheet.google)
        known = form.answer(FIRST, {"Why?": ["first thought"]})
        form.answer(FIRST + timedelta(days=3), {"Why?": ["second thought"]}, id=known)
        (response,) = read(sheet, FIRST + timedelta(days=2))
        assert (response.response_id, response.answers["Why?"]) == (known, ("second thought",))
        assert response.submitted_at == FIRST + timedelta(days=3)

    def test_a_deleted_question_keeps_the_title_we_knew(self, sheet: GoogleSheet) -> None:
        form = a_form_at(sheet.google)
        form.answer(FIRST, {"Why?": ["x"]})
        read(sheet)
        form.edit({"do": "delete", "title": "Why?"}, {"do": "add", "item": text("What else?")})
        form.answer(FIRST + timedelta(hours=1), {form.questions["Why?"]: ["sent in the same minute"]})
        assert [list(each.answers) for each in read(sheet)] == [["Why?"], ["Why?"]]

    def test_a_question_deleted_before_we_looked_is_said_to_be_gone(self, sheet: GoogleSheet) -> None:
        form = a_form_at(sheet.google)
        form.answer(FIRST, {"Why?": ["x"]})
        form.edit({"do": "delete", "title": "Why?"})
        ((title,),) = [list(each.answers) for each in read(sheet)]
        assert title == f"Question {form.questions['Why?']}, which is no longer in the form"

    def test_a_renamed_question_takes_its_new_title_with_the_next_answer(self, sheet: GoogleSheet) -> None:
        form = a_form_at(sheet.google)
        form.answer(FIRST, {"Why?": ["x"]})
        read(sheet)
        form.edit({"do": "rename", "title": "Why?", "to": "Why not?"})
        form.answer(FIRST + timedelta(hours=1), {"Why not?": ["y"]})
        assert {title for each in read(sheet) for title in each.answers} == {"Why not?"}

    def test_a_question_without_a_title_and_an_empty_answer_break_nothing(self, sheet: GoogleSheet) -> None:
        form = a_form_at(sheet.google, [{"questionItem": {"question": {"textQuestion": {}}}}, text("Why?")])
        form.answer(FIRST, {"": ["x"], "Why?": ["  "]})
        assert [dict(each.answers) for each in read(sheet)] == [{"Untitled question": ("x",)}]


class TestWhatItCosts:
    """Cost follows change."""

    def test_while_nobody_answers_a_form_costs_one_request(self, sheet: GoogleSheet) -> None:
        form = a_form_at(sheet.google)
        form.answer(FIRST, {"Why?": ["x"]})
        read(sheet)
        before = len(asked(sheet.google))
        for _ in range(3):
            assert len(read(sheet, FIRST - timedelta(days=1))) == 1, "the overlap"
        assert asked(sheet.google)[before:] == ["responses"] * 3

    def test_a_new_answer_costs_one_look_at_the_form(self, sheet: GoogleSheet) -> None:
        form = a_form_at(sheet.google)
        form.answer(FIRST, {"Why?": ["x"]})
        read(sheet)
        form.answer(FIRST + timedelta(hours=1), {"Why?": ["y"]})
        before = len(asked(sheet.google))
        read(sheet, FIRST)
        assert asked(sheet.google)[before:] == ["responses", ID]

    def test_pages_are_read_to_the_last_and_the_form_once(self, sheet: GoogleSheet) -> None:
        sheet.google.control("google", {"page": 2})
        form = a_form_at(sheet.google)
        for hour in range(7):
            form.answer(FIRST + timedelta(hours=hour), {"Why?": [f"{hour}"]})
        assert len(read(sheet)) == 7
        assert sorted(asked(sheet.google)) == [ID, *["responses"] * 4]


class TestRefusals:
    """Each is one sentence with the fix."""

    @pytest.mark.parametrize(
        ("about", "switch", "says"),
        [
            ({"shared": False}, {}, "is not shared with us. Open it for editing, choose Add collaborators and add us@"),
            ({}, {"forms": False}, "The Google Forms API is off"),
            ({"id": "another-form-of-the-office"}, {}, "There is no form a-form-of-the-office-1"),
        ],
    )
    def test_what_a_person_can_mend_is_said(
        self, sheet: GoogleSheet, about: dict[str, Any], switch: dict[str, Any], says: str
    ) -> None:
        a_form_at(sheet.google, **about)
        sheet.google.control("google", switch)
        with pytest.raises(ConfigurationError, match=says):
            read(sheet)

    @pytest.mark.parametrize("kind", ["429", "500", "503", "502", "drop"])
    def test_a_passing_fault_is_waited_out(self, sheet: GoogleSheet, kind: str) -> None:
        a_form_at(sheet.google).answer(FIRST, {"Why?": ["x"]})
        sheet.google.fault(kind, path="/v1/forms", times=2)
        assert len(read(sheet)) == 1
        assert sheet.pauses == [2.0, 4.0]

    def test_patience_ends(self, sheet: GoogleSheet) -> None:
        a_form_at(sheet.google)
        sheet.google.fault("503", path="/v1/forms", times=99)
        with pytest.raises(TransientError):
            read(sheet)

    @pytest.mark.parametrize(
        ("typed", "means"),
        [
            ("https://docs.google.com/forms/d/1AbC-dEf_0123456789xyz/edit#responses", "1AbC-dEf_0123456789xyz"),
            ("https://docs.google.com/forms/u/0/d/1AbC-dEf_0123456789xyz/edit", "1AbC-dEf_0123456789xyz"),
            (" 1AbC-dEf_0123456789xyz ", "1AbC-dEf_0123456789xyz"),
        ],
    )
    def test_a_form_is_named_by_its_id_or_address(self, typed: str, means: str) -> None:
        assert form_id_of(typed) == means

    @pytest.mark.parametrize(
        "typed",
        [
            "https://docs.google.com/forms/d/e/1FAIpQLSc0123456789abcdef/viewform",
            "https://forms.gle/abc123",
            "1FAIpQLSc0123456789abcdef",
            "my form",
            "../../etc/passwd",
        ],
    )
    def test_an_address_for_those_who_answer_is_refused_with_the_right_one(self, typed: str) -> None:
        with pytest.raises(ConfigurationError, match="it ends in /edit"):
            form_id_of(typed)

    def test_we_ask_for_nothing_but_reading(self) -> None:
        assert all(scope.endswith(".readonly") for scope in SCOPES)


class TestOutline:
    """A form as a draft."""

    def test_every_kind_of_question_is_drafted(self, sheet: GoogleSheet) -> None:
        scale = {"scaleQuestion": {"low": 0, "high": 3, "lowLabel": "not at all", "highLabel": "very"}}
        form = a_form_at(
            sheet.google,
            [
                choice("Kind of program", "Head Start", "Tribal; AI/AN", kind="DROP_DOWN"),
                choice("Parts", "Meetings", "Calls", kind="CHECKBOX", other=True),
                {"title": "How useful?", "questionItem": {"question": scale}},
                {"title": "Stars", "questionItem": {"question": {"ratingQuestion": {"ratingScaleLevel": 3}}}},
                grid("Rate", ["Time", "Place"], "good", "bad"),
                {"title": "When?", "questionItem": {"question": {"timeQuestion": {}}}},
                choice("May we quote your words, without your name?", "Yes", "No"),
                text("Reference"),
            ],
            settings={"quizSettings": {"isQuiz": True}, "emailCollectionType": "VERIFIED"},
        )
        outline = source(sheet, form.id).outline(form.id)
        drafted = {each.text: (each.kind, each.labels) for each in outline.questions}
        assert drafted == {
            "Kind of program": (QuestionKind.CHOICE, ("Head Start", "Tribal, AI/AN")),
            "Parts": (QuestionKind.MANY, ("Meetings", "Calls")),
            "How useful?": (QuestionKind.SCALE, ("0", "1", "2", "3")),
            "Stars": (QuestionKind.SCALE, ("1", "2", "3")),
            "Rate [Time]": (QuestionKind.CHOICE, ("good", "bad")),
            "Rate [Place]": (QuestionKind.CHOICE, ("good", "bad")),
            "When?": (QuestionKind.TEXT, ()),
            "May we quote your words, without your name?": (QuestionKind.CHOICE, ("Yes", "No")),
        }
        useful = next(each for each in outline.questions if each.text == "How useful?")
        assert dict(useful.meanings) == {"0": "not at all", "3": "very"}
        assert outline.questions[-1].use is Use.CONSENT
        assert "Something else" in outline.questions[1].check
        assert [remark.partition(" ")[0] for remark in outline.remarks] == ["“Reference”", "This", "This"]

    def test_google_leaves_out_what_is_zero(self) -> None:
        question = {"questionId": "1", "scaleQuestion": {"high": 10}}
        (asked_for,) = outline_of({"items": [{"title": "x", "questionItem": {"question": question}}]}).questions
        assert asked_for.labels == tuple(str(step) for step in range(11))


class TestTheStandIn:
    """The emulator is held to what is documented."""

    def call(self, google: StandIn, **query: str) -> Any:
        return google.call("GET", f"/v1/forms/{ID}/responses", **query)

    def test_no_responses_are_an_empty_answer(self, google: StandIn) -> None:
        a_form_at(google)
        assert self.call(google).json() == {}

    @pytest.mark.parametrize(
        ("filter_", "seen"),
        [("timestamp >= 2026-09-01T15:12:05.25Z", 1), ("timestamp > 2026-09-01T15:12:05.250Z", 0), ("", 1)],
    )
    def test_the_filter_knows_after_from_at(self, google: StandIn, filter_: str, seen: int) -> None:
        a_form_at(google).answer(FIRST, {"Why?": ["x"]})
        assert len(self.call(google, filter=filter_).json().get("responses", [])) == seen

    @pytest.mark.parametrize("query", [{"filter": "newer than today"}, {"pageToken": "x"}, {"colour": "red"}])
    def test_what_is_not_documented_is_refused(self, google: StandIn, query: dict[str, str]) -> None:
        a_form_at(google)
        assert self.call(google, **query).status_code == 400

    def test_a_page_token_holds_only_with_its_filter(self, google: StandIn) -> None:
        google.control("google", {"page": 1})
        form = a_form_at(google)
        for hour in range(2):
            form.answer(FIRST + timedelta(hours=hour), {"Why?": ["x"]})
        token = self.call(google).json()["nextPageToken"]
        assert len(self.call(google, pageToken=token).json()["responses"]) == 1
        assert self.call(google, pageToken=token, filter="timestamp > 2026-01-01T00:00:00Z").status_code == 400

    def test_a_response_has_the_documented_shape(self, google: StandIn) -> None:
        form = a_form_at(google)
        form.answer(FIRST, {"Why?": ["x"]}, email="ana@example.org")
        (response,) = self.call(google).json()["responses"]
        question = form.questions["Why?"]
        assert set(response) == {"responseId", "createTime", "lastSubmittedTime", "answers", "respondentEmail"}
        assert response["answers"] == {question: {"questionId": question, "textAnswers": {"answers": [{"value": "x"}]}}}
        assert response["lastSubmittedTime"] == "2026-09-01T15:12:05.250000Z"

    def test_a_form_that_google_would_not_know_cannot_be_made(self, google: StandIn) -> None:
        answer = google.session.post(f"{google.base_url}/_control/forms", json={"items": [{"colour": "red"}]})
        assert answer.status_code == 400


class TestSpreadsheetsOfAnswers:
    """What the form itself writes down."""

    def of(self, sheet: GoogleSheet, *tabs: tuple[str, Sequence[Sequence[object]]], workbook: str = "") -> Any:
        wanted = [{"title": title, "rows": rows, "raw": True} for title, rows in tabs]
        sheet.google.sheet = sheet.google.control("spreadsheets", {"title": "Fall (Responses)", "tabs": wanted})["id"]
        return GoogleResponses([sheet.google.sheet], sheet.client, workbook=workbook, account=lambda: "us@example.org")

    def test_the_members_workbook_is_refused(self, sheet: GoogleSheet) -> None:
        with pytest.raises(ConfigurationError, match="names the members' workbook"):
            GoogleResponses([sheet.google.sheet], sheet.client, workbook=sheet.google.sheet)

    def test_several_tabs_of_answers_are_surveys_of_their_own(self, sheet: GoogleSheet) -> None:
        header, row = ("Timestamp", "Why?"), (46266.5, "x")
        found = self.of(sheet, ("English", [header, row]), ("Spanish", [header, row]), ("Pivot", [("a", "b")]))
        assert [each.survey for place in found.places() for each in found.fetch(place, None)] == ["English", "Spanish"]

    def test_a_spreadsheet_without_answers_says_so(self, sheet: GoogleSheet) -> None:
        found = self.of(sheet, ("Budget", [("Item", "Cost"), ("Pens", 3)]))
        with pytest.raises(PermanentError, match="has no tab with a column Timestamp"):
            list(found.fetch(found.places()[0], None))

    def test_one_that_is_not_shared_says_with_whom_to_share_it(self, sheet: GoogleSheet) -> None:
        sheet.google.make(shared=False)
        found = GoogleResponses([sheet.google.sheet], sheet.client, account=lambda: "us@example.org")
        with pytest.raises(ConfigurationError, match=r"share it with us@example\.org as Viewer"):
            list(found.fetch(found.places()[0], None))

    def test_it_costs_two_requests(self, sheet: GoogleSheet) -> None:
        found = self.of(sheet, ("Form Responses 1", [("Timestamp", "Why?"), (46266.5, "x")]))
        list(found.fetch(found.places()[0], None))
        assert len(sheet.google.asked()) == 2


def test_a_form_helper_knows_its_questions(google: StandIn) -> None:
    form = a_form_at(google)
    assert isinstance(form, GoogleForm)
    assert "Grid [First row]" in form.questions
