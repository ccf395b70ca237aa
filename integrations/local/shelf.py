"""Files of the office that people may open: previews, the archive, exports."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from network.errors import ConfigurationError, PermanentError, TransientError


class LocalShelf:
    """A folder; a file appears whole, and a second writing of the same text changes nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, path: str, body: str) -> str:
        """Writes `path` under the office folder and returns it for a sentence; refuses to leave the folder."""
        target = (self._folder / path).resolve()
        if not target.is_relative_to(self._folder.resolve()):
            raise PermanentError("A file of the office must stay inside the office's folder.")
        if target.exists() and target.read_text(encoding="utf-8") == body:
            return path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(prefix=".writing-", dir=target.parent)
        except OSError as err:
            folder = target.parent.relative_to(self._folder.resolve())
            raise ConfigurationError(
                f"Nothing can be put into {folder} of the office's folder ({err.strerror}). Does a file stand in its "
                "place, or may we not write there?"
            ) from err
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(body)
            Path(temporary).replace(target)
        except OSError as err:
            raise TransientError(f"{path} could not be written ({err.strerror}). Is the disk full?") from err
        finally:
            Path(temporary).unlink(missing_ok=True)
        return path
