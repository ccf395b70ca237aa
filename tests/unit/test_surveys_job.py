"""A round of surveys: read, kept without names, shown when settled, turned into tasks, asked for with approval."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.local.surveys import LocalSurveys
from integrations.local.words import PackagedWords
from network.approvals import Approval, Decision
from network.consent import ConsentFact, FactKind
from network.ideas import you_said_we_did
from network.jobs.survey_mail import reference_of
from network.jobs.surveys import page, read_surveys, results_shown, results_tab
from network.members import ContactBy, Language, Status
from network.messages import State, Stream
from network.survey_rows import parse_surveys
from network.surveys import Response
from network.tabs import SURVEY_QUESTIONS, Reading, Row, understand
from network.tasks import TaskKind, TaskState
from tests.builders import NOON, Desk, a_person

EXAMPLE = Path(__file__).parents[2] / "examples" / "washington"
HEADER = ("Survey", "Question", "Text", "Kind", "Labels", "Use", "Link", "Opens on", "Closes on", "Anonymous", "Asked")
LINK = "https://forms.example.org/f?ref=[Reference]"
LABELS = {"day": ("Monday", "Friday"), "group": ("Head Start", "Tribal", "Migrant")}


def a_desk(*, link: str = "", opens: str = "", closes: str = "", anonymous: str = "", asked: str = "") -> Desk:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]
    desk.workbook.put(
        "Survey questions",
        HEADER,
        ("Fall", "day", "Which day?", "choice", "Monday; Friday", "", link, opens, closes, anonymous, asked),
        ("Fall", "group", "Which kind?", "choice", "Head Start; Tribal; Migrant", "group", "", "", "", "", ""),
        ("Fall", "next", "What next?", "text", "", "ideas", "", "", "", "", ""),
        ("Fall", "who", "Who are you?", "text", "", "who answers", "", "", "", "", ""),
    )
    desk.workbook.put("Themes", ("Theme", "Words", "Owner"), ("Dentists", "dentist; dentista", "Lucía Campoverde"))
    return desk


def answers(count: int, fixed: dict[str, str] | None = None, *, start: int = 0, days_ago: int = 10) -> list[Response]:
    """Answers of `count` people, an hour apart: two in three Friday, one in ten Migrant, every other on dentists."""
    made = []
    for number in range(start, start + count):
        cells = {
            "Which day?": "Friday" if number % 3 else "Monday",
            "Which kind?": "Migrant" if number % 10 == 9 else "Tribal" if number % 3 == 0 else "Head Start",
            "What next?": f"Find dentists ({number})" if number % 2 else f"Nothing ({number})",
        } | (fixed or {})
        at = NOON - timedelta(days=days_ago) + timedelta(hours=number)
        made.append(Response("Fall", f"r{number}", at, {name: (value,) for name, value in cells.items()}))
    return made


def reading(desk: Desk) -> Reading:
    found = desk.workbook.read()
    assert found is not None
    return found


def words_of(desk: Desk, at: datetime = NOON) -> str:
    return page(read_surveys(desk.office, reading(desk), at)).markdown


def test_a_second_round_changes_nothing() -> None:
    desk = a_desk(asked="70")
    desk.surveys.responses = answers(40)
    first = read_surveys(desk.office, reading(desk), NOON)
    files, cursors, tasks = dict(desk.shelf.files), dict(desk.cursors.values), dict(desk.tasks.tasks)
    second = read_surveys(desk.office, reading(desk), NOON)
    assert (first.new, second.new) == (40, 0)
    assert (desk.shelf.files, desk.cursors.values, desk.tasks.tasks) == (files, cursors, tasks)
    assert page(replace(second, tasks=first.tasks, fetched=40, new=40)) == page(first)
    assert results_tab(first) == results_tab(second)


def test_a_dry_run_tells_the_same_and_writes_nothing() -> None:
    desk, dry = a_desk(asked="70"), a_desk(asked="70")
    desk.surveys.responses = dry.surveys.responses = answers(40)
    told = page(read_surveys(dry.office, reading(dry), NOON, dry_run=True)).markdown
    assert told == words_of(desk)
    written = [dry.responses.responses, dry.cursors.values, dry.tasks.tasks, dry.shelf.files, dry.outbox.rows]
    assert not any(written)


def test_the_response_rate_stands_first() -> None:
    desk = a_desk(asked="70")
    desk.surveys.responses = answers(40)
    assert "40 of 70 (57 %, likely 45 to 68 %) answered." in words_of(desk)


def test_results_wait_until_the_answers_have_settled() -> None:
    desk = a_desk()
    desk.surveys.responses = answers(40, days_ago=2)
    assert "so far" in words_of(desk)
    assert "Which day?" not in words_of(desk)
    assert "Which day?" in words_of(desk, NOON + timedelta(days=5))
    closing = a_desk(closes="2026-10-06")
    closing.surveys.responses = answers(40)
    assert "Which day?" not in words_of(closing)
    assert "Which day?" in words_of(closing, NOON + timedelta(days=1))


def test_an_answer_from_a_day_to_come_keeps_nothing_waiting() -> None:
    desk = a_desk()
    (odd,) = answers(1, start=40)
    desk.surveys.responses = [*answers(40), replace(odd, submitted_at=NOON + timedelta(days=2000))]
    assert "Which day?" in words_of(desk)


def test_a_late_answer_does_not_show_by_comparison() -> None:
    desk = a_desk()
    desk.surveys.responses = answers(40)
    before = words_of(desk)
    desk.surveys.responses += answers(1, start=40)
    after = words_of(desk, NOON + timedelta(days=10))
    assert "1 newer answer will be shown once enough have come" in after
    assert [line for line in after.split("\n") if "|" in line] == [line for line in before.split("\n") if "|" in line]
    desk.surveys.responses += answers(60, start=41)
    assert "newer" not in words_of(desk, NOON + timedelta(days=20))


def test_groups_too_small_to_show_are_called_and_ideas_become_items() -> None:
    desk = a_desk()
    desk.surveys.responses = answers(40)
    read_surveys(desk.office, reading(desk), NOON)
    *calls, item = desk.tasks.tasks.values()
    assert [call.what.partition(":")[0] for call in calls] == ["Tribal", "Migrant"], "they share a line"
    assert all("Call and ask what they want shared." in call.what for call in calls)
    assert (item.kind, item.who) == (TaskKind.SURVEY, "Lucía Campoverde")
    assert item.what.startswith("Dentists:")


def test_the_example_travels_to_you_said_we_did() -> None:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]
    for tab, file in (("Survey questions", "survey-questions.csv"), ("Themes", "themes.csv")):
        with (EXAMPLE / file).open(encoding="utf-8", newline="") as lines:
            header, *rows = list(csv.reader(lines))
        desk.workbook.put(tab, header, *rows)
    source = LocalSurveys(EXAMPLE / "survey-responses.csv", "America/Los_Angeles")
    office = replace(desk.office, surveys=source)
    report = read_surveys(office, reading(desk), NOON)
    assert "40 of 70" in page(report).markdown
    assert not report.problems
    item = next(task for task in desk.tasks.tasks.values() if task.what.startswith("Dentists"))
    done = replace(item, state=TaskState.ANSWERED, answer="done: a list of dentists by county", answered_at=NOON)
    desk.tasks.save([done], NOON)
    assert you_said_we_did(desk.tasks.all()) == ["You said: Dentists. We did: a list of dentists by county."]
    read_surveys(office, reading(desk), NOON)
    assert desk.tasks.tasks[item.key].answer == done.answer, "an item that moved is not opened again"


def test_nothing_shown_holds_what_somebody_wrote() -> None:
    desk = a_desk()
    desk.surveys.responses = answers(40)
    report = read_surveys(desk.office, reading(desk), NOON)
    everything = page(report).markdown + repr(results_tab(report)) + desk.shelf.files["surveys/results/fall.csv"]
    everything += repr([task.what + task.why for task in desk.tasks.tasks.values()])
    assert "Find dentists" not in everything
    own = desk.shelf.files["surveys/owner-only/fall.md"]
    assert "- Find dentists (1)" in own
    assert "may be quoted)*" not in own, "the form did not ask for consent"


@pytest.mark.parametrize("kind", ["topic", "choice", "many"])
def test_words_that_people_typed_themselves_are_no_lines_of_a_table(kind: str) -> None:
    desk = a_desk()
    desk.workbook.tabs["Survey questions"].append(["Fall", "Topic?", "", kind, "", "", "", "", "", "", ""])
    desk.surveys.responses = [
        replace(each, answers={**each.answers, "Topic?": ("Teeth" if number < 20 else f"Rosa shouts at us {number}",)})
        for number, each in enumerate(answers(40))
    ]
    told = read_surveys(desk.office, reading(desk), NOON)
    everything = f"{page(told)}{results_tab(told)}{desk.shelf.files}{desk.tasks.tasks}{desk.cursors.values}"
    assert "Rosa" not in everything
    assert "in Choices" in page(told).markdown


def test_only_words_of_those_who_said_yes_may_be_quoted_and_themes_stand_for_the_owner_alone() -> None:
    desk = a_desk()
    desk.workbook.tabs["Survey questions"].append(
        ["Fall", "quote", "May we quote?", "choice", "Yes; No", "consent to quote"]
    )
    said = {"yes": "Yes", "no": "No", "blank": "", "si": "Sí"}
    desk.surveys.responses = [
        *answers(20),
        *(
            answers(1, {"What next?": f"A dentist ({name})", "May we quote?": answer}, start=30 + number)[0]
            for number, (name, answer) in enumerate(said.items())
        ),
    ]
    report = read_surveys(desk.office, reading(desk), NOON)
    own = desk.shelf.files["surveys/owner-only/fall.md"]
    quotable = {name for name in said if f"A dentist ({name}) *(may be quoted)*" in own}
    assert quotable == {"yes"}, "Sí is not among the listed answers, so it is no plain yes"
    assert own.index("### Dentists") < own.index("A dentist (yes)")
    assert "A dentist" not in page(report).markdown + repr(results_tab(report)) + repr(desk.tasks.tasks)


def test_a_person_who_says_who_they_are_is_kept_by_id_and_a_stranger_not_at_all() -> None:
    desk = a_desk()
    desk.people.people["p1"] = a_person("p1", email="ana@example.org")
    desk.surveys.responses = [
        *answers(1, {"Who are you?": "Ana Torres <Ana@example.org>"}),
        *answers(1, {"Who are you?": "Zoe Stranger, zoe@example.org"}, start=1),
    ]
    read_surveys(desk.office, reading(desk), NOON)
    kept = [desk.responses.responses["Fall", f"r{n}"] for n in (0, 1)]
    assert [each.reference for each in kept] == ["p1", ""]
    assert "example.org" not in repr(kept) + repr(desk.cursors.values) + repr(desk.shelf.files)
    assert "Stranger" not in repr(kept) + repr(desk.shelf.files)


def test_a_survey_that_becomes_anonymous_forgets_who_answered() -> None:
    desk = a_desk(anonymous="no")
    desk.people.people["p1"] = a_person("p1", email="ana@example.org")
    desk.surveys.responses = [replace(each, reference="ana@example.org") for each in answers(1)]
    read_surveys(desk.office, reading(desk), NOON)
    assert [each.reference for each in desk.responses.all("Fall")] == ["p1"]
    desk.workbook.edit("Survey questions", 1, HEADER.index("Anonymous"), "yes")
    read_surveys(desk.office, reading(desk), NOON + timedelta(hours=1))
    assert [each.reference for each in desk.responses.all("Fall")] == [""]


def test_an_anonymous_reference_is_spent_and_never_stands_beside_the_answers() -> None:
    desk = a_desk(link=LINK, opens="2026-10-01")
    desk.people.people["p1"] = a_person("p1", email="ana@example.org")
    (survey,) = parse_surveys(understood(desk), ()).surveys
    code = reference_of(survey, "p1")
    desk.surveys.responses = [replace(each, reference=code.lower()) for each in answers(1)]
    read_surveys(desk.office, reading(desk), NOON)
    (kept,) = desk.responses.responses.values()
    assert kept.reference == ""
    assert code in desk.cursors.values["survey.fall.spent"]


def understood(desk: Desk) -> tuple[Row, ...]:
    return understand(reading(desk), SURVEY_QUESTIONS).rows


def test_answers_to_a_survey_that_is_not_described_are_read_once_it_is() -> None:
    desk = a_desk()
    desk.surveys.responses = [Response("Barriers", "b1", NOON - timedelta(days=9), {"What kept you?": ("time",)})]
    report = read_surveys(desk.office, reading(desk), NOON)
    assert "describes no such survey" in report.problems[0]
    row = ("Barriers", "kept", "What kept you?", "text", *[""] * 7)
    desk.workbook.tabs["Survey questions"].append(list(row))
    assert read_surveys(desk.office, reading(desk), NOON).new == 1


def test_a_question_nobody_described_is_named() -> None:
    desk = a_desk()
    desk.surveys.responses = answers(1, {"Shoe size?": "40"})
    (sentence,) = read_surveys(desk.office, reading(desk), NOON).problems
    assert sentence == "“Fall” has a question that Survey questions does not name: Shoe size?"


def test_a_wrong_row_stops_nothing() -> None:
    desk = a_desk()
    desk.workbook.tabs["Survey questions"].append(["Fall", "x", "How?", "stars"])
    desk.surveys.responses = answers(40)
    words = words_of(desk)
    assert "Kind holds “stars”" in words
    assert "Which day?" in words


def test_a_job_that_is_off_does_nothing() -> None:
    desk = a_desk()
    desk.preferences = replace(desk.preferences, jobs=frozenset())
    desk.surveys.responses = answers(40)
    assert words_of(desk) == "# Surveys\n\nSurveys are off in Settings."
    assert not desk.responses.responses


def test_results_shown_are_those_of_the_release() -> None:
    desk = a_desk(asked="70")
    desk.surveys.responses = answers(40)
    read_surveys(desk.office, reading(desk), NOON)
    (survey,) = parse_surveys(understood(desk), ()).surveys
    (shown,) = results_shown(desk.office, [survey])
    assert (shown.answered, shown.asked) == (40, 70)


@pytest.mark.parametrize(
    ("answer", "says"),
    [("done: a list by county", "Done: a list by county."), ("not now: no money", "Not now: no money."), ("done", "")],
)
def test_who_asked_by_name_hears_what_came_of_it_once(answer: str, says: str) -> None:
    desk = a_desk()
    for name in ("ana", "ben", "cleo"):
        desk.people.people[name] = a_person(name, email=f"{name}@example.org", name=f"{name.title()} Torres")
    desk.consents.add([ConsentFact(NOON, FactKind.NO, "reply", "cleo")])
    said = {"What next?": "A dentist, please", "Who are you?": "ana@example.org"}
    desk.surveys.responses = [
        *answers(30),
        *answers(1, said, start=31),
        *answers(1, said | {"What next?": "Nothing", "Who are you?": "ben@example.org"}, start=32),
        *answers(1, said | {"Who are you?": "cleo@example.org"}, start=33),
    ]
    run(desk, NOON)
    item = next(task for task in desk.tasks.tasks.values() if task.what.startswith("Dentists"))
    desk.tasks.save([replace(item, state=TaskState.ANSWERED, answer=answer, answered_at=NOON)], NOON)
    run(desk, NOON + timedelta(hours=1))
    run(desk, NOON + timedelta(hours=2))
    told = [(person, step.rpartition(".")[0]) for person, step in mails(desk)]
    assert told == ([("ana", f"came-of-dentists.{answer.partition(':')[0].replace(' ', '-')}")] if says else [])
    for row in desk.outbox.rows.values():
        assert says in row.message.content.text
        assert "[" not in row.message.content.subject + row.message.content.text


def a_desk_with_an_idea(**facts: str) -> Desk:
    """Ana said that dentists are missing, and who she is; the item waits for its answer."""
    desk = a_desk(**facts)
    desk.people.people["ana"] = a_person("ana", email="ana@example.org")
    said = {"What next?": "A dentist, please", "Who are you?": "ana@example.org"}
    desk.surveys.responses = [*answers(30), *answers(1, said, start=31)]
    run(desk, NOON)
    return desk


def say(desk: Desk, words: str, at: datetime) -> None:
    """Somebody types this answer to the item, and the next round of surveys runs."""
    item = next(task for task in desk.tasks.tasks.values() if task.what.startswith("Dentists"))
    desk.tasks.save([replace(item, state=TaskState.ANSWERED, answer=words, answered_at=at)], at)
    run(desk, at)


def came_of(desk: Desk, state: State) -> list[str]:
    return [row.message.content.text for row in desk.outbox.rows.values() if row.state is state]


def test_what_came_of_an_answer_is_told_however_long_the_mail_has_to_wait() -> None:
    desk = a_desk_with_an_idea(link=LINK, opens="2026-09-01", closes="2026-09-30")
    say(desk, "done: a list by county", NOON + timedelta(hours=1))
    for hours in range(2, 6):  # the send window is closed, or the day's cap is reached; surveys are read every hour
        run(desk, NOON + timedelta(hours=hours))
    (text,) = came_of(desk, State.QUEUED)
    assert "Done: a list by county." in text


def test_a_mail_that_still_waits_is_taken_back_when_the_answer_moves_on_and_its_end_is_told_later() -> None:
    desk = a_desk_with_an_idea()
    say(desk, "done: the wrong list", NOON + timedelta(hours=1))
    say(desk, "on the agenda", NOON + timedelta(hours=2))
    assert came_of(desk, State.QUEUED) == []
    say(desk, "done: the wrong list", NOON + timedelta(hours=3))
    say(desk, "done: the right list", NOON + timedelta(hours=4))
    (text,) = came_of(desk, State.QUEUED)
    assert "Done: the right list." in text


def test_another_end_is_told_too_and_a_correction_of_words_that_have_gone_is_not() -> None:
    desk = a_desk_with_an_idea()
    say(desk, "not now: no mony", NOON + timedelta(hours=1))
    deliver(desk, NOON + timedelta(hours=2))
    say(desk, "not now: no money", NOON + timedelta(hours=3))
    assert came_of(desk, State.QUEUED) == []
    say(desk, "done: somebody gave the money", NOON + timedelta(days=90))
    (text,) = came_of(desk, State.QUEUED)
    assert "Done: somebody gave the money." in text


# --- invitations -----------------------------------------------------------------------------------------------------


def an_asking_desk(members: int = 3, **facts: str) -> Desk:
    desk = a_desk(**{"link": LINK, "opens": "2026-10-01", "closes": "2026-11-30"} | facts)
    for number in range(members):
        person = a_person(f"p{number}", email=f"p{number}@example.org")
        desk.people.people[person.id] = person
    return desk


def approve(desk: Desk, at: datetime) -> None:
    for request in desk.approvals.pending():
        decided = Approval(request.item, request.fingerprint, Decision.APPROVED, "Noor", at, request.addressees)
        assert desk.approvals.decide(decided)


def mails(desk: Desk) -> list[tuple[str, str]]:
    return sorted(
        (row.message.person_id, row.message.step)
        for row in desk.outbox.rows.values()
        if row.message.stream is Stream.SURVEY
    )


def deliver(desk: Desk, at: datetime) -> None:
    """The outbox did its work: everything queued has gone."""
    for key, row in desk.outbox.rows.items():
        if row.state is State.QUEUED:
            desk.outbox.rows[key] = replace(row, state=State.SENT, changed_at=at)


def run(desk: Desk, at: datetime) -> None:
    desk.now = at
    read_surveys(desk.office, reading(desk), at)


def test_nobody_is_asked_before_an_approver_has_seen_the_words() -> None:
    desk = an_asking_desk()
    run(desk, NOON)
    assert mails(desk) == []
    (request,) = desk.approvals.pending()
    assert "at most two reminders" in desk.tasks.tasks[f"approve/{request.item}/{request.fingerprint[:12]}"].why
    approve(desk, NOON)
    run(desk, NOON + timedelta(minutes=10))
    assert mails(desk) == [], "the quarter of an hour to call it back"
    run(desk, NOON + timedelta(minutes=16))
    assert mails(desk) == [("p0", "invitation"), ("p1", "invitation"), ("p2", "invitation")]
    assert desk.approvals.pending() == []


def test_an_invitation_holds_the_persons_own_link_in_their_language() -> None:
    desk = an_asking_desk(members=1)
    person = a_person("p0", email="p0@example.org", language=Language.SPANISH, first_name="Rocío")
    desk.people.people["p0"] = person
    run(desk, NOON)
    approve(desk, NOON)
    run(desk, NOON + timedelta(hours=1))
    (message,) = [row.message for row in desk.outbox.rows.values() if row.message.stream is Stream.SURVEY]
    (survey,) = parse_surveys(understood(desk), ()).surveys
    link = f"https://forms.example.org/f?ref={reference_of(survey, 'p0')}"
    assert link in message.content.text
    assert link in message.content.html
    assert "Hola, Rocío" in message.content.text
    assert "[" not in message.content.subject + message.content.text


def test_only_those_who_have_not_answered_are_reminded_and_twice_at_most() -> None:
    desk = an_asking_desk()
    run(desk, NOON)
    approve(desk, NOON)
    at = NOON + timedelta(hours=1)
    run(desk, at)
    deliver(desk, at)
    (survey,) = parse_surveys(understood(desk), ()).surveys
    answered = replace(answers(1, days_ago=0)[0], reference=reference_of(survey, "p1"))
    desk.surveys.responses = [answered]
    for day in itertools.count(1):
        later = at + timedelta(days=day)
        run(desk, later)
        deliver(desk, later)
        if day == 40:
            break
    assert [step for person, step in mails(desk) if person == "p1"] == ["invitation"]
    assert [step for person, step in mails(desk) if person == "p0"] == ["invitation", "reminder-1", "reminder-2"]


def test_a_queued_reminder_goes_no_more_once_the_person_has_answered() -> None:
    desk = an_asking_desk(members=1, anonymous="no")
    run(desk, NOON)
    approve(desk, NOON)
    run(desk, NOON + timedelta(hours=1))
    desk.surveys.responses = answers(1, {"Who are you?": "p0@example.org"}, days_ago=0)
    run(desk, NOON + timedelta(hours=2))
    (row,) = [each for each in desk.outbox.rows.values() if each.message.stream is Stream.SURVEY]
    assert (row.state, row.reason) == (State.SKIPPED, "has answered, or the survey has closed")


def test_without_a_reference_in_the_link_nobody_is_reminded() -> None:
    desk = an_asking_desk(link="https://forms.example.org/f")
    run(desk, NOON)
    approve(desk, NOON)
    for day in (1, 9, 17):
        at = NOON + timedelta(days=day)
        run(desk, at)
        deliver(desk, at)
    assert {step for _, step in mails(desk)} == {"invitation"}
    assert "remind nobody" in words_of(desk)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"status": Status.ON_HOLD}, None),
        ({"contact_by": ContactBy.PHONE}, "prefers the phone"),
        ({"email": None}, "no email address"),
    ],
)
def test_every_gate_holds_for_surveys_too(fields: dict[str, Any], reason: str | None) -> None:
    desk = an_asking_desk(members=1)
    desk.people.people["p9"] = a_person("p9", **{"email": "p9@example.org"} | fields)
    run(desk, NOON)
    approve(desk, NOON)
    report = read_surveys(desk.office, reading(desk), NOON + timedelta(hours=1))
    assert mails(desk) == [("p0", "invitation")]
    assert dict(report.waiting) == ({reason: 1} if reason else {})


def test_a_no_is_kept_by_surveys_too() -> None:
    desk = an_asking_desk(members=2)
    desk.consents.add([ConsentFact(NOON, FactKind.NO, "reply", "p1")])
    run(desk, NOON)
    approve(desk, NOON)
    run(desk, NOON + timedelta(hours=1))
    assert mails(desk) == [("p0", "invitation")]


@pytest.mark.parametrize(
    ("opens", "closes"), [("", ""), ("2026-10-20", ""), ("2026-08-01", "2026-09-01"), ("2026-08-01", "")]
)
def test_a_survey_that_is_not_open_asks_nobody(opens: str, closes: str) -> None:
    desk = an_asking_desk(opens=opens, closes=closes)
    run(desk, NOON)
    assert desk.approvals.pending() == []


def test_an_office_that_is_not_live_asks_nobody() -> None:
    desk = an_asking_desk()
    desk.is_live = False
    run(desk, NOON)
    assert not any([desk.approvals.pending(), desk.outbox.rows])


def test_other_words_or_another_link_are_asked_about_again() -> None:
    desk = an_asking_desk()
    run(desk, NOON)
    approve(desk, NOON)
    desk.workbook.edit("Survey questions", 1, HEADER.index("Link"), LINK + "&v=2")
    run(desk, NOON + timedelta(hours=1))
    assert mails(desk) == []
    assert len(desk.approvals.pending()) == 1


@pytest.mark.parametrize(("column", "words"), [("Link", LINK + "&v=2"), ("Closes on", "2026-12-15")])
def test_queued_mails_with_a_link_or_a_day_that_was_put_right_go_no_more_and_are_written_anew(
    column: str, words: str
) -> None:
    desk = an_asking_desk(members=2)
    run(desk, NOON)
    approve(desk, NOON)
    run(desk, NOON + timedelta(hours=1))
    first = desk.outbox.rows["survey/fall/invitation/p0"]
    desk.outbox.rows[first.message.key] = replace(first, state=State.SENT, changed_at=NOON + timedelta(hours=1))
    desk.workbook.edit("Survey questions", 1, HEADER.index(column), words)
    for hours in (2, 3):
        run(desk, NOON + timedelta(hours=hours))
    queued = [
        row for row in desk.outbox.rows.values() if row.state is State.QUEUED and row.message.stream is Stream.SURVEY
    ]
    assert queued == []
    approve(desk, NOON + timedelta(hours=3))
    for hours in (4, 5):
        run(desk, NOON + timedelta(hours=hours))
    (row,) = [
        row for row in desk.outbox.rows.values() if row.state is State.QUEUED and row.message.stream is Stream.SURVEY
    ]
    assert (row.message.person_id, row.message.step) == ("p1", "invitation.2")
    assert row.message.fingerprint != first.message.fingerprint
