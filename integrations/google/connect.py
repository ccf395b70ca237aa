"""Opens the sheet that the settings name: whose file it is, who we are there, how requests leave."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from google.oauth2 import service_account

from integrations.google.credentials import account_address, load_credentials, read_key_file
from integrations.google.furnish import furnish
from integrations.google.memory import AddedRows, Notes, Rates
from integrations.google.transport import PatientClient, Refusal, explained
from integrations.google.workbook import GoogleWorkbook
from network.errors import ConfigurationError
from network.furniture import Furnished, TabPlan

_IN_ADDRESS = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]+)")
_ID = re.compile(r"[A-Za-z0-9_-]{20,}")


@dataclass(frozen=True, slots=True)
class Access:
    """How Google is reached: the credentials file (None: gspread's own folder), and a stand-in for its servers."""

    credentials: Path | None = None
    base_url: str | None = None


def open_sheet(
    sheet_id: str,
    access: Access,
    *,
    notes: Notes,
    added: AddedRows,
    rates: Rates,
    clock: Callable[[], datetime],
) -> GoogleWorkbook:
    """Opens one sheet; raises ConfigurationError when the credentials are missing or of the wrong kind."""
    account = account_address(read_key_file(access.credentials))
    return GoogleWorkbook(sheet_id, open_client(access, rates), notes, added, clock=clock, account=account)


def furnish_sheet(
    workbook: str, access: Access, plans: Sequence[TabPlan], *, dry_run: bool, headers: Mapping[str, str] | None = None
) -> Furnished:
    """Makes or adopts the sheet that HMN_WORKBOOK names; `headers` as in `furnish`."""
    sheet_id = sheet_id_of(workbook)
    account = account_address(read_key_file(access.credentials))
    try:
        client = open_client(access, Unlimited())
        return furnish(client, sheet_id, plans, dry_run=dry_run, headers=headers)
    except Refusal as err:
        raise explained(err, account) from None


def open_client(access: Access, rates: Rates, scopes: Sequence[str] = ()) -> PatientClient:
    """What requests leave through; with `scopes` a service account may do no more than these."""
    credentials = load_credentials(access.credentials, access.base_url)
    if scopes and isinstance(credentials, service_account.Credentials):
        credentials = credentials.with_scopes(scopes)
    return PatientClient(credentials, rates, base_url=access.base_url)


def sheet_id_of(workbook: str, setting: str = "HMN_WORKBOOK") -> str:
    """The id that a setting names: the id itself, or the address of the sheet as the browser shows it."""
    found = _IN_ADDRESS.search(workbook)
    if found:
        return found[1]
    if _ID.fullmatch(workbook.strip()):
        return workbook.strip()
    raise ConfigurationError(
        f"{setting} names neither an .xlsx file nor a Google Sheet. Copy the sheet's whole address from the browser."
    )


class Unlimited:
    """No limit: for a single command that sends a handful of requests and has no ledger."""

    def take(self, name: str, at: datetime) -> float:
        return 0.0
