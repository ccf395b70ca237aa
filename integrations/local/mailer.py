"""The local lane: every mail becomes one `.eml` file in the office's outbox folder.

Exact: a message has one file name for ever, and a file appears whole or not at all and is never replaced, so after any
crash the file is there or it is not.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from network.errors import PermanentError, TransientError
from network.messages import Fate, Message, Receipt
from network.ports import Handle

Build = Callable[[Message, datetime], bytes]


class LocalMailer:
    """Delivers to a folder; `build` makes the bytes of a message, `clock` says when."""

    lane = "local"

    def __init__(self, folder: Path, build: Build, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._build = build
        self._clock = clock

    def prepare(self, message: Message) -> Handle:
        """Names the file; says where it will stand, relative to the office."""
        return Handle(message.key, {"file": f"{message.stream}-{message.file_stem}.eml"})

    def dispatch(self, message: Message, handle: Handle) -> Receipt:
        """Writes the mail beside its place and links it in; a file that stands there already is the same mail.

        Raises TransientError when the disk refuses: nothing was delivered then.
        """
        now = self._clock()
        target = self._folder / handle.values["file"]
        try:
            body = self._build(message, now)
        except ValueError as err:
            raise PermanentError(f"This mail could not be written: {err}") from err
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._put(target, body)
        except OSError as err:
            raise TransientError(
                f"The outbox folder could not be written ({err.strerror}). Nothing was delivered; the next run tries "
                "again."
            ) from err
        return Receipt(self.lane, target.name, now)

    def outcome(self, handle: Handle) -> Fate:
        """Looks for the file: it is there or it is not. What another lane had taken is not ours to know."""
        if "file" not in handle.values:
            return Fate.UNKNOWN
        return Fate.SENT if (self._folder / handle.values["file"]).exists() else Fate.NOT_SENT

    def greet(self) -> str:
        """Writes an empty file into the outbox folder and removes it."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(prefix=".writing-", dir=self._folder) as file:
                file.write(b"\n")
        except OSError as err:
            raise TransientError(f"The outbox folder cannot be written ({err.strerror}).") from err
        return "The outbox folder can be written."

    def _put(self, target: Path, body: bytes) -> None:
        descriptor, temporary = tempfile.mkstemp(prefix=".writing-", dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            try:
                # A link fails where a name stands already; a rename would replace it silently.
                os.link(temporary, target)
            except FileExistsError:
                return
        finally:
            Path(temporary).unlink(missing_ok=True)
