"""Who we are for Google: a service account or a person's stored consent, from the files people know.

No browser is ever opened: a run on a schedule has nobody in front of it. What is missing, of the wrong kind, expired or
revoked is one sentence that says what to do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.auth.credentials import Credentials
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account
from gspread import auth as gspread_auth

from network.errors import ConfigurationError

SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets",
    # Only to ask whether the file changed.
    "https://www.googleapis.com/auth/drive.metadata.readonly",
)
_TOKEN_PATH = "/token"  # noqa: S105 - a path
_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
SETTING = "HMN_GOOGLE_CREDENTIALS"


def renew(setting: str = SETTING) -> str:
    """What a person does when a sign-in has ended."""
    return (
        "Google no longer accepts our sign-in: it expired or was revoked. Sign in again and put the new file where"
        f" {setting} says. (A Google app in “Testing” ends every sign-in after 7 days: publish it first.)"
    )


RENEW = renew()


def load_credentials(path: Path | None, base_url: str | None = None, setting: str = SETTING) -> Credentials:
    """Loads the file at `path`, or the one in gspread's own folder; asks the stand-in for tokens when there is one.

    `setting` is the one that named the file, for the sentences.
    """
    return _from_contents(read_key_file(path, setting), base_url, setting)


def read_key_file(path: Path | None, setting: str = SETTING) -> Mapping[str, Any]:
    """The contents of the credentials file; ConfigurationError says what is missing or of the wrong kind."""
    found = path or _in_gspreads_folder()
    if found is None:
        raise ConfigurationError(
            "No Google credentials. Put the JSON key of a service account somewhere safe and set"
            f" {setting} to its path."
        )
    try:
        contents = json.loads(found.expanduser().read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{setting} names a file that is not there.") from None
    except (OSError, ValueError):
        raise ConfigurationError(f"{setting} names a file that cannot be read as JSON.") from None
    return contents if isinstance(contents, dict) else {}


def account_address(contents: Mapping[str, Any]) -> str:
    """The address a sheet must be shared with; blank for a person's own sign-in."""
    return str(contents.get("client_email", ""))


def _from_contents(contents: Mapping[str, Any], base_url: str | None, setting: str) -> Credentials:
    token_uri = f"{base_url.rstrip('/')}{_TOKEN_PATH}" if base_url else ""
    try:
        if contents.get("type") == "service_account":
            info = {**contents, "token_uri": token_uri or contents["token_uri"]}
            return service_account.Credentials.from_service_account_info(info, scopes=SCOPES)  # type: ignore[no-any-return,no-untyped-call]
        if "refresh_token" in contents:
            return user_credentials.Credentials(  # type: ignore[no-untyped-call]
                None,
                refresh_token=contents["refresh_token"],
                token_uri=token_uri or _TOKEN_URI,
                client_id=contents["client_id"],
                client_secret=contents["client_secret"],
            )
    except (KeyError, ValueError):
        raise ConfigurationError("The Google credentials file is damaged. Please download it again.") from None
    if "installed" in contents or "web" in contents:
        raise ConfigurationError(
            f"{setting} names a client file, which cannot sign in by itself. Use the JSON key of a service"
            " account, or the authorized_user file that signing in once with it makes."
        )
    raise ConfigurationError(f"{setting} names a JSON file that is no Google credentials file.")


def _in_gspreads_folder() -> Path | None:
    """Looks into gspread's folder, where people who know it keep these files."""
    names = (gspread_auth.DEFAULT_SERVICE_ACCOUNT_FILENAME, gspread_auth.DEFAULT_AUTHORIZED_USER_FILENAME)
    return next((path for path in map(Path, names) if path.is_file()), None)
