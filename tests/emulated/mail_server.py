"""A mail server in a process of its own, for tests: SMTP by aiosmtpd, and a small IMAP over a folder of files.

Run as `python -m tests.emulated.mail_server FOLDER [--pipelining] [--auth USER:PASSWORD] [--cert FILE] [--keeps-sent]`.
It prints its two ports as JSON. What it accepted stands in FOLDER/arrived.jsonl, written before the client hears of it:
the independent record from which a verdict is computed. FOLDER/fault.json says what goes wrong, and how often.
The IMAP is ours, not a real server: FOLDER/INBOX and FOLDER/Sent hold `UID.eml`; only what reads is understood.
"""

from __future__ import annotations

# ruff: noqa: N802 - the names are the library's
import argparse
import asyncio
import contextlib
import json
import os
import ssl
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from tests.emulated.small_imap import serve_imap

_HANGS = 3600


class Faults:
    """What goes wrong next: one rule, taken from the file each time, used up after its number of times."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "fault.json"
        self._used: dict[str, int] = {}

    def take(self, at: str, recipient: str = "") -> dict[str, Any] | None:
        try:
            rule: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if rule.get("at") != at or (rule.get("to") and rule["to"] != recipient):
            return None
        used = self._used.get(rule["id"], 0)
        if used >= rule.get("times", 1):
            return None
        self._used = {rule["id"]: used + 1}
        return rule


class Recorder:
    """Takes what was accepted: one line a mail, and a copy in Sent where the server keeps one."""

    def __init__(self, folder: Path, *, keeps_sent: bool) -> None:
        self._folder, self._keeps_sent = folder, keeps_sent
        self._file = os.open(folder / "arrived.jsonl", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self.number = 0

    def take(self, sender: str, recipients: list[str], content: bytes) -> str:
        self.number += 1
        mail = message_from_bytes(content)
        line = {"id": mail["Message-ID"], "from": sender, "to": recipients, "size": len(content)}
        os.write(self._file, json.dumps(line).encode() + b"\n")
        if self._keeps_sent:
            (self._folder / "Sent" / f"{self.number}.eml").write_bytes(content)
        (self._folder / "last.eml").write_bytes(content)
        return f"250 2.0.0 Ok <{recipients[0]}>: queued as {self.number:06d}"


class Server(SMTP):
    """aiosmtpd with a fault at any step of the conversation."""

    faults: Faults
    recorder: Recorder

    async def _handle_client(self) -> None:
        if not await self.goes_wrong("greeting"):
            await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self.goes_wrong("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self.goes_wrong("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        recipient = (arg or "").partition("<")[2].partition(">")[0]
        if not await self.goes_wrong("RCPT", recipient):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str | None) -> None:
        recipient = self.envelope.rcpt_tos[0] if self.envelope and self.envelope.rcpt_tos else ""
        if await self.goes_wrong("DATA", recipient):
            return
        rule = self.faults.take("in text", recipient)
        if rule is not None:
            await self.push("354 go on")
            await self._reader.read(20)
            await self.act(rule["do"])
            return
        await super().smtp_DATA(arg)

    async def goes_wrong(self, at: str, recipient: str = "") -> bool:
        rule = self.faults.take(at, recipient)
        if rule is None:
            return False
        await self.act(rule["do"])
        return True

    async def act(self, what: str) -> None:
        """Hangs up, says nothing any more, or answers with a code (421 hangs up after it)."""
        if what == "silence":
            await asyncio.sleep(_HANGS)
        elif what != "close":
            await self.push(what)
        if what == "close" or what.startswith("421"):
            assert self.transport is not None
            self.transport.close()
            await asyncio.sleep(_HANGS)


class Handler:
    """The last step: the text is here."""

    def __init__(self, *, pipelining: bool) -> None:
        self._pipelining = pipelining

    async def handle_EHLO(
        self, server: Server, session: Any, envelope: Any, name: str, answers: list[str]
    ) -> list[str]:
        session.host_name = name
        return [*answers[:-1], "250-PIPELINING", answers[-1]] if self._pipelining else answers

    async def handle_DATA(self, server: Server, session: Any, envelope: Any) -> str:
        rule = server.faults.take("text", envelope.rcpt_tos[0])
        if rule is None or rule.get("accepted"):
            answer = server.recorder.take(envelope.mail_from, envelope.rcpt_tos, envelope.content)
        if rule is None:
            return answer
        if rule["do"] in {"silence", "close"} or rule["do"].startswith("421"):
            await server.act(rule["do"])
        return str(rule["do"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pipelining", action="store_true")
    parser.add_argument("--keeps-sent", action="store_true")
    parser.add_argument("--auth", default="")
    parser.add_argument("--cert", default="", help="a file with key and certificate: STARTTLS is offered")
    parser.add_argument("--tls", action="store_true", help="TLS from the first byte")
    options = parser.parse_args()
    for name in ("INBOX", "Sent"):
        (options.folder / name).mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options))


async def _serve(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    context = None
    if options.cert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.cert)
    smtp = await loop.create_server(_factory(options, context), "127.0.0.1", 0, ssl=context if options.tls else None)
    imap = await serve_imap(options.folder, options.auth)
    ports = {"smtp": smtp.sockets[0].getsockname()[1], "imap": imap.sockets[0].getsockname()[1]}
    print(json.dumps(ports), flush=True)  # noqa: T201 - the parent reads it
    await asyncio.gather(smtp.serve_forever(), imap.serve_forever())


def _factory(options: argparse.Namespace, context: ssl.SSLContext | None) -> Callable[[], Server]:
    faults, recorder = Faults(options.folder), Recorder(options.folder, keeps_sent=options.keeps_sent)
    settings: dict[str, Any] = {}
    if context is not None and not options.tls:
        settings["tls_context"] = context
    if options.auth:
        user, _, password = options.auth.partition(":")

        def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            with (options.folder / "sign-ins").open("a", encoding="utf-8") as file:
                file.write(f"{mechanism}\n")
            is_right = (data.login, data.password) == (user.encode(), password.encode())
            return AuthResult(success=is_right, handled=False)

        settings |= {"authenticator": check, "auth_required": True, "auth_require_tls": False}

    def make() -> Server:
        server = Server(Handler(pipelining=options.pipelining), hostname="mail.example.org", timeout=60, **settings)
        server.faults, server.recorder = faults, recorder
        return server

    return make


if __name__ == "__main__":
    main()
