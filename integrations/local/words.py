"""The texts we ship, read from the installed program: one file a letter, layout or fixed word list."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable

from network.errors import PermanentError


class PackagedWords:
    """`network.ports.Words` over the package `templates`; a path never leaves it."""

    def read(self, path: str) -> str:
        """Returns the text of one file; PermanentError names a missing one."""
        file = self._at(path)
        if not file.is_file():
            raise PermanentError(f"The program has no text {path}. Please install it again, or restore that file.")
        return file.read_text(encoding="utf-8")

    def list(self, folder: str) -> Sequence[str]:
        """Returns the paths directly under a folder, sorted; none where there is no such folder."""
        place = self._at(folder)
        if not place.is_dir():
            return []
        prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        names = (entry.name for entry in place.iterdir())
        return sorted(f"{prefix}{name}" for name in names if not name.startswith(("_", ".")))

    def _at(self, path: str) -> Traversable:
        parts = [part for part in path.split("/") if part]
        if any(part in {".", ".."} for part in parts):
            raise PermanentError(f"{path} is no path of a text.")
        return files("templates").joinpath(*parts)
