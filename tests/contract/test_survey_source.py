"""What every source of survey responses keeps: stable ids, aware times, overlap, no more about people than needed."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from integrations.google.responses import GoogleResponses
from integrations.google.surveys import GoogleForms
from integrations.ledger.cursors import LedgerCursors
from integrations.local.surveys import LocalSurveys
from network.errors import PermanentError
from network.ports import SurveySource
from network.survey_sources import SeveralSources
from network.surveys import QuestionKind, Response
from tests.contract.ledgers import a_ledger
from tests.emulated.google_form import a_form_at
from tests.emulated.google_sheet import GoogleSheet, serial
from tests.emulated.stand_in import StandIn, running_stand_in

Answers = Mapping[str, Sequence[str]]
FIRST = datetime(2026, 9, 1, 15, 12, 5, tzinfo=UTC)
QUESTIONS = ("Which day?", "Why?", "Grid [First row]")


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with running_stand_in() as stand_in:
        yield stand_in


def everything(source: SurveySource, since: datetime | None = None) -> list[Response]:
    """What all places give, oldest first."""
    found = [response for place in source.places() for response in source.fetch(place, since)]
    return sorted(found, key=lambda each: (each.submitted_at, sorted(each.answers.items())))


class SurveySourceContract(ABC):
    """Give a way to answer (when, answers, reference) and the source that reads it."""

    @abstractmethod
    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        """Somebody answers."""

    @abstractmethod
    def source(self) -> SurveySource:
        """Opens the source anew, as the next run would."""

    def test_no_answers_are_no_responses(self) -> None:
        assert everything(self.source()) == []

    def test_answers_arrive_under_their_questions_with_an_aware_time(self) -> None:
        given = {"Which day?": ("Friday",), "Why?": ("Because, you know, “it’s” late.",), "Grid [First row]": ("yes",)}
        self.answer(FIRST, given)
        (response,) = everything(self.source())
        assert response.submitted_at == FIRST
        assert response.submitted_at.tzinfo is not None
        assert dict(response.answers) == given
        assert response.survey == "Spring"

    def test_an_unanswered_question_has_no_key(self) -> None:
        self.answer(FIRST, {"Which day?": ("Friday",)})
        self.answer(FIRST + timedelta(hours=1), {"Why?": ("x",)})
        assert [set(each.answers) for each in everything(self.source())] == [{"Which day?"}, {"Why?"}]

    def test_text_of_any_language_and_of_spreadsheets_arrives_as_it_was_written(self) -> None:
        for number, words in enumerate(("=1+1", "Ñandú, café — 日本語 🦷", "007", "line\nbreak")):
            self.answer(FIRST + timedelta(hours=number), {"Why?": (words,)})
        found = [each.answers["Why?"][0] for each in everything(self.source())]
        assert found == ["=1+1", "Ñandú, café — 日本語 🦷", "007", "line\nbreak"]

    def test_ids_stay_the_same_when_more_answers_come(self) -> None:
        for hour in (0, 1, 1, 2):
            self.answer(FIRST + timedelta(hours=hour), {"Why?": (f"at {hour}",)})
        before = {each.response_id for each in everything(self.source())}
        assert len(before) == 4
        self.answer(FIRST + timedelta(hours=5), {"Why?": ("later",)})
        after = [each.response_id for each in everything(self.source())]
        assert set(after[:4]) == before
        assert after[4] not in before

    def test_only_what_is_new_is_given_and_the_moment_itself_again(self) -> None:
        for hour in range(4):
            self.answer(FIRST + timedelta(hours=hour), {"Why?": (f"at {hour}",)})
        found = everything(self.source(), FIRST + timedelta(hours=2))
        assert [each.submitted_at for each in found] == [FIRST + timedelta(hours=2), FIRST + timedelta(hours=3)]

    def test_a_reference_is_no_answer(self) -> None:
        self.answer(FIRST, {"Why?": ("x",)}, reference="AB12CD34")
        (response,) = everything(self.source())
        assert response.reference == "AB12CD34"
        assert set(response.answers) == {"Why?"}

    def test_places_stay_the_same_from_run_to_run(self) -> None:
        self.answer(FIRST, {"Why?": ("x",)})
        before = list(self.source().places())
        self.answer(FIRST + timedelta(hours=1), {"Why?": ("y",)})
        assert list(self.source().places()) == before
        assert len(set(before)) == len(before)

    def test_a_draft_names_every_question_and_shows_nobodys_own_words(self) -> None:
        for number in range(30):
            day = "Friday" if number % 2 else "Monday"
            given = {"Which day?": (day,), "Why?": (f"my own reason {number}",), "Grid [First row]": ("yes",)}
            self.answer(FIRST + timedelta(hours=number), given, reference=f"AB12CD{number}")
        source = self.source()
        outline = source.outline(source.places()[-1])
        asked = {each.text: each for each in outline.questions}
        assert set(asked) == set(QUESTIONS)
        assert outline.title == "Spring"
        assert sorted(asked["Which day?"].labels) == ["Friday", "Monday"]
        assert asked["Why?"].kind is QuestionKind.TEXT
        assert "my own reason" not in repr(outline)


class TestGoogleFormsExport(SurveySourceContract):
    """A CSV file as Google Forms gives it: times with the letters of a zone."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "surveys" / "Spring.csv"
        self.rows: list[list[Any]] = []

    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        written = (when - timedelta(hours=7)).strftime("%Y/%m/%d %I:%M:%S %p PDT")
        self.rows.append([written, *(";".join(answers.get(name, ())) for name in QUESTIONS), reference])
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([["Timestamp", *QUESTIONS, "Reference"], *self.rows])

    def source(self) -> SurveySource:
        return LocalSurveys(self.path.parent)


