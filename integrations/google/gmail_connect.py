"""Opens the Gmail account that the settings name."""

from __future__ import annotations

from collections.abc import Callable

from google.auth.credentials import Credentials
from google.oauth2 import service_account

from integrations.google.connect import Access
from integrations.google.credentials import load_credentials
from integrations.google.gmail_client import SETTING, TIMEOUT, GmailClient, Units

# Drafts need "compose"; "send" alone does not allow them. Threads and answers need "readonly".
SCOPES = ("https://www.googleapis.com/auth/gmail.compose", "https://www.googleapis.com/auth/gmail.readonly")


def open_gmail(access: Access, units: Units, *, sender: Callable[[], str], timeout: float = TIMEOUT) -> GmailClient:
    """Gives the client; the sign-in file is read at its first request, and a wrong one is a ConfigurationError then.

    A service account acts for the sender in *Settings*, which the domain's administrator must have allowed.
    """

    def sign_in() -> Credentials:
        credentials = load_credentials(access.credentials, access.base_url, SETTING)
        if isinstance(credentials, service_account.Credentials):
            return credentials.with_scopes(SCOPES).with_subject(sender())  # type: ignore[no-any-return]
        return credentials

    return GmailClient(sign_in, units, base_url=access.base_url, timeout=timeout)
