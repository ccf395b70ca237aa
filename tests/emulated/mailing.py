"""How tests start the mail server, tell it what goes wrong, and read what arrived."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class MailServerProcess:
    """A running mail server and its folder."""

    folder: Path
    smtp_port: int
    imap_port: int

    def fault(self, at: str, do: str, *, to: str = "", times: int = 1, accepted: bool = False) -> None:
        """The next `times` at this step go wrong: "close", "silence", or an answer like "421 4.3.2 busy".

        Steps: greeting, EHLO, MAIL, RCPT, DATA, in text, text (after the final dot; `accepted`: it was taken).
        """
        rule = {"id": uuid.uuid4().hex, "at": at, "do": do, "to": to, "times": times, "accepted": accepted}
        beside = self.folder / "fault.writing"
        beside.write_text(json.dumps(rule), encoding="utf-8")
        beside.replace(self.folder / "fault.json")

    def no_fault(self) -> None:
        (self.folder / "fault.json").unlink(missing_ok=True)

    def arrived(self) -> list[dict[str, Any]]:
        file = self.folder / "arrived.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []

    def counts(self) -> Counter[str]:
        """How often each mail arrived, by Message-ID."""
        return Counter(line["id"] for line in self.arrived())

    def forget(self) -> None:
        """Starts a new page: nothing arrived, nothing goes wrong."""
        self.no_fault()
        (self.folder / "arrived.jsonl").write_bytes(b"")
        for path in (self.folder / "Sent").glob("*.eml"):
            path.unlink()

    def receive(self, raw: bytes) -> None:
        """A mail arrives in the inbox."""
        inbox = self.folder / "INBOX"
        number = max((int(path.stem) for path in inbox.glob("*.eml")), default=0) + 1
        (inbox / f"{number}.eml").write_bytes(raw)


@contextmanager
def running_mail_server(folder: Path, options: Sequence[str] = ()) -> Iterator[MailServerProcess]:
    """Starts the server and stops it."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.emulated.mail_server", str(folder), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ports = json.loads(process.stdout.readline())
            yield MailServerProcess(folder, ports["smtp"], ports["imap"])
        finally:
            process.terminate()
            process.wait(timeout=10)
