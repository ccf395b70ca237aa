"""`hmn preview --mail`: one message with its headers, its words and its layout as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hmn.preview import show_mail
from integrations.wiring import open_office
from network.errors import ConfigurationError
from network.stores import PeoplePlan
from tests.builders import NOON, a_message, a_person


@pytest.fixture
def office_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HMN_HOME", str(tmp_path))
    rows = [("Sender address", "hmn@example.org"), ("Sender name", "Noor Haddenfield")]
    with open_office(as_of=NOON) as office:
        office.cursors.set(
            "settings", json.dumps({"settings": [[2, *row] for row in rows], "quiet": [], "problems": []}), NOON
        )
        office.people.apply(PeoplePlan(add=(a_person(),)), NOON)
        office.outbox.queue([a_message(reply_ref="7K2M9QXR")], NOON)
    return tmp_path


def test_a_message_is_shown_with_its_headers_and_its_layout_as_a_file(
    office_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_mail("7K2M9QXR", as_of=NOON, as_json=True)
    shown = json.loads(capsys.readouterr().out)
    message = a_message(reply_ref="7K2M9QXR")
    assert shown["headers"]["Subject"] == message.content.subject
    assert shown["headers"]["To"].endswith("<ana@example.org>")
    assert "STOP%207K2M9QXR" in shown["headers"]["List-Unsubscribe"]
    assert shown["state"] == "queued"
    assert (office_folder / shown["html"]).read_text(encoding="utf-8") == message.content.html


def test_the_words_are_printed_and_the_place_of_the_layout(
    office_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_mail("7K2M9QXR", as_of=NOON, as_json=False)
    printed = capsys.readouterr().out
    assert a_message().content.text in printed
    [file] = (office_folder / "preview").iterdir()
    assert f"preview/{file.name}" in printed


def test_before_settings_are_read_the_words_are_shown_all_the_same(
    office_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_office(as_of=NOON) as office:
        office.cursors.set("settings", "", NOON)
    show_mail("7K2M9QXR", as_of=NOON, as_json=False)
    printed = capsys.readouterr().out
    assert "Sender address is blank" in printed
    assert a_message().content.text in printed
    assert office_folder.exists()


def test_a_reference_that_is_none_is_said(office_folder: Path) -> None:
    assert office_folder.exists()
    with pytest.raises(ConfigurationError, match="There is no message NOPE"):
        show_mail("NOPE", as_of=NOON, as_json=False)
