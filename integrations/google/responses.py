"""The `SurveySource` port over spreadsheets that forms write to: two requests a spreadsheet, whatever its size.

The members' workbook is never one of them: answers would stand where everybody who keeps the list can read them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gspread.urls import SPREADSHEET_URL

from integrations.google.connect import sheet_id_of
from integrations.google.layout import whole
from integrations.google.transport import PatientClient, Refusal
from network.errors import ConfigurationError, NetworkError, PermanentError
from network.survey_exports import NoExportError, Table, responses_of
from network.survey_outline import Outline, guessed
from network.surveys import Response

SCOPES = ("https://www.googleapis.com/auth/spreadsheets.readonly",)
_FIELDS = "properties(title,timeZone),sheets.properties(title,hidden,sheetType)"
_AS_TYPED = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
_SUFFIX = re.compile(r"\s*\((?:responses|respuestas)\)$", re.IGNORECASE)


class GoogleResponses:
    """The spreadsheets that the settings name; `workbook` is the members' own, which is refused."""

    def __init__(
        self,
        sheets: Sequence[str],
        client: Callable[[], PatientClient],
        *,
        workbook: str = "",
        account: Callable[[], str] = str,
    ) -> None:
        self._sheets = tuple(dict.fromkeys(sheet_id_of(sheet, "HMN_RESPONSES") for sheet in sheets))
        if workbook and sheet_id_of(workbook) in self._sheets:
            raise ConfigurationError(
                "HMN_RESPONSES names the members' workbook. Let the form write its answers to a spreadsheet of its own,"
                " and name that one."
            )
        self._client, self._account = client, account

    def places(self) -> Sequence[str]:
        """The spreadsheets' ids."""
        return self._sheets

    def fetch(self, place: str, since: datetime | None) -> Iterator[Response]:
        """Gives responses submitted at or after `since`, tab after tab."""
        for table in self._tables(place):
            for response in responses_of(table):
                if since is None or response.submitted_at >= since:
                    yield response

    def outline(self, place: str) -> Outline:
        """What the answers of its first tab let us guess."""
        table, *others = self._tables(place)
        outline = guessed(table.survey, responses_of(table))
        remarks = tuple(f"“{each.survey}” is a tab of its own; draft it from its form." for each in others)
        return Outline(outline.title, outline.questions, (*outline.remarks, *remarks))

    def _tables(self, place: str) -> list[Table]:
        """The tabs that hold answers; a single one is named as the file, several as they are."""
        about, blocks = self._read(place)
        properties = about.get("properties", {})
        name = _SUFFIX.sub("", properties.get("title", "")).strip() or place
        zone = _zone_of(properties.get("timeZone", ""))
        tables = [Table(title, rows, zone) for title, rows in blocks if _holds_answers(title, rows)]
        if not tables and any(rows for _, rows in blocks):
            raise PermanentError(
                f"The spreadsheet {name} in HMN_RESPONSES has no tab with a column Timestamp. Is it the one that the"
                " form writes to?"
            )
        return [Table(name, tables[0].rows, zone)] if len(tables) == 1 else tables or [Table(name, (), zone)]

    def _read(self, place: str) -> tuple[Mapping[str, Any], list[tuple[str, list[list[Any]]]]]:
        try:
            client = self._client()
            about = client.request("get", SPREADSHEET_URL % place, params={"fields": _FIELDS}).json()
            kept = [each["properties"] for each in about.get("sheets", ())]
            titles = [
                each["title"] for each in kept if not each.get("hidden") and each.get("sheetType", "GRID") == "GRID"
            ]
            answer = client.values_batch_get(place, [whole(title) for title in titles], {**_AS_TYPED}) if titles else {}
        except Refusal as err:
            raise _explained(err, place, self._account()) from None
        blocks = (block.get("values", []) for block in answer.get("valueRanges", ()))
        return about, list(zip(titles, blocks, strict=True))


def _holds_answers(title: str, rows: Sequence[Sequence[Any]]) -> bool:
    try:
        next(responses_of(Table(title, rows[:3], ZoneInfo("UTC"))), None)
    except NoExportError:
        return False
    return bool(rows)


def _zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _explained(err: Refusal, place: str, account: str) -> NetworkError:
    if err.status == 403:
        who = f"with {account}" if account else "with the person who signed in"
        return ConfigurationError(
            f"The spreadsheet {place} in HMN_RESPONSES is not shared with us. Open it, press Share and share it {who}"
            " as Viewer."
        )
    if err.status == 404:
        return ConfigurationError(
            f"There is no spreadsheet {place}, which HMN_RESPONSES names. Copy its whole address from the browser."
        )
    return PermanentError(f"Google refused to show the spreadsheet {place} of answers ({err.status}).")
