"""Watches a folder from a process of its own and writes down every mail that appears there: the independent witness.

Run as `python -m tests.end_to_end.recorder FILE`. It reads lines: `watch FOLDER` begins a new page, `done` ends it; it
answers each with `ok`, and FILE then holds one line for each appearance of a mail: its Message-ID. A file that is
replaced appears twice. On Linux the kernel reports (inotify), elsewhere the folder is looked at every few milliseconds.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import select
import struct
import sys
from email import message_from_bytes
from pathlib import Path

_CREATED, _MOVED_IN = 0x100, 0x80
_EVENT = struct.Struct("iIII")


class Watcher:
    """Sees what appears in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[int, int]] = {}
        self._inotify = _inotify(folder)

    def appeared(self, seconds: float) -> list[str]:
        """Names that appeared, waiting at most so long for the first."""
        if self._inotify is None:
            return self._look(seconds)
        if not select.select([self._inotify], [], [], seconds)[0]:
            return []
        data, names = os.read(self._inotify, 65536), []
        while data:
            _, _, _, length = _EVENT.unpack_from(data)
            names.append(data[_EVENT.size : _EVENT.size + length].rstrip(b"\0").decode())
            data = data[_EVENT.size + length :]
        return names

    def close(self) -> None:
        if self._inotify is not None:
            os.close(self._inotify)

    def _look(self, seconds: float) -> list[str]:
        select.select([], [], [], min(seconds, 0.002))
        now = {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in self._folder.glob("*.eml")}
        names = [name for name, mark in now.items() if self._seen.get(name) != mark]
        self._seen = now
        return names


def main() -> None:
    record = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    folder, watcher = Path(), None
    while True:
        seconds = 0.05 if watcher else 3600.0
        sources = [0] if watcher is None or watcher._inotify is None else [0, watcher._inotify]
        ready = select.select(sources, [], [], seconds)[0]
        if watcher is not None:
            for name in watcher.appeared(0):
                _write(record, folder / name)
        if 0 not in ready:
            continue
        line = os.read(0, 4096).decode().strip()
        if not line:
            return
        if watcher is not None:
            for name in watcher.appeared(0):
                _write(record, folder / name)
            watcher.close()
            watcher = None
        if line.startswith("watch "):
            os.ftruncate(record, 0)
            folder = Path(line.removeprefix("watch "))
            watcher = Watcher(folder)
        os.write(1, b"ok\n")


def _write(record: int, file: Path) -> None:
    if file.suffix == ".eml":
        mail = message_from_bytes(file.read_bytes())
        os.write(record, f"{mail['Message-ID']}\n".encode())


def _inotify(folder: Path) -> int | None:
    library = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    if not hasattr(library, "inotify_init1"):
        return None
    descriptor: int = library.inotify_init1(os.O_NONBLOCK)
    library.inotify_add_watch(descriptor, bytes(folder), _CREATED | _MOVED_IN)
    return descriptor


if __name__ == "__main__":
    main()
