"""*HMN today* tells what was read, what to fix, what goes out and what was sent, and changes only with that."""

from __future__ import annotations

from datetime import timedelta

from network.consent import ConsentFact, ConsentFacts, FactKind
from network.members import IssueKind, RoleKind, RowIssue
from network.members_report import MembersReport, ReadRow, report_from_text, report_to_text
from network.messages import MessageRecord, State, Stream
from network.preferences import Sending
from network.sequences import PlannedTouch
from network.today import Around, members_tab, today_tab
from tests.builders import NOON, a_member, a_message, a_person, some_preferences

ANA, BEA = a_member().key, a_member("Bea Lund", "bea@").key
ISSUES = (
    RowIssue("Members", BEA, IssueKind.FIX, "Type an address.", "Email", 3),
    RowIssue("Members", BEA, IssueKind.WAITING, "is this person already with you?", "Status", 3),
    RowIssue("Members", ANA, IssueKind.NOTE, "Role is blank.", "Role", 2),
)
REPORT = MembersReport(
    rows=(ReadRow(2, ANA, "Member", "p-ana"), ReadRow(3, BEA, "")),
    issues=ISSUES,
    changed_at=NOON,
    is_changed=True,
)
AROUND = Around(people={"p-ana": a_person()}, preferences=some_preferences())


def sections(around: Around = AROUND, report: MembersReport = REPORT) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = {}
    for row in today_tab(report, around, NOON).rows:
        found.setdefault(str(row[0]), []).append(tuple(row[1:]))
    return found


def test_the_first_line_says_when_and_how_well_it_was_read() -> None:
    assert today_tab(REPORT, AROUND, NOON).preface[0] == "Last change read 10:00 on Tue 6 Oct: 1 fine, 1 to fix."


def test_each_row_to_fix_stands_there_once_with_its_sentence_and_its_place() -> None:
    found = sections()
    assert found["To fix"] == [("Bea Lund", None, "Fix: Type an address.", 3)]
    assert "Waiting for you" not in found
    assert found["Worth a look"] == [("Ana Torres", None, "OK. Role is blank.", 2)]


def test_what_goes_out_in_14_days_says_who_what_when_and_why() -> None:
    planned = [
        PlannedTouch("p-ana", "Ana Torres", "Letter 2", NOON + timedelta(days=1), "No answer to Letter 1."),
        PlannedTouch("p-ana", "Ana Torres", "Letter 3", NOON + timedelta(days=15), "Too far away to show."),
        PlannedTouch("p-bea", "Bea Lund", "Letter 1", None, "", held="waiting for approval"),
    ]
    around = Around(planned=planned, preferences=some_preferences())
    assert sections(around)["Goes out next"] == [
        ("Ana Torres", "Wed 7 Oct 10:00", "Letter 2: No answer to Letter 1.", None),
        ("Bea Lund", "not yet", "Letter 1. Not yet: waiting for approval.", None),
    ]


def test_what_is_due_today_is_told_the_same_all_day() -> None:
    def told(minutes: int) -> object:
        at = NOON + timedelta(minutes=minutes)
        due = [PlannedTouch("p", who, "Call", at + timedelta(minutes=wait), "") for who, wait in (("Bo", 0), ("Al", 9))]
        return today_tab(REPORT, Around(planned=due, preferences=some_preferences()), at).rows[-2:]

    assert (
        told(0)
        == told(5)
        == [
            ("Goes out next", "Al", "today", "Call.", None),
            ("Goes out next", "Bo", "today", "Call.", None),
        ]
    )


def test_what_is_wrong_with_a_letter_is_said_once_however_many_wait_for_it() -> None:
    wrong = "Head Start, Letter 1: there is no [Meeting link] in Settings. Please type one."
    planned = [PlannedTouch(f"p-{n}", f"Ana {n}", "Letter 1", None, "says who we are", held=wrong) for n in range(3)]
    tab = today_tab(REPORT, Around(planned=planned, preferences=some_preferences()), NOON)
    told = " ".join([*tab.preface, *(str(row[3]) for row in tab.rows)])
    assert told.count("no [Meeting link] in Settings") == 1
    assert [row[3] for row in tab.rows if row[0] == "Goes out next"] == [
        "Letter 1: says who we are. Not yet: its letter must be mended first, see HMN today."
    ] * 3
    assert ".." not in told


