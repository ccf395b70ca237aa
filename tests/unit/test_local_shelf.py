"""Files of the office that people may open: whole, inside the office, and a sentence where that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.local.shelf import LocalShelf
from network.errors import ConfigurationError, PermanentError


def test_a_file_appears_under_the_office_and_is_replaced(tmp_path: Path) -> None:
    shelf = LocalShelf(tmp_path)
    assert shelf.put("preview/a.html", "one") == "preview/a.html"
    shelf.put("preview/a.html", "two")
    assert [path.read_text() for path in (tmp_path / "preview").iterdir()] == ["two"]


def test_nothing_leaves_the_office(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="inside the office's folder"):
        LocalShelf(tmp_path / "office").put("../a.html", "one")


def test_a_file_in_the_place_of_a_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "preview").write_text("mine")
    with pytest.raises(ConfigurationError, match="Nothing can be put into preview"):
        LocalShelf(tmp_path).put("preview/a.html", "one")
    assert (tmp_path / "preview").read_text() == "mine"
