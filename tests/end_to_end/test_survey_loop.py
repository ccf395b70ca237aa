"""The example survey from its invitation to "You said, we did": nothing closes without an answer to those who asked.

One office in a folder, real rounds over real files. What people do is done where they do it: in cells of the workbook
and in a file of answers. What the office does is read where people read it: in mails.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from examples.build import build_workbook
from integrations.settings import Send, Settings
from integrations.wiring import open_office
from network.jobs.rounds import walk

WASHINGTON = Path(__file__).parents[2] / "examples" / "washington"
SURVEY = "Member feedback, September 2026"
LIST = "a list of dentists who take Medicaid stands on our page, by county"
NOT_NOW = "the next budget is decided in May"
OWN_LINK = re.compile(r"forms\.example\.org/feedback\?ref=[A-Z2-7]{8}\b")
SEATTLE = ZoneInfo("America/Los_Angeles")


@dataclass
class House:
    """The office's folder; each round opens it anew, as another process would."""

    home: Path
    seen: set[str] = field(default_factory=set)

    @property
    def book(self) -> Path:
        return self.home / "workbook.xlsx"

    def run(self, day: str, *rounds: str) -> None:
        at = datetime.fromisoformat(f"{day}:00").replace(tzinfo=SEATTLE)
        with open_office(Settings(home=self.home, send=Send.LIVE), as_of=at) as office:
            for name in rounds:
                walk(office, name, at)

    def wake(self, day: str) -> None:
        """The first round after weeks in which nothing was due; what comes later that day is not "after a sleep"."""
        self.run(f"{day}T09:10", "members", "outbox")

    def type(self, tab: str, is_row: Callable[[Mapping[str, object]], bool], **cells: str) -> int:
        """What a person types into the rows that are meant; how many they were."""
        book = load_workbook(self.book)
        sheet = book[tab]
        header = {str(cell.value): int(cell.column) for cell in sheet[1] if cell.value}
        typed = 0
        for number in range(2, sheet.max_row + 1):
            row = {name: sheet.cell(number, column).value for name, column in header.items()}
            if any(value is not None for value in row.values()) and is_row(row):
                for name, value in cells.items():
                    sheet.cell(number, header[name.replace("_", " ")], value)
                typed += 1
        book.save(self.book)
        return typed

    def answer(self, what: str, words: str) -> None:
        assert self.type("To do", lambda row: what in str(row["What"]), Answer=words) == 1, what

    def mails(self) -> list[EmailMessage]:
        """What has gone out since we last looked."""
        files = sorted(path for path in (self.home / "outbox").glob("*.eml") if path.name not in self.seen)
        self.seen |= {path.name for path in files}
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]


def words_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House(tmp_path / "office")
    made.home.mkdir()
    build_workbook(WASHINGTON, made.book)
    made.type("Settings", lambda row: row["Setting"] == "Start sending on", Value="2026-08-31")
    book = load_workbook(made.book)
    members = book["Members"]
    status = next(int(cell.column) for cell in members[1] if cell.value == "Status")
    for number in range(members.max_row, 1, -1):
        # Members alone, every other of the later ones: the rest has no part in this story and only takes time.
        if members.cell(number, status).value != "Member" or (number > 40 and number % 2):
            members.delete_rows(number)
    sheet = book["Survey questions"]
    for name, value in (
        ("Link", "https://forms.example.org/feedback?ref=[Reference]"),
        ("Opens on", "2026-08-31"),
        ("Closes on", "2026-09-18"),
    ):
        column = sheet.max_column + 1
        sheet.cell(1, column, name)
        sheet.cell(2, column, value)
    book.save(made.book)
    return made


def test_what_members_said_travels_from_the_invitation_to_you_said_we_did(house: House) -> None:
    # Members are asked, after a person has looked at the words.
    house.run("2026-08-31T09:30", "members", "surveys", "members")
    house.answer(f"The survey “{SURVEY}”", "approve")
    house.run("2026-08-31T09:40", "members")
    house.run("2026-08-31T10:05", "surveys", "outbox")
    house.run("2026-09-01T10:05", "outbox")
    asked = [link[0] for mail in house.mails() if (link := OWN_LINK.search(words_of(mail)))]
    assert len(set(asked)) == len(asked) > 30, "one invitation each, each with a link of its own"

    # Forty answer. When the survey has closed, what several wrote about asks for an answer in To do.
    (house.home / "surveys").mkdir(exist_ok=True)
    shutil.copy(WASHINGTON / "survey-responses.csv", house.home / "surveys" / f"{SURVEY}.csv")
    house.run("2026-09-21T09:30", "surveys", "members")
    shown = (house.home / "surveys" / "results" / "member-feedback-september-2026.csv").read_text(encoding="utf-8")
    assert "How useful was the network for your work this year?,useful,20,40" in shown
    house.answer("Dentists: several people spoke of this", "on the agenda")
    house.answer("Time and travel: several people spoke of this", f"not now: {NOT_NOW}")

    # It moves by what people type; those who said who they are hear of its end, once, and not before.
    house.wake("2026-09-22")
    house.run("2026-09-22T09:30", "surveys", "outbox")
    told = [mail for mail in house.mails() if NOT_NOW in words_of(mail)]
    assert sorted(str(mail["To"]) for mail in told) == ["Malik Okonjari <malik.okonjari@p13.example.org>"]
    house.answer("Dentists: several people spoke of this", "doing: Priscilla, by 16 October")
    house.wake("2026-10-01")
    house.run("2026-10-01T09:30", "surveys", "outbox")
    assert not [mail for mail in house.mails() if "dentist" in words_of(mail).casefold()]
    house.answer("Dentists: several people spoke of this", f"done: {LIST}")
    house.wake("2026-10-20")
    house.run("2026-10-20T09:30", "surveys", "outbox")
    house.run("2026-10-21T09:30", "surveys", "outbox")
    told = [mail for mail in house.mails() if LIST in words_of(mail)]
    assert sorted(str(mail["To"]).partition(" <")[0] for mail in told) == ["Joaquín Valdelomar", "Malik Okonjari"]

    # Everybody else reads it in the next issue, which nobody is named in as having asked.
    house.wake("2026-11-09")
    house.run("2026-11-09T09:30", "newsletter", "members")
    assert house.type("To do", lambda row: "November 2026" in str(row["What"]), Answer="approve") >= 1
    house.run("2026-11-09T09:40", "members", "outbox")
    house.mails()
    house.run("2026-11-10T09:05", "newsletter", "outbox")
    house.run("2026-11-10T11:05", "outbox")
    issues = [mail for mail in house.mails() if "You said: Dentists." in words_of(mail)]
    assert len({mail["To"] for mail in issues}) == len(issues) > 15
    for mail in issues:
        assert f"You said: Dentists. We did: {LIST}." in words_of(mail)
        assert f"You said: Time and travel. Not now, because: {NOT_NOW}." in words_of(mail)
        assert "Valdelomar" not in words_of(mail)
