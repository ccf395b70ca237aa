"""The month in one page: counts and plain words, and no names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from integrations.local.words import PackagedWords
from network.goals import Snapshot
from network.ideas import idea_task
from network.jobs import results
from network.jobs.brief import monthly_brief
from network.jobs.digest import send_digest
from network.members import Status
from network.messages import MessageRecord, State
from network.tasks import TaskState
from tests.builders import NOON, Desk, a_message, a_person, a_program

TODAY = date(2026, 10, 6)


def a_desk() -> Desk:
    desk = Desk()
    desk.programs.programs = [a_program()]
    for number in range(9):
        desk.people.people[f"p{number}"] = a_person(f"p{number}", email=f"p{number}@example.org")
    new = a_person("new", email="new@example.org", became_member_at=NOON - timedelta(days=3))
    gone = a_person("gone", email="gone@example.org", status=Status.LEFT)
    desk.people.people |= {"new": new, "gone": gone}
    return desk


def words(desk: Desk) -> str:
    return monthly_brief(desk.office, NOON).markdown


def test_who_joined_and_left_are_counts() -> None:
    desk = a_desk()
    assert "10 active members; 1 joined in the last 30 days. Who left will be told once" in words(desk)
    desk.snapshots.put([Snapshot("active members", TODAY - timedelta(days=31), 11.0)])
    assert "10 active members; 1 joined in the last 30 days. 2 left." in words(desk)
    assert "Ana" not in words(desk)


def test_ideas_goals_and_risks_stand_in_it() -> None:
    desk = a_desk()
    assert "No ideas from surveys yet." in words(desk)
    assert "No goal is measured yet." in words(desk)
    assert "Nothing that we can see." in words(desk)
    desk.tasks.open([idea_task("fall", "Fall", "Dentists", "Noor"), idea_task("fall", "Fall", "Travel", "Noor")], NOON)
    first = next(iter(desk.tasks.tasks.values()))
    desk.tasks.save([replace(first, state=TaskState.ANSWERED, answer="done: a list", answered_at=NOON)], NOON)
    results.keep_lines(desk.office, results.GOALS, [("More", "10", "20 by 2027", "red", "Well behind.", "")], NOON)
    message = a_message()
    desk.outbox.rows[message.key] = MessageRecord(message, State.TO_CHECK, "", 1, NOON, NOON)
    told = words(desk)
    assert "2 ideas: 1 new, 1 done. Waiting for a first answer: Travel." in told
    assert "| More | 10 | 20 by 2027 | well behind |" in told
    assert "- 1 goal well behind: *HMN results* says why." in told
    assert "- 1 mail of which nobody is sure that it arrived." in told


def test_a_line_that_waits_and_a_lonely_leader_are_risks() -> None:
    desk = a_desk()
    desk.tasks.open([idea_task("fall", "Fall", "Dentists", "Noor")], NOON - timedelta(days=20))
    desk.preferences = replace(desk.preferences, leaders=("Noor",))
    assert "- 1 line in To do open for more than two weeks." in words(desk)
    assert "Only one leader" in words(desk)


def test_the_first_monday_mail_of_a_month_brings_it_along_once() -> None:
    desk = a_desk()
    desk.words = PackagedWords()  # type: ignore[assignment]
    monday = NOON + timedelta(days=6)
    for day, is_told in ((0, True), (1, True), (7, False), (14, False), (21, True), (28, False)):
        page = send_digest(desk.office, monday + timedelta(days=day)).page
        assert ("## The month in one page" in page.markdown) is is_told, day
    assert sorted(desk.shelf.files) == ["briefs/2026-10.md", "briefs/2026-11.md"]
    assert "## Who is not here yet" in desk.shelf.files["briefs/2026-10.md"]


def test_a_rehearsal_of_the_mail_leaves_the_month_to_be_told() -> None:
    desk = a_desk()
    desk.words = PackagedWords()  # type: ignore[assignment]
    send_digest(desk.office, NOON, dry_run=True)
    assert not desk.shelf.files
    assert "## The month in one page" in send_digest(desk.office, NOON + timedelta(days=7)).page.markdown
