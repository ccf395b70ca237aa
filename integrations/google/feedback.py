"""Opens the forms and spreadsheets of answers that the settings name; signs in when one of them is first read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from integrations.google import responses, surveys
from integrations.google.connect import Access, open_client
from integrations.google.credentials import account_address, read_key_file
from integrations.google.memory import Notes, Rates
from integrations.google.responses import GoogleResponses
from integrations.google.surveys import GoogleForms
from integrations.google.transport import PatientClient


def open_feedback(
    forms: Sequence[str],
    sheets: Sequence[str],
    access: Access,
    *,
    workbook: str,
    notes: Notes,
    rates: Rates,
    clock: Callable[[], datetime],
) -> dict[str, GoogleForms | GoogleResponses]:
    """The sources by name; raises ConfigurationError when a setting names what is no form or the members' workbook."""

    @cache
    def client(scopes: tuple[str, ...]) -> PatientClient:
        return open_client(access, rates, scopes)

    def account() -> str:
        return account_address(read_key_file(access.credentials))

    return {
        "forms": GoogleForms(forms, lambda: client(surveys.SCOPES), notes, clock=clock, account=account),
        "sheets": GoogleResponses(sheets, lambda: client(responses.SCOPES), workbook=workbook, account=account),
    }