class TestExcelFile(TestGoogleFormsExport):
    """The same as an .xlsx, its times as Excel keeps them."""

    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        self.path = self.path.with_suffix(".xlsx")
        self.path.parent.mkdir(exist_ok=True)
        self.rows.append(
            [when.replace(tzinfo=None), *(";".join(answers.get(name, ())) for name in QUESTIONS), reference]
        )
        book = Workbook()
        for row in [["Timestamp", *QUESTIONS, "Reference (please leave as it is)"], *self.rows]:
            book.active.append(row)  # type: ignore[union-attr]
            for cell in book.active[book.active.max_row]:  # type: ignore[index,union-attr]
                cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
        book.save(self.path)


class TestSurveyMonkeyExport(SurveySourceContract):
    """Two header rows: questions, then options; one column for each option; columns about the respondent."""

    HEADER = (
        *("Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name"),
        *("Last Name", "Which day?", "", "Why?", "Grid [First row]"),
    )
    SECOND = (*[""] * 8, "Monday", "Friday", "Open-Ended Response", "Response")

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "Spring.csv"
        self.rows: list[list[Any]] = []

    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        days = answers.get("Which day?", ())
        start, end = ((when - timedelta(minutes=add)).strftime("%m/%d/%Y %I:%M:%S %p") for add in (5, 0))
        self.rows.append(
            [
                f"1189{len(self.rows):04}",
                "42",
                start,
                end,
                "192.0.2.7",
                reference,
                "Ana",
                "Torres",
                *(day if day in days else "" for day in ("Monday", "Friday")),
                *answers.get("Why?", ("",)),
                *answers.get("Grid [First row]", ("",)),
            ]
        )
        with self.path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([self.HEADER, self.SECOND, *self.rows])

    def source(self) -> SurveySource:
        return LocalSurveys(self.path) if self.path.exists() else LocalSurveys(self.path.parent)

    def test_a_question_with_a_column_for_each_option_has_several_answers(self) -> None:
        self.answer(FIRST, {"Which day?": ("Monday", "Friday")})
        (response,) = everything(self.source())
        assert response.answers["Which day?"] == ("Monday", "Friday")
        assert response.response_id == "11890000"

    def test_names_and_computers_are_left_out(self) -> None:
        self.answer(FIRST, {"Why?": ("x",)})
        assert "Torres" not in repr(everything(self.source()))
        assert "192.0.2.7" not in repr(everything(self.source()))


