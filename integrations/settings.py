"""Every technical setting, typed and described; what the coordinator chooses stands in the *Settings* tab instead.

Read from the environment (prefix `HMN_`) and from a file `.env` in the folder where the command runs. Every default
works offline and sends nothing.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from network.errors import ConfigurationError


class Send(StrEnum):
    """The maintainer's switch."""

    OFF = "off"  # plan and preview only
    LIVE = "live"  # deliver, if the coordinator's switch in the sheet is on too


class MailerName(StrEnum):
    """The lanes."""

    LOCAL = "local"  # an .eml file for each mail in the office's outbox folder
    GMAIL = "gmail"
    SMTP = "smtp"


class InboxName(StrEnum):
    """Where replies are read."""

    LOCAL = "local"  # a maildir in the office
    GMAIL = "gmail"
    IMAP = "imap"


class Settings(BaseSettings):
    """The maintainer's settings; secrets never show in a representation or a log."""

    model_config = SettingsConfigDict(
        env_prefix="HMN_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(Path("office"), description="The office's folder: workbook, ledger, outbox, archive, backups.")
    workbook: str = Field(
        "workbook.xlsx", description="Path of an .xlsx (relative to the office), or a Google Sheet's id or URL."
    )
    ledger_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the ledger; by default ledger.db in the office."
    )
    send: Send = Field(Send.OFF, description="off: plan and preview only. live: deliver what is approved.")
    mailer: MailerName = Field(MailerName.LOCAL, description="How person-to-person mail leaves: local, gmail or smtp.")
    inbox: InboxName = Field(InboxName.LOCAL, description="Where replies are read: local, gmail or imap.")
    smtp_url: SecretStr | None = Field(None, description="smtp://user:password@host:port, for HMN_MAILER=smtp.")
    smtp_per_minute: int = Field(
        30, ge=2, description="How many mails a minute the mail server may get, from all computers of the office."
    )
    imap_url: SecretStr | None = Field(None, description="imaps://user:password@host:port, for HMN_INBOX=imap.")
    google_credentials: Path | None = Field(None, description="JSON key file for Sheets, Drive and Forms.")
    gmail_credentials: Path | None = Field(None, description="JSON key file for Gmail; by default the former.")
    gmail_units: int = Field(
        6000, ge=1000, description="Gmail's units a minute: 6000 for projects since May 2026, 15000 for older ones."
    )
    google_base_url: str | None = Field(None, description="A stand-in for Google's servers, for tests and the demo.")
    forms: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Google Forms whose answers are read: ids or addresses of the forms, comma-separated."
    )
    responses: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Answers in a Google Sheet of their own (id or address), an .xlsx or a .csv; commas between."
    )
    mailchimp_api_key: SecretStr | None = Field(None, description="Mailchimp is used if and only if this is set.")
    mailchimp_audience: str | None = Field(None, description="The id of the Mailchimp audience.")
    mailchimp_base_url: str | None = Field(None, description="A stand-in for Mailchimp; ends in /3.0.")
    check_links: bool = Field(
        False, description="on: look whether the pages behind an issue's links are there; needs the Internet."
    )
    unsubscribe_url: str | None = Field(
        None, description="An https page that takes one-click unsubscribes (RFC 8058); by default people write STOP."
    )

    @field_validator("forms", "responses", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def office(self) -> Path:
        """The office's folder as an absolute path."""
        return self.home.expanduser().absolute()

    @property
    def workbook_path(self) -> Path | None:
        """Where the .xlsx stands, or None when the workbook is a Google Sheet."""
        if not self.workbook.lower().endswith((".xlsx", ".xlsm")):
            return None
        return self.office / Path(self.workbook).expanduser()

    @property
    def response_files(self) -> tuple[Path, ...]:
        """Those of HMN_RESPONSES that are files; relative ones stand in the office."""
        return tuple(self.office / Path(each).expanduser() for each in self.responses if _is_file(each))

    @property
    def response_sheets(self) -> tuple[str, ...]:
        """Those of HMN_RESPONSES that are Google Sheets."""
        return tuple(each for each in self.responses if not _is_file(each))

    @property
    def ledger(self) -> str:
        """The ledger's URL, password included: for the adapter alone."""
        return self.ledger_url.get_secret_value() if self.ledger_url else f"sqlite:///{self.office / 'ledger.db'}"


def _is_file(named: str) -> bool:
    return named.lower().endswith((".csv", ".xlsx")) and "://" not in named


def load_settings(**overrides: object) -> Settings:
    """Reads the settings; raises ConfigurationError with one sentence for each that is wrong, never with its value."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as err:
        faults = "; ".join(f"HMN_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in err.errors())
        raise ConfigurationError(f"Please correct these settings. {faults}") from None
