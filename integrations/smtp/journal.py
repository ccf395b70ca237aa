"""What one run handed over, line by line: so that after a crash we know which mails cannot have left.

A file for each run, only ever appended to. Four words may stand there about a mail, each with the mail's token:

    intent     written and forced to disk after the text and before the final dot: from here on it may have been taken
    accepted   the server took it
    refused    the server answered, and did not take it
    withdrawn  somebody else looked it up before there was an intent, and gave it back to the queue

Two processes may write: the run itself, and one that looks a mail up because the claim has expired, while the run only
slept. Appending is atomic on a local disk, so the file has one order, and the order decides: an intent that stands
behind *withdrawn* is none, the run must not send the final dot; a *withdrawn* behind an intent is none, the mail may
have left. No lock is needed, so nobody waits for a process that sleeps or died. What is not guaranteed: this order on a
network drive. A file that is missing says nothing at all.
"""

from __future__ import annotations

import contextlib
import os
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from network.errors import TransientError

KEPT_FOR = timedelta(days=30)
_LINE = re.compile(rb"^(intent|accepted|refused|withdrawn) ([0-9a-f]{32})$", re.MULTILINE)
_NAME = re.compile(r"[0-9]{8}-[0-9a-f]{32}\.log")


class Trace(StrEnum):
    """What a journal tells about one mail."""

    ACCEPTED = "accepted"
    NOT_SENT = "not sent"
    UNCLEAR = "unclear"  # an intent and no answer
    SILENT = "silent"  # the file is not here: another computer's, or long ago


class Journal:
    """The journals of one office; writes one of its own from the first mail on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = ""
        self._descriptor: int | None = None
        self._end = 0
        self._withdrawn: set[str] = set()

    def begin(self, at: datetime) -> dict[str, str]:
        """Gives a mail its token, in this run's file, which stands on disk when this returns.

        Raises TransientError when the disk refuses.
        """
        try:
            if self._descriptor is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._forget_old(at)
                name = f"{at:%Y%m%d}-{uuid.uuid4().hex}.log"
                flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND
                self._descriptor = os.open(self._folder / name, flags, 0o600)
                self._name = name
        except OSError as err:
            raise TransientError(
                f"The sending journal could not be written ({err.strerror}). Nothing was sent; the next run tries "
                "again."
            ) from err
        return {"journal": self._name, "token": uuid.uuid4().hex}

    def intend(self, token: str) -> bool:
        """Writes that the final dot comes next; False when somebody has given the mail back to the queue before.

        Raises OSError when it cannot be written: the dot must not be sent then.
        """
        if self._descriptor is None:
            return False
        self._append("intent", token)
        os.fsync(self._descriptor)
        return token not in self._withdrawn

    def note(self, outcome: Trace, token: str) -> None:
        """Writes the server's answer. One that cannot be written is no harm: the mail is looked up elsewhere then."""
        word = "accepted" if outcome is Trace.ACCEPTED else "refused"
        with contextlib.suppress(OSError):
            self._append(word, token)

    def look_up(self, handle: Mapping[str, str]) -> Trace:
        """Says what became of a mail; one without an intent is withdrawn, so that a sleeping run cannot send it."""
        name, token = handle.get("journal", ""), handle.get("token", "")
        if not _NAME.fullmatch(name):
            return Trace.SILENT
        try:
            descriptor = os.open(self._folder / name, os.O_RDWR | os.O_APPEND)
        except OSError:
            return Trace.SILENT
        try:
            trace = _judge(_read_whole(descriptor), token)
            if trace is None:
                os.write(descriptor, _line("withdrawn", token))
                trace = _judge(_read_whole(descriptor), token)
        except OSError:
            return Trace.UNCLEAR
        finally:
            os.close(descriptor)
        return trace or Trace.UNCLEAR

    def close(self) -> None:
        """Closes this run's file; it stays, because the ledger may still ask."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._end, self._withdrawn = None, 0, set()

    def _append(self, word: str, token: str) -> None:
        """Writes a line, then reads what others wrote before it since last time."""
        if self._descriptor is None:
            return
        line = _line(word, token)
        if os.write(self._descriptor, line) != len(line):
            raise OSError("the disk is full")
        end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
        between = os.pread(self._descriptor, end - len(line) - self._end, self._end)
        self._withdrawn |= {found.decode() for verb, found in _LINE.findall(between) if verb == b"withdrawn"}
        self._end = end

    def _forget_old(self, at: datetime) -> None:
        oldest = (at - KEPT_FOR).timestamp()
        for path in self._folder.glob("*.log"):
            with contextlib.suppress(FileNotFoundError):  # another run tidies at the same moment
                if _NAME.fullmatch(path.name) and path.stat().st_mtime < oldest:
                    path.unlink()


def _line(word: str, token: str) -> bytes:
    # A line end in front too: a line that a full disk cut short before never swallows this one.
    return f"\n{word} {token}\n".encode("ascii")


def _read_whole(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _judge(content: bytes, token: str) -> Trace | None:
    """What the first words about a mail mean; None when there are none yet."""
    words = [verb for verb, found in _LINE.findall(content) if found.decode() == token]
    if not words:
        return None
    if words[0] == b"withdrawn" or b"refused" in words:
        return Trace.NOT_SENT
    return Trace.ACCEPTED if b"accepted" in words else Trace.UNCLEAR
