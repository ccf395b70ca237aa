"""The stand-in as a process of its own, and the way tests talk to it: through HTTP alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parents[2]


@dataclass
class StandIn:
    """A running stand-in; `sheet` is the file a test works on."""

    base_url: str
    session: requests.Session
    sheet: str = ""
    token: str = ""

    def control(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One request to the control plane: GET without a body, else POST."""
        url = f"{self.base_url}/_control/{path}"
        answer = self.session.get(url) if body is None else self.session.post(url, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self) -> None:
        self.control("reset", {})
        self.sheet = self.token = ""

    def make(self, tabs: Mapping[str, Sequence[Sequence[Any]]] | None = None, **options: Any) -> str:
        """Makes the spreadsheet of this test and returns its id."""
        wanted = [{"title": title, "rows": rows} for title, rows in (tabs or {}).items()]
        self.sheet = self.control("spreadsheets", {"tabs": wanted, **options})["id"]
        return self.sheet

    def edit(self, *edits: Mapping[str, Any]) -> None:
        """A person edits the sheet now."""
        self.control(f"spreadsheets/{self.sheet}/edits", {"edits": list(edits)})

    def edit_when(self, path: str, *edits: Mapping[str, Any], when: str = "after", method: str = "") -> None:
        """A person edits the sheet just before or after the next request to `path`."""
        body = {"spreadsheet": self.sheet, "edits": list(edits), "path": path, "when": when, "method": method}
        self.control("edits", body)

    def fault(self, kind: str, when: str = "before", **options: Any) -> None:
        self.control("faults", {"kind": kind, "when": when, **options})

    def whole(self) -> Any:
        """Everything in the file."""
        return self.control(f"spreadsheets/{self.sheet}")

    def tabs(self) -> dict[str, list[list[Any]]]:
        """What each tab shows, by title, trimmed."""
        return {each["properties"]["title"]: shown_rows(each) for each in self.whole()["sheets"]}

    def asked(self) -> list[dict[str, Any]]:
        """What was asked of Google so far, tokens left out."""
        log = self.control("requests")
        assert not log["unmatched"], [each for each in log["requests"] if each["status"] in {404, 501}]
        return [each for each in log["requests"] if each["path"] != "/token"]

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """One request as a signed-in client makes it."""
        if not self.token:
            grant = {"grant_type": "refresh_token", "refresh_token": "1//stand-in-refresh-token"}
            self.token = self.session.post(f"{self.base_url}/token", data=grant).json()["access_token"]
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.session.request(method, self.base_url + path, json=body, params=query, headers=headers)


def shown_rows(sheet: Mapping[str, Any], part: str = "effectiveValue") -> list[list[Any]]:
    """The cells of one tab as plain values; an error as its name."""
    rows = []
    for row in sheet["data"][0].get("rowData", []):
        values = [_plain(cell.get(part)) for cell in row.get("values", [])]
        while values and values[-1] is None:
            values.pop()
        rows.append(values)
    while rows and not rows[-1]:
        rows.pop()
    return rows


@contextmanager
def running_stand_in(record: Path | None = None) -> Iterator[StandIn]:
    """Starts `python -m emulators` on a free port and stops it at the end; `record` gets each mail that left."""
    command = [sys.executable, "-m", "emulators", "--port", "0", *(["--record", str(record)] if record else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("HMN_GOOGLE_BASE_URL="), line
            with requests.Session() as session:
                yield StandIn(line.strip().partition("=")[2], session)
        finally:
            process.terminate()


def _plain(value: Mapping[str, Any] | None) -> Any:
    if not value:
        return None
    ((kind, held),) = value.items()
    return json.dumps(held) if kind == "errorValue" else held
