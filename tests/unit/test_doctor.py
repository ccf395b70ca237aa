"""`hmn doctor`: every part is looked at, one broken part hides no other, and each sentence says what to do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from network.errors import ConfigurationError, TransientError
from network.guard import GUARD, Memory, guard_tab
from network.jobs.doctor import Finding, Machine, is_well, look_over
from network.jobs.housekeeping import LAST_BACKUP
from network.jobs.members import FIRST_SYNC, READ_SHEET
from network.jobs.outbox import READ_INBOX
from network.ports import Incoming
from tests.builders import NOON, Desk, a_person
from tests.fakes_outside import FakeInbox, FakeMailer, FakeWorkbook

WELL = Machine(free_bytes=10 * 2**30, keeps_backups=True)
SETTINGS = (
    ("Sender address", "hmn@example.org"),
    ("Postal address", "1 Example Street, Olympia WA"),
    ("Leaders", "Noor Haddenfield <noor@example.org>"),
    ("Approvers", "noor@example.org"),
    ("Technical contact", "max@example.org"),
    ("Time zone", "America/Los_Angeles"),
    ("Sending", "on"),
)


@dataclass
class PoliteMailer(FakeMailer):
    """A lane that can be greeted; `says` may be what stands in the way."""

    says: str | Exception = "The mail server answers."
    greeted: int = field(default=0)

    def greet(self) -> str:
        self.greeted += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


class BrokenInbox(FakeInbox):
    """A mailbox that does not answer."""

    def fetch(self, since: str | None) -> tuple[list[Incoming], str]:
        raise TransientError("The mailbox could not be reached.")


@pytest.fixture
def desk() -> Desk:
    """An office in which nothing is wrong."""
    sheet = FakeWorkbook().put(
        "Members", ("First name", "Last name", "Email", "Status"), ("Ana", "T", "a@x.org", "Member")
    )
    sheet.put("Settings", ("Setting", "Value"), *SETTINGS).put("To do", ("Ref", "What", "Answer"))
    desk = Desk(workbook=sheet, mailer=PoliteMailer())
    desk.people.people = {"p-ana": a_person()}
    for cursor in (READ_SHEET, READ_INBOX, LAST_BACKUP, FIRST_SYNC):
        desk.cursors.set(cursor, (NOON - timedelta(hours=1)).isoformat(), NOON)
    return desk


def wrong(desk: Desk, machine: Machine = WELL) -> dict[str, str]:
    """What needs a person, by what was looked at."""
    return {each.what: each.sentence for each in look_over(desk.office, machine, NOON) if not each.is_fine}


def test_where_nothing_is_wrong_everything_is_fine_and_nothing_was_sent_or_written(desk: Desk) -> None:
    findings = look_over(desk.office, WELL, NOON)
    assert is_well(findings), [each for each in findings if not each.is_fine]
    looked_at = {each.what for each in findings}
    assert looked_at >= {
        "Clock",
        "Disk",
        "Ledger",
        "Sheet",
        "Guard",
        "Inbox",
        "Mail out",
        "Backup",
        "Time zone",
        "Sending",
    }
    assert isinstance(desk.mailer, PoliteMailer)
    assert (desk.mailer.greeted, desk.mailer.sent, desk.workbook.writes) == (1, [], 0)


def test_one_broken_part_hides_no_other(desk: Desk) -> None:
    desk.inbox = BrokenInbox()
    desk.mailer = PoliteMailer(says=ConfigurationError("The password in HMN_SMTP_URL is wrong."))
    desk.workbook.tabs.pop("To do")
    found = wrong(desk, replace(WELL, free_bytes=3 * 2**20, remarks=("HMN_MALER is no setting of ours.",)))
    assert set(found) == {"Settings (.env)", "Disk", "Sheet", "Inbox", "Mail out"}
    assert found["Mail out"] == "The password in HMN_SMTP_URL is wrong."
    assert "hmn init" in found["Sheet"]


def test_a_sheet_that_cannot_be_read_is_one_finding(desk: Desk) -> None:
    class Away(FakeWorkbook):
        def read(self, since: str | None = None) -> None:
            raise TransientError("Google does not answer just now.")

    desk.workbook = Away()
    desk.preferences = replace(desk.preferences, technical_contact="max@example.org")
    assert wrong(desk) == {"Sheet": "Google does not answer just now."}


@pytest.mark.parametrize(("days", "is_wrong"), [(6, False), (7, True), (400, True)])
def test_a_week_without_a_backup_is_complained_about(desk: Desk, days: int, is_wrong: bool) -> None:
    desk.cursors.set(LAST_BACKUP, (NOON - timedelta(days=days)).isoformat(), NOON)
    assert ("Backup" in wrong(desk)) is is_wrong
    assert "Backup" not in wrong(desk, replace(WELL, keeps_backups=False)), "a database server has its own"
    del desk.cursors.values[LAST_BACKUP]
    assert "Backup" not in wrong(desk), "a new office has none yet"
    desk.cursors.set(FIRST_SYNC, (NOON - timedelta(days=8)).isoformat(), NOON)
    assert "hmn backup" in wrong(desk)["Backup"]


def test_runs_that_stopped_and_a_clock_that_went_back_are_noticed(desk: Desk) -> None:
    desk.cursors.set(READ_INBOX, (NOON - timedelta(hours=27)).isoformat(), NOON)
    assert "hmn run inbox" in wrong(desk)["Last reading of the mailbox"]
    desk.cursors.set(READ_SHEET, (NOON + timedelta(days=3)).isoformat(), NOON)
    assert "clock" in wrong(desk)["Clock"]
    desk.cursors.set(READ_SHEET, "nonsense", NOON)
    assert "hmn run members" in wrong(desk)["Last reading of the sheet"]


def test_another_computer_a_paused_lane_and_blank_settings_are_told_with_what_to_do(desk: Desk) -> None:
    desk.workbook.published[GUARD] = guard_tab(Memory("elsewhere", 7, ("theirs",)), NOON.date(), {})
    desk.lanes.pause("local", "The password is wrong.")
    desk.workbook.put("Settings", ("Setting", "Value"), ("Time zone", "Mars"), ("Sender address", "hmn@example.org"))
    found = [each for each in look_over(desk.office, WELL, NOON) if not each.is_fine]
    said = " ".join(each.sentence for each in found)
    assert "hmn takeover" in said
    assert "answer go in To do" in said
    assert "Postal address is blank" in said
    assert Finding("Time zone", True, "Mars.") not in found
    assert not desk.cursors.get("guard.held"), "looking judges and remembers nothing"
