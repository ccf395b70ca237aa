"""The leaders' page and the Monday mail: what waits for a person first, charts only where they can be seen."""

from __future__ import annotations

from integrations.local.words import PackagedWords
from network.jobs.digest import leaders_page, page_cursor, send_digest
from network.mailcheck import MailKind, check_mail
from network.members import Status
from network.tasks import NewTask, TaskKind
from tests.builders import NOON, Desk, a_person

GOALS = (
    "# Goals\n\n## More voices\n\n**Amber.** A little behind: 80.\n\n"
    "![More voices: from 64 to 80](data:image/png;base64,AA)\n\nMeasured by: active members."
)


def a_desk() -> Desk:
    desk = Desk(words=PackagedWords())  # type: ignore[arg-type]
    desk.people.people["ana"] = a_person("ana", status=Status.MEMBER)
    desk.cursors.set(page_cursor("hmn-goals"), GOALS, NOON)
    return desk


def test_what_waits_for_a_person_stands_first() -> None:
    desk = a_desk()
    desk.tasks.open([NewTask("call/ana", TaskKind.CALL, "Call Ana.", "")], NOON)
    page = leaders_page(desk.office, NOON).markdown
    assert page.index("Waiting for a person") < page.index("The week") < page.index("Goals")
    assert "Calls to make | 1 | since today" in page


def test_the_monday_mail_is_the_page_without_charts_and_goes_once_to_each_leader() -> None:
    desk = a_desk()
    assert send_digest(desk.office, NOON).queued == 2
    assert send_digest(desk.office, NOON).queued == 0
    content = next(iter(desk.outbox.rows.values())).message.content
    assert content.subject == "The week in one page: nothing waits"
    assert "A little behind: 80." in content.text
    assert "from 64 to 80" not in content.text + content.html
    assert "![More voices" in leaders_page(desk.office, NOON).markdown
    assert not check_mail(content, MailKind.OFFICE)


def test_the_subject_counts_what_waits() -> None:
    desk = a_desk()
    desk.tasks.open([NewTask(f"call/{number}", TaskKind.CALL, "Call.", "") for number in range(2)], NOON)
    send_digest(desk.office, NOON)
    content = next(iter(desk.outbox.rows.values())).message.content
    assert content.subject == "The week in one page: 2 things wait for a person"


def test_a_line_of_mail_that_did_not_happen_is_left_out() -> None:
    week = leaders_page(a_desk().office, NOON).markdown.partition("## The week")[2].partition("##")[0]
    assert "Active members | 1" in week
    assert "New members | 0" in week
    assert "Newsletters" not in week
