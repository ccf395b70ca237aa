"""The maintainer's settings: safe defaults, plain errors, and an example file that tells the truth."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from integrations.settings import MailerName, Send, Settings, load_settings
from network.errors import ConfigurationError

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HMN_")]:
        monkeypatch.delenv(name)


def test_with_nothing_set_everything_is_local_and_nothing_is_sent() -> None:
    settings = load_settings()
    assert (settings.send, settings.mailer) == (Send.OFF, MailerName.LOCAL)
    assert settings.ledger.endswith("/office/ledger.db")
    assert settings.workbook_path == settings.office / "workbook.xlsx"


def test_a_wrong_value_is_named_by_its_setting_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMN_SEND", "secret-word")
    with pytest.raises(ConfigurationError, match="HMN_SEND") as caught:
        load_settings()
    assert "secret-word" not in str(caught.value)


def test_secrets_do_not_show_in_a_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMN_SMTP_URL", "smtp://ana:hunter2@mail.example.org")
    assert "hunter2" not in repr(load_settings())


def test_a_sheet_s_id_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMN_WORKBOOK", "1AbC_def-sheet-id")
    assert load_settings().workbook_path is None


def test_form_ids_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMN_FORMS", "one, two,")
    assert load_settings().forms == ("one", "two")


def test_every_setting_stands_in_the_example_file_and_no_other() -> None:
    named = set(re.findall(r"^#(HMN_[A-Z_]+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == {f"HMN_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())