def test_what_a_row_asks_for_besides_its_cells_is_told_and_counted() -> None:
    bounced = ConsentFacts((ConsentFact(NOON, FactKind.BOUNCE_HARD, "reply", address="ana@example.org"),))
    report = MembersReport(rows=REPORT.rows, changed_at=NOON, is_changed=True)
    around = Around(people=AROUND.people, facts={"p-ana": bounced}, preferences=some_preferences())
    assert str(sections(around, report)["To fix"][0][2]).startswith("Fix: mail to this address comes back. Who is")
    assert today_tab(report, around, NOON).preface[0].endswith(": 1 fine, 1 to fix.")


def test_a_row_whose_person_was_forgotten_asks_to_be_deleted() -> None:
    report = MembersReport(rows=REPORT.rows, changed_at=NOON, is_changed=True)
    around = Around(people={}, preferences=some_preferences())
    said = "Forgotten, as asked in To do: nothing is sent. Please delete this row."
    assert [row[2] for row in sections(around, report)["Waiting for you"]][:1] == [said]


def test_what_was_sent_is_shown_and_mail_to_the_office_is_not() -> None:
    old = NOON - timedelta(days=15)
    records = [
        MessageRecord(a_message(), State.SENT, "", 1, NOON, NOON),
        MessageRecord(a_message(stream=Stream.OFFICE), State.SENT, "", 1, NOON, NOON),
        MessageRecord(a_message(step="letter-2"), State.QUEUED, "", 0, NOON, NOON),
        MessageRecord(a_message(step="letter-0"), State.SENT, "", 1, old, old),
    ]
    around = Around(records=records, preferences=some_preferences())
    assert sections(around)["Sent"] == [("Ana Torres", "Tue 6 Oct 10:00", "A question", None)]


def test_the_switch_and_every_problem_are_told() -> None:
    around = Around(preferences=some_preferences(sending=Sending.OFF))
    report = MembersReport(
        problems=("The tab Members has no column Email.",), remarks=("It is open.",), held="We stopped."
    )
    preface = today_tab(report, around, NOON).preface
    assert preface[0] == "We stopped."
    assert "Sending is off: nothing leaves. Choose on in Settings when you are ready." in preface
    assert {"The tab Members has no column Email.", "It is open."} <= set(preface)


def scope_of(*people: object) -> str:
    around = Around(people={f"p{n}": person for n, person in enumerate(people)}, preferences=some_preferences())  # type: ignore[misc]
    return " ".join(today_tab(REPORT, around, NOON).preface)


def test_a_network_of_fewer_than_three_managers_is_told_and_so_is_one_program_alone() -> None:
    ana, director = a_person(), a_person(role_kind=RoleKind.DIRECTOR)
    assert "There is 1 active manager; a network needs three." in scope_of(ana, director, director)
    assert "All active managers are from one program" in scope_of(ana, ana, ana)
    assert "network needs" not in scope_of(ana, ana, a_person(recipient_id="wa-makah"))


def test_the_list_says_how_complete_it_is() -> None:
    assert "The list is complete for 1 of 2 active members. 1 lacks" in scope_of(a_person(), a_person(role=""))


def test_nothing_changes_within_a_quiet_day() -> None:
    assert today_tab(REPORT, AROUND, NOON) == today_tab(REPORT, AROUND, NOON + timedelta(hours=3))


def test_every_row_is_repeated_with_its_sentence_in_the_sheets_order() -> None:
    tab = members_tab(REPORT, AROUND)
    assert [(row[0], row[1], row[-1]) for row in tab.rows] == [
        ("OK. Role is blank.", "Ana", 2),
        ("Fix: Type an address.", "Bea", 3),
    ]


def test_a_report_is_kept_for_the_runs_in_which_nothing_changed() -> None:
    kept = report_from_text(report_to_text(REPORT))
    assert (kept.rows, kept.issues, kept.changed_at) == (REPORT.rows, REPORT.issues, REPORT.changed_at)
    assert not kept.is_changed
    assert report_from_text(None) == MembersReport()
