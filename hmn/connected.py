"""The outside of `hmn demo --connected`: Google Sheets, Forms, Gmail and Mailchimp as servers on this computer.

The office then works through its real clients over HTTP, as it would with accounts; only the addresses that they call
are other ones. The stand-in (`python -m emulators`) is a process of its own and is spoken to through HTTP alone.
"""

from __future__ import annotations

import base64
import csv
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from network.errors import ConfigurationError

_LAST_LINE = "HMN_MAILCHIMP_BASE_URL"
_LANES = {"HMN_SEND": "live", "HMN_MAILER": "gmail", "HMN_INBOX": "gmail"}


@dataclass
class StandIn:
    """The servers while they run; `settings` point the office's clients at them."""

    settings: dict[str, str]
    arrived: set[str] = field(default_factory=set)

    def type_workbook(self, workbook: Path) -> None:
        """Makes a Google Sheet that holds what stands in an .xlsx, and makes it the office's workbook."""
        from examples.build import typed_tabs

        tabs = [{"title": title, "rows": rows, "raw": True} for title, rows in typed_tabs(workbook).items()]
        made = self._ask("spreadsheets", {"title": "Example network", "tabs": tabs})
        self.settings["HMN_WORKBOOK"] = made["id"]

    def put_up_form(self, title: str, questions: Path, responses: Path) -> None:
        """Makes a Google Form of the survey that *Survey questions* describes, and lets everybody answer it."""
        with questions.open(encoding="utf-8", newline="") as file:
            items = [_item(row) for row in csv.DictReader(file) if row["Survey"] == title]
        with responses.open(encoding="utf-8", newline="") as file:
            answered = list(csv.DictReader(file))
        form = self._ask("forms", {"title": title, "items": items})["id"]
        choices = {item["title"] for item in items if "choiceQuestion" in item["questionItem"]["question"]}
        for row in answered:
            said_at, _, _ = row.pop("Timestamp").rpartition(" ")
            at = datetime.strptime(said_at, "%Y/%m/%d %I:%M:%S %p").replace(tzinfo=ZoneInfo("America/Los_Angeles"))
            answers = {
                question: said.split(";") if question in choices else [said] for question, said in row.items() if said
            }
            self._ask(f"forms/{form}/responses", {"answers": answers, "at": at.isoformat()})
        self.settings["HMN_FORMS"] = form

    def at(self, moment: datetime) -> None:
        """Sets the clocks over there."""
        for service in ("google", "gmail", "mailchimp"):
            self._ask(service, {"now": moment.isoformat()})

    def receive(self, name: str, mail: bytes) -> bool:
        """Puts one mail into the mailbox, once; False when it was there."""
        if name in self.arrived:
            return False
        self._ask("gmail/acts", {"act": "receive", "raw": base64.b64encode(mail).decode("ascii")})
        self.arrived.add(name)
        return True

    def save_mails(self, folder: Path) -> None:
        """Writes what Gmail sent as files that any mail program opens."""
        folder.mkdir(exist_ok=True)
        for mail in self._ask("gmail")["messages"]:
            if "SENT" in mail["labelIds"]:
                (folder / f"{mail['id']}.eml").write_bytes(base64.urlsafe_b64decode(mail["raw"]))

    def seen(self) -> dict[str, int]:
        """What reached the servers, in numbers."""
        asked = self._ask("requests")
        mailchimp = self._ask("mailchimp")
        tabs = self._ask(f"spreadsheets/{self.settings['HMN_WORKBOOK']}")["sheets"]
        return {
            "requests": len(asked["requests"]),
            "requests that nobody understood": asked["unmatched"],
            "tabs in the Google Sheet": len(tabs),
            "mails sent by Gmail": len(self._ask("gmail")["delivered"]),
            "Mailchimp campaigns": len(mailchimp["campaigns"]),
            "mails sent by Mailchimp": len(mailchimp["mails"]),
        }

    def _ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        url = f"{self.settings['HMN_GOOGLE_BASE_URL']}/_control/{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - our own server
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the same
            return json.load(answer)


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Starts the servers on a free port of this computer; when the block ends they are gone, and all they knew."""
    command = [sys.executable, "-m", "emulators", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - the command is our own
        try:
            yield StandIn({**_LANES, **_settings_said_by(process)})
        finally:
            process.terminate()


def _settings_said_by(process: subprocess.Popen[str]) -> dict[str, str]:
    settings = {}
    for line in process.stdout or ():
        name, _, value = line.strip().partition("=")
        settings[name] = value
        if name == _LAST_LINE:
            return settings
    raise ConfigurationError("The stand-in for Google and Mailchimp did not start; python -m emulators says why.")


def _item(row: Mapping[str, str]) -> dict[str, Any]:
    """One question of the form, by the kind that *Survey questions* gives it."""
    labels = [label.strip() for label in row["Labels"].split(";") if label.strip()]
    question: dict[str, Any] = {"textQuestion": {}}
    if row["Kind"] == "scale":
        question = {"scaleQuestion": {"low": 1, "high": len(labels), "lowLabel": labels[0], "highLabel": labels[-1]}}
    elif labels:
        kind = "CHECKBOX" if row["Kind"] == "many" else "RADIO"
        question = {"choiceQuestion": {"type": kind, "options": _options(labels)}}
    return {"title": row["Text"], "questionItem": {"question": question}}


def _options(labels: Sequence[str]) -> list[dict[str, Any]]:
    return [{"value": label} for label in labels] + [{"isOther": True}]
