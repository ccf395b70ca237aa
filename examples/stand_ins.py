"""The people of a rehearsal: they read our mails in the outbox folder, answer, and type into the workbook.

They know only what people would know: words on paper and in cells. Everything they do stands in a script.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parsedate_to_datetime
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from network.simulation import MailKind, Script, ScriptedMail
from network.tabs import Reading


@dataclass(slots=True)
class StandIns:
    """Everybody but the network; `act` lets them do what is due by then, each thing once."""

    office: Path
    workbook: Path
    script: Script
    first: date
    received: dict[str, list[EmailMessage]] = field(default_factory=lambda: defaultdict(list))
    read: set[str] = field(default_factory=set)
    done: set[object] = field(default_factory=set)

    def act(self, now: datetime) -> list[str]:
        """Sends the mails, answers and changes that are due; returns a line of the story for each."""
        self._read_mails()
        return [*self._write_mails(now), *self._type(now)]

    def change_answer(self, says: str, types: str) -> None:
        """Types another answer over the one that stands beside a row of *To do*."""
        book = load_workbook(self.workbook, rich_text=True)
        sheet = book["To do"]
        column = _columns(sheet)
        for cells in sheet.iter_rows(min_row=2):
            if says.casefold() in str(cells[column["What"]].value or "").casefold():
                cells[column["Answer"]].value = types
        book.save(self.workbook)

    # --- mail ---------------------------------------------------------------------------------------------------------

    def _read_mails(self) -> None:
        fresh = [file for file in (self.office / "outbox").glob("*.eml") if file.name not in self.read]
        mails = [(file.name, message_from_bytes(file.read_bytes(), policy=policy.default)) for file in fresh]
        for name, mail in sorted(mails, key=lambda each: (parsedate_to_datetime(str(each[1]["Date"])), each[0])):
            self.read.add(name)
            for _, address in getaddresses([str(mail["To"])]):
                self.received[address.casefold()].append(mail)

    def _write_mails(self, now: datetime) -> list[str]:
        lines = []
        for number, scripted in enumerate(self.script.mails):
            letters = self.received.get(scripted.address, [])
            if number in self.done or len(letters) < scripted.nth:
                continue
            letter = letters[scripted.nth - 1]
            at = parsedate_to_datetime(str(letter["Date"])) + timedelta(hours=scripted.hours)
            if at <= now:
                self.done.add(number)
                place = self.office / "inbox" / "new" / f"stand-in-{number:03}.eml"
                place.write_bytes(_mail(scripted, letter, at, number))
                first = f": {scripted.text.strip().splitlines()[0]}" if scripted.text else ""
                lines.append(f"{scripted.address} {_DID[scripted.kind]}{first}")
        return lines

    # --- the workbook -------------------------------------------------------------------------------------------------

    def _type(self, now: datetime) -> list[str]:
        book = load_workbook(self.workbook, rich_text=True)
        lines = [
            *self._answers(book["To do"], now.date()),
            *self._edits({s.title: s for s in book.worksheets}, now.date()),
        ]
        if lines:
            beside = self.workbook.with_name(f".{self.workbook.name}.typed")
            book.save(beside)
            beside.replace(self.workbook)
        return lines

    def _answers(self, sheet: Worksheet, today: date) -> list[str]:
        column = _columns(sheet)
        lines = []
        for cells in sheet.iter_rows(min_row=2):
            ref, what, since = (cells[column[name]].value for name in ("Ref", "What", "Since"))
            answer = self.script.answer_to(str(what)) if ref and what else None
            if answer is None or ref in self.done or cells[column["Answer"]].value:
                continue
            opened = since.date() if isinstance(since, datetime) else today
            if today >= opened + timedelta(days=answer.after):
                self.done.add(ref)
                cells[column["Answer"]].value = answer.types
                lines.append(f"{ref} ({_short(str(what))}) was answered: {answer.types}")
        return lines

    def _edits(self, sheets: dict[str, Worksheet], today: date) -> list[str]:
        lines = []
        for edit in self.script.edits:
            if edit in self.done or today < self.first + timedelta(days=edit.day):
                continue
            self.done.add(edit)
            sheet = sheets[edit.tab]
            place = _columns(sheet)[edit.column]
            for cells in sheet.iter_rows(min_row=2):
                if edit.row.casefold() in {str(cell.value or "").strip().casefold() for cell in cells}:
                    cells[place].value = edit.cell
                    lines.append(f"In {edit.tab}, {edit.column} of {edit.row} was set to {edit.cell or 'blank'}")
                    break
        return lines


def write_down(reading: Reading, target: Path) -> None:
    """Writes what stands in a sheet elsewhere into a workbook that the stand-ins can type into."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for tab in reading.tabs.values():
        sheet = book.create_sheet(tab.title)
        for row in tab.values:
            sheet.append(list(row))
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # what people typed is text, also behind an equals sign
    book.save(target)


_DID = {MailKind.REPLY: "wrote", MailKind.BOUNCE: "does not exist, says its mail server", MailKind.AWAY: "is away"}


def _columns(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): place for place, cell in enumerate(sheet[1]) if cell.value}


def _mail(scripted: ScriptedMail, letter: EmailMessage, at: datetime, number: int) -> bytes:
    """A mail as somebody's program writes it: in the thread, with our letter quoted, or the server's report."""
    if scripted.kind is MailKind.BOUNCE:
        return _report(scripted, letter, at, number)
    mail = EmailMessage()
    mail["From"], mail["To"] = scripted.address, str(letter["Reply-To"] or letter["From"])
    mail["Subject"], mail["Date"] = f"Re: {letter['Subject']}", format_datetime(at.astimezone(UTC))
    mail["Message-ID"] = f"<stand-in-{number}@replies.example.org>"
    mail["In-Reply-To"] = mail["References"] = str(letter["Message-ID"])
    if scripted.kind is MailKind.AWAY:
        mail["Auto-Submitted"] = "auto-replied"
    body = letter.get_body(("plain",))
    quoted = "\n".join(f"> {line}" for line in str(body.get_content() if body else "").splitlines())
    mail.set_content(f"{scripted.text.strip()}\n\nOn {letter['Date']} you wrote:\n{quoted}\n")
    return mail.as_bytes()


def _report(scripted: ScriptedMail, letter: EmailMessage, at: datetime, number: int) -> bytes:
    """What the mail server of an address that does not exist writes back (RFC 3464)."""
    return f"""\
From: Mail Delivery System <mailer-daemon@mail.example.org>
To: {letter["From"]}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(at.astimezone(UTC))}
Message-ID: <stand-in-{number}@mail.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain; charset=us-ascii

<{scripted.address}>: 550 5.1.1 No such user here

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; {scripted.address}
Action: failed
Status: 5.1.1

--=_report
Content-Type: text/rfc822-headers

To: {scripted.address}
Message-ID: {letter["Message-ID"]}

--=_report--
""".encode()


def _short(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:67]}…"