class TestSurveyMonkeyWithOneHeader(SurveySourceContract):
    """Its export with one header row: a column a question."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "Spring.csv"
        self.rows: list[list[Any]] = []

    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        given = ("".join(answers.get(name, ())) for name in QUESTIONS)
        ended = when.strftime("%m/%d/%Y %I:%M:%S %p")
        self.rows.append([f"11{len(self.rows):06}", ended, reference, *given])
        with self.path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["Respondent ID", "End Date", "Email Address", *QUESTIONS], *self.rows])

    def source(self) -> SurveySource:
        return LocalSurveys(self.path) if self.path.exists() else LocalSurveys(self.path.parent)


class AtGoogle(SurveySourceContract):
    """What the two roads to Google share."""

    @pytest.fixture(autouse=True)
    def _google(self, running: StandIn, tmp_path: Path) -> Iterator[None]:
        running.reset()
        with a_ledger("sqlite", tmp_path) as ledger:
            self.google, self.ledger = GoogleSheet(running, ledger, tmp_path), ledger
            self.begin()
            yield

    @abstractmethod
    def begin(self) -> None:
        """Makes the form or the spreadsheet."""


class TestGoogleForms(AtGoogle):
    """The Forms API, on pages of three."""

    def begin(self) -> None:
        self.google.google.control("google", {"page": 3})
        self.form = a_form_at(self.google.google)

    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        given = {**answers, **({"Reference (please leave as it is)": (reference,)} if reference else {})}
        self.form.answer(when, given)

    def source(self) -> SurveySource:
        return GoogleForms(
            [self.form.id], self.google.client, LedgerCursors(self.ledger), clock=lambda: self.google.moment
        )


class TestResponsesSpreadsheet(AtGoogle):
    """The spreadsheet that a form writes to."""

    def begin(self) -> None:
        self.rows: list[Sequence[object]] = [("Timestamp", *QUESTIONS, "Reference")]
        tabs = [{"title": "Form Responses 1", "rows": self.rows, "raw": True}, {"title": "Notes", "rows": [["x", "y"]]}]
        about = {"title": "Spring (Responses)", "tabs": tabs}
        self.google.google.sheet = self.google.google.control("spreadsheets", about)["id"]

    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        given = (", ".join(answers.get(name, ())) for name in QUESTIONS)
        self.rows.append((serial(when.replace(tzinfo=None)), *given, reference))
        self.google.type("Form Responses 1", *self.rows)

    def source(self) -> SurveySource:
        return GoogleResponses([self.google.google.sheet], self.google.client)


class TestSeveralAtOnce(TestGoogleForms):
    """A form beside an empty folder, as wiring joins them."""

    def source(self) -> SurveySource:
        folder = LocalSurveys(self.google.folder / "nowhere")
        return SeveralSources({"files": folder, "forms": super().source()})


def test_places_of_several_sources_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Timestamp,Why?\n2026-09-01 08:00:00,x\n", encoding="utf-8")
    source = SeveralSources({"one": LocalSurveys(tmp_path), "two": LocalSurveys(tmp_path / "a.csv")})
    assert source.places() == ["one|a.csv", "two|a.csv"]
    assert len(everything(source)) == 2
    assert source.outline("two|a.csv").title == "a"


def write(path: Path, *lines: str) -> LocalSurveys:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return LocalSurveys(path, "America/Los_Angeles")


def test_one_header_row_of_surveymonkey_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "a.csv", "Respondent ID,End Date,Why?", "1,09/01/2026 08:12:05 AM,late")
    (response,) = everything(source)
    assert (response.submitted_at, dict(response.answers)) == (FIRST, {"Why?": ("late",)})


@pytest.mark.parametrize(
    "typed",
    [
        "2026/09/01 8:12:05 AM PDT",
        "2026/09/01 8:12:05 AM GMT-7",
        "2026/09/01 8:42:05 PM GMT+5:30",
        "2026/09/01 10:12:05 AM EST",
        "2026-09-01 15:12:05 UTC",
        "9/1/2026 8:12:05",
        "2026-09-01 08:12:05",
    ],
)
def test_times_are_read_with_their_zone_or_in_the_networks(typed: str, tmp_path: Path) -> None:
    (response,) = everything(write(tmp_path / "a.csv", "Timestamp,Why?", f"{typed},x"))
    assert response.submitted_at == FIRST


def test_a_whole_book_pasted_into_one_answer_hides_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "Fall.csv"
    path.write_text(
        f"Timestamp,Why?\n2026/09/01 8:00:00,{'word ' * 100_000}\n2026/09/01 9:00:00,time\n", encoding="utf-8"
    )
    assert len(everything(LocalSurveys(path))) == 2


def test_a_line_without_a_time_is_no_response(tmp_path: Path) -> None:
    assert len(everything(write(tmp_path / "a.csv", "Timestamp,Why?", "Total,3", ",", "2026-09-01 08:00:00,x"))) == 1


def test_a_file_that_is_no_export_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"a\.csv has no column that says when"):
        everything(write(tmp_path / "a.csv", "Why?,Which day?", "x,y"))
    (tmp_path / "b.csv").write_bytes(b"Timestamp,Why?\n2026-09-01,\xff\xfe\xfa\n")
    with pytest.raises(PermanentError, match=r"b\.csv cannot be read"):
        everything(LocalSurveys(tmp_path / "b.csv"))


def test_an_empty_file_and_a_missing_folder_hold_no_answers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("", encoding="utf-8")
    assert everything(LocalSurveys(tmp_path)) == []
    assert everything(LocalSurveys(tmp_path / "nowhere")) == []


def test_a_second_download_beside_the_first_gives_the_same_answers_the_same_ids(tmp_path: Path) -> None:
    lines = ("Timestamp,Why?", "2026-09-01 08:00:00,x", "2026-09-01 08:00:00,y")
    for name in ("Spring.csv", "Spring (1).csv", "Spring - Copy.csv"):
        write(tmp_path / name, *lines)
    found = everything(LocalSurveys(tmp_path))
    assert len({(each.survey, each.response_id) for each in found}) == 2
