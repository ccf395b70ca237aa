"""What every source of survey responses keeps: stable ids, aware times, overlap, no more about people than needed."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.local.surveys import LocalSurveys
from network.errors import PermanentError
from network.ports import SurveySource

Answers = dict[str, tuple[str, ...]]
FIRST = datetime(2026, 9, 1, 15, 12, 5, tzinfo=UTC)


class SurveySourceContract(ABC):
    """Give a way to answer (when, answers, reference) and the source that reads it."""

    @abstractmethod
    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        """Somebody answers."""

    @abstractmethod
    def source(self) -> SurveySource:
        """Opens the source anew, as the next run would."""

    def test_no_answers_are_no_responses(self) -> None:
        assert list(self.source().fetch(None)) == []

    def test_answers_arrive_under_their_questions_with_an_aware_time(self) -> None:
        self.answer(FIRST, {"Which day?": ("Friday",), "Why?": ("Because, you know, “it’s” late.",)})
        (response,) = self.source().fetch(None)
        assert response.submitted_at == FIRST
        assert response.submitted_at.tzinfo is not None
        assert dict(response.answers) == {"Which day?": ("Friday",), "Why?": ("Because, you know, “it’s” late.",)}

    def test_an_unanswered_question_has_no_key(self) -> None:
        self.answer(FIRST, {"Which day?": ("Friday",)})
        self.answer(FIRST + timedelta(hours=1), {"Why?": ("x",)})
        assert [set(each.answers) for each in self.source().fetch(None)] == [{"Which day?"}, {"Why?"}]

    def test_ids_stay_the_same_when_more_answers_come(self) -> None:
        for hour in (0, 1, 1, 2):
            self.answer(FIRST + timedelta(hours=hour), {"Why?": (f"at {hour}",)})
        before = [each.response_id for each in self.source().fetch(None)]
        assert len(set(before)) == 4
        self.answer(FIRST + timedelta(hours=5), {"Why?": ("later",)})
        assert [each.response_id for each in self.source().fetch(None)][:4] == before

    def test_only_what_is_new_is_given_and_the_moment_itself_again(self) -> None:
        for hour in range(4):
            self.answer(FIRST + timedelta(hours=hour), {"Why?": (f"at {hour}",)})
        found = self.source().fetch(FIRST + timedelta(hours=2))
        assert [each.submitted_at for each in found] == [FIRST + timedelta(hours=2), FIRST + timedelta(hours=3)]

    def test_a_reference_is_no_answer(self) -> None:
        self.answer(FIRST, {"Why?": ("x",)}, reference="AB12CD34")
        (response,) = self.source().fetch(None)
        assert response.reference == "AB12CD34"
        assert set(response.answers) == {"Why?"}


class TestGoogleFormsExport(SurveySourceContract):
    """A CSV file as Google Forms gives it: times with the letters of a zone."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "surveys" / "Spring.csv"
        self.rows: list[list[str]] = []

    def answer(self, when: datetime, answers: Answers, reference: str = "") -> None:
        written = (when - timedelta(hours=7)).strftime("%Y/%m/%d %I:%M:%S %p PDT")
        self.rows.append([written, *(";".join(answers.get(name, ())) for name in ("Which day?", "Why?")), reference])
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([["Timestamp", "Which day?", "Why?", "Reference"], *self.rows])

    def source(self) -> SurveySource:
        return LocalSurveys(self.path.parent)


class TestSurveyMonkeyExport(SurveySourceContract):
    """Two header rows: questions, then options; one column for each option; columns about the respondent."""

    HEADER = (
        "Respondent ID",
        "Collector ID",
        "Start Date",
        "End Date",
        "IP Address",
        "Email Address",
        "First Name",
        "Last Name",
        "Which day?",
        "",
        "Why?",
    )
    SECOND = ("", "", "", "", "", "", "", "", "Monday", "Friday", "Open-Ended Response")

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "Spring.csv"
        self.rows: list[list[str]] = []

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
            ]
        )
        with self.path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([self.HEADER, self.SECOND, *self.rows])

    def source(self) -> SurveySource:
        return LocalSurveys(self.path)

    def test_a_question_with_a_column_for_each_option_has_several_answers(self) -> None:
        self.answer(FIRST, {"Which day?": ("Monday", "Friday")})
        (response,) = self.source().fetch(None)
        assert response.answers["Which day?"] == ("Monday", "Friday")
        assert response.response_id == "11890000"

    def test_names_and_computers_are_left_out(self) -> None:
        self.answer(FIRST, {"Why?": ("x",)})
        assert "Torres" not in repr(self.source().fetch(None))
        assert "192.0.2.7" not in repr(self.source().fetch(None))


def write(path: Path, *lines: str) -> LocalSurveys:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return LocalSurveys(path, "America/Los_Angeles")


def test_one_header_row_of_surveymonkey_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "a.csv", "Respondent ID,End Date,Why?", "1,09/01/2026 08:12:05 AM,late")
    (response,) = source.fetch(None)
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
    (response,) = write(tmp_path / "a.csv", "Timestamp,Why?", f"{typed},x").fetch(None)
    assert response.submitted_at == FIRST


def test_a_line_without_a_time_is_no_response(tmp_path: Path) -> None:
    assert len(write(tmp_path / "a.csv", "Timestamp,Why?", "Total,3", ",", "2026-09-01 08:00:00,x").fetch(None)) == 1


def test_a_file_that_is_no_export_is_named(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match=r"a\.csv has no column that says when"):
        write(tmp_path / "a.csv", "Why?,Which day?", "x,y").fetch(None)
    (tmp_path / "b.csv").write_bytes(b"Timestamp,Why?\n2026-09-01,\xff\xfe\xfa\n")
    with pytest.raises(PermanentError, match=r"b\.csv cannot be read"):
        LocalSurveys(tmp_path / "b.csv").fetch(None)


def test_an_empty_file_and_a_missing_folder_hold_no_answers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("", encoding="utf-8")
    assert list(LocalSurveys(tmp_path).fetch(None)) == []
    assert list(LocalSurveys(tmp_path / "nowhere").fetch(None)) == []
