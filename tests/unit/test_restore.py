"""Putting a copy of the ledger back: checked before anything is touched, and never in the middle of a run."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.ledger.cursors import LedgerCursors
from integrations.ledger.engine import open_ledger
from integrations.local.backups import LocalBackups
from integrations.local.lock import use, use_alone
from integrations.local.restore import restore_ledger
from network.errors import ConfigurationError, NetworkError, TransientError
from network.jobs.guard import MEMORY
from tests.builders import NOON


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An office whose ledger remembers "now", with a copy from when it remembered "then"."""
    home = tmp_path / "an office"
    (home / "backups").mkdir(parents=True)
    ledger = open_ledger(f"sqlite:///{home / 'ledger.db'}")
    LedgerCursors(ledger).set(MEMORY, json.dumps({"installation": "here", "generation": 3, "marks": ["m3"]}), NOON)
    LedgerCursors(ledger).set("word", "then", NOON)
    ledger.close()
    shutil.copy(home / "ledger.db", home / "backups" / "ledger-2026-10-06.db")
    ledger = open_ledger(f"sqlite:///{home / 'ledger.db'}")
    LedgerCursors(ledger).set("word", "now", NOON)
    ledger.close()
    return home


def restored(office: Path, file: str = "ledger-2026-10-06.db") -> str:
    return restore_ledger(Path(file), office / "ledger.db", MEMORY, NOON)


def word(ledger: Path, name: str = "word") -> str:
    with closing(sqlite3.connect(ledger)) as opened:
        return str(opened.execute("SELECT value FROM cursor WHERE name = ?", (name,)).fetchone()[0])


@pytest.mark.parametrize("file", ["ledger-2026-10-06.db", "backups/ledger-2026-10-06.db"])
def test_the_copy_takes_the_place_and_the_present_one_is_kept(office: Path, file: str) -> None:
    aside = restored(office, file)
    assert word(office / "ledger.db") == "then"
    assert word(office / aside) == "now"
    memory = json.loads(word(office / "ledger.db", MEMORY))
    assert memory["unsure"] == "A backup of 6 October 2026 was put back"
    assert (memory["installation"], memory["generation"], memory["marks"]) == ("here", 3, ["m3"])
    assert not list(office.glob("ledger.restoring*"))


def test_put_back_twice_in_one_second_nothing_is_lost(office: Path) -> None:
    first, second = restored(office), restored(office)
    assert first != second
    assert word(office / first) == "now"


def test_what_still_stood_in_the_write_ahead_log_is_kept_with_the_present_one(office: Path) -> None:
    writer = sqlite3.connect(office / "ledger.db")
    try:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("UPDATE cursor SET value = 'just now' WHERE name = 'word'")
        writer.commit()
        aside = restored(office)
    finally:
        writer.close()
    assert word(office / aside) == "just now"
    assert word(office / "ledger.db") == "then"


def test_a_ledger_that_is_gone_can_be_put_back_and_its_old_log_does_no_harm(office: Path) -> None:
    (office / "ledger.db").unlink()
    (office / "ledger.db-wal").write_bytes(b"of another file")
    assert restored(office) == ""
    assert word(office / "ledger.db") == "then"


def test_while_somebody_uses_the_office_nothing_is_put_back(office: Path) -> None:
    with use(office), use(office), pytest.raises(TransientError, match="A run is under way"):
        restored(office)
    assert word(office / "ledger.db") == "now"
    with use_alone(office), pytest.raises(TransientError, match="A run is under way"):
        restored(office)
    restored(office)


def test_a_file_that_is_no_copy_of_a_ledger_is_refused_in_one_sentence(office: Path) -> None:
    (office / "text.db").write_text("not a database", encoding="utf-8")
    (office / "empty.db").touch()
    with closing(sqlite3.connect(office / "other.db")) as other:
        other.execute("CREATE TABLE a (b)")
    broken = bytearray((office / "backups" / "ledger-2026-10-06.db").read_bytes())
    broken[5000:9000] = b"\xff" * 4000
    (office / "broken.db").write_bytes(broken)
    wanted = {
        "text.db": "text.db is no copy of a ledger",
        "empty.db": "empty.db is no copy of a ledger",
        "other.db": "other.db is no copy of a ledger",
        "broken.db": "broken.db is",
        "ledger.db": "That is the present ledger itself",
        "backups": "There is no file backups. The newest is backups/ledger-2026-10-06.db.",
        "nothing.db": "There is no file nothing.db.",
    }
    for file, sentence in wanted.items():
        with pytest.raises(ConfigurationError) as refused:
            restore_ledger(
                office / file if (office / file).is_file() else Path(file), office / "ledger.db", MEMORY, NOON
            )
        assert str(refused.value).startswith(sentence)
        assert word(office / "ledger.db") == "now"


def test_a_disk_that_refuses_leaves_the_present_ledger_as_it_was(office: Path) -> None:
    (office / "ledger.restoring").mkdir()
    (office / "ledger.restoring" / "in the way").touch()
    with pytest.raises(NetworkError):
        restored(office)
    assert word(office / "ledger.db") == "now"


def test_the_moment_of_the_marking_has_a_form_that_the_ledger_reads(office: Path) -> None:
    restored(office)
    with closing(sqlite3.connect(office / "ledger.db")) as opened:
        moment = opened.execute("SELECT at FROM cursor WHERE name = ?", (MEMORY,)).fetchone()[0]
    assert datetime.fromisoformat(moment).replace(tzinfo=UTC) == NOON
    ledger = open_ledger(f"sqlite:///{office / 'ledger.db'}")
    assert LedgerCursors(ledger).get("word") == "then"
    ledger.close()


def test_a_backup_is_one_file_that_needs_no_log_beside_it(office: Path) -> None:
    LocalBackups(office / "ledger.db", office / "backups").make(NOON)
    restored(office)
    assert word(office / "ledger.db") == "now"
    assert [path.name for path in (office / "backups").iterdir()] == ["ledger-2026-10-06.db"]
