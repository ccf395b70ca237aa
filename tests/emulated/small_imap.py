"""A very small IMAP server over folders of `UID.eml` files, for tests: only what a reader asks is understood.

It is no real server. Every command it got stands in FOLDER/imap.log without its password, so that a test can see that
nothing was written. FOLDER/uidvalidity changes the numbering; FOLDER/imap-hangs-up closes the next connection once.
FOLDER/imap-folders has the lines of LIST (a name behind "|" travels as a literal); while FOLDER/imap-marks-when-asked
stands there, what a folder is for is told only to those who ask for it (RFC 6154).
"""

from __future__ import annotations

import asyncio
import base64
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from pathlib import Path

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FOLDERS = ['(\\HasNoChildren) "/" INBOX', '(\\HasNoChildren \\Sent) "/" "Sent"']
_SIGNED_OUT = frozenset({"LIST", "EXAMINE", "SELECT", "UID"})


async def serve_imap(folder: Path, auth: str) -> asyncio.Server:
    """Listens on a free port of this computer; `auth` is USER:PASSWORD, blank lets everybody in."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = _Conversation(folder, auth, reader, writer)
        try:
            await conversation.hold()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


class _Conversation:
    def __init__(self, folder: Path, auth: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.folder, self.auth = folder, auth
        self.reader, self.writer = reader, writer
        self.is_signed_in = False
        self.mailbox = folder / "INBOX"

    async def hold(self) -> None:
        self.say("* OK small")
        while line := (await self.reader.readuntil(b"\r\n")).decode().rstrip("\r\n"):
            tag, _, command = line.partition(" ")
            verb, _, rest = command.partition(" ")
            with (self.folder / "imap.log").open("a", encoding="utf-8") as log:
                log.write(f"{verb} {'' if verb in {'LOGIN', 'AUTHENTICATE'} else rest}\n")
            hang_up = self.folder / "imap-hangs-up"
            if hang_up.exists() and verb == hang_up.read_text(encoding="utf-8"):
                hang_up.unlink()
                return
            if verb in _SIGNED_OUT and not self.is_signed_in:
                self.say(f"{tag} NO sign in first")
                continue
            self.say(f"{tag} {await self.answer(verb, rest)}")
            await self.writer.drain()
            if verb == "LOGOUT":
                return

    def say(self, line: str) -> None:
        self.writer.write(line.encode() + b"\r\n")

    async def answer(self, verb: str, rest: str) -> str:
        if verb == "CAPABILITY":
            more = " LIST-EXTENDED SPECIAL-USE" if self.marks_when_asked and self.is_signed_in else ""
            self.say(f"* CAPABILITY IMAP4rev1 AUTH=PLAIN{more}")
        elif verb == "AUTHENTICATE":
            self.say("+ ")
            given = base64.b64decode(await self.reader.readuntil(b"\r\n")).decode().split("\0")
            return self.sign_in(f"{given[1]}:{given[2]}")
        elif verb == "LIST":
            self.tell_folders(is_asked=rest.endswith("RETURN (SPECIAL-USE)"))
        elif verb == "EXAMINE":
            return self.examine(rest.strip('"'))
        elif verb == "UID" and rest.startswith("SEARCH "):
            self.say("* SEARCH " + " ".join(map(str, self.search(rest.removeprefix("SEARCH ")))))
        elif verb == "UID" and rest.startswith("FETCH "):
            return self.fetch(rest.removeprefix("FETCH "))
        elif verb == "LOGOUT":
            self.say("* BYE")
        else:
            return f"BAD {verb} is not understood here"
        return "OK done"

    @property
    def marks_when_asked(self) -> bool:
        return (self.folder / "imap-marks-when-asked").exists()

    def tell_folders(self, *, is_asked: bool) -> None:
        kept = self.folder / "imap-folders"
        lines = kept.read_text(encoding="ascii").splitlines() if kept.exists() else _FOLDERS
        for line in lines:
            told = line if is_asked or not self.marks_when_asked else line.replace(" \\Sent", "")
            before, _, name = told.partition("|")
            self.say(f"* LIST {before}{{{len(name)}}}" if name else f"* LIST {before}")
            if name:
                self.say(name)

    def sign_in(self, given: str) -> str:
        self.is_signed_in = not self.auth or given == self.auth
        user = given.partition(":")[0]
        return "OK welcome" if self.is_signed_in else f"NO [AUTHENTICATIONFAILED] Invalid credentials for {user}"

    def examine(self, name: str) -> str:
        self.mailbox = self.folder / name
        if not self.mailbox.is_dir():
            return "NO no such folder"
        kept = self.folder / "uidvalidity"
        self.say(f"* {len(self.mails())} EXISTS")
        self.say(f"* OK [UIDNEXT {max(self.mails(), default=0) + 1}] next")
        self.say(f"* OK [UIDVALIDITY {kept.read_text(encoding='utf-8') if kept.exists() else '7'}] numbers")
        return "OK [READ-ONLY] done"

    def mails(self) -> dict[int, Path]:
        return {int(path.stem): path for path in sorted(self.mailbox.glob("*.eml"), key=lambda path: int(path.stem))}

    def search(self, criteria: str) -> list[int]:
        mails = self.mails()
        if found := re.fullmatch(r"UID (\d+):\*", criteria):
            # As RFC 3501 has it: the star is the last mail, and a range has no direction.
            return [number for number in mails if number >= int(found[1]) or number == max(mails)]
        if found := re.fullmatch(r"SINCE (\d+)-(\w{3})-(\d{4})", criteria):
            day = datetime(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]), tzinfo=UTC)
            return [number for number, path in mails.items() if _arrived(path) >= day]
        if found := re.fullmatch(r'HEADER Message-ID "(.+)"', criteria):
            return [number for number, path in mails.items() if _message_id(path) == found[1]]
        raise AssertionError(criteria)

    def fetch(self, rest: str) -> str:
        wanted, _, items = rest.partition(" ")
        asked = re.fullmatch(r"\(UID INTERNALDATE BODY\.PEEK\[\]<0\.(\d+)>\)", items)
        if asked is None:
            return "BAD only a look without a mark is understood here"
        mails = self.mails()
        for position, number in enumerate(mails, start=1):
            if str(number) in wanted.split(","):
                raw = mails[number].read_bytes()[: int(asked[1])]
                moment = _arrived(mails[number])
                day = f"{moment.day:2d}-{_MONTHS[moment.month - 1]}-{moment:%Y %H:%M:%S} +0000"
                self.say(f'* {position} FETCH (UID {number} INTERNALDATE "{day}" BODY[]<0> {{{len(raw)}}}')
                self.writer.write(raw + b")\r\n")
        return "OK done"


def _arrived(path: Path) -> datetime:
    try:
        return parsedate_to_datetime(str(message_from_bytes(path.read_bytes())["Date"])).astimezone(UTC)
    except (TypeError, ValueError):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _message_id(path: Path) -> str:
    return str(message_from_bytes(path.read_bytes())["Message-ID"]).strip()
