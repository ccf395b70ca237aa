"""Writing a workbook as a whole: into memory first, so that a disk that refuses leaves no half file and no riddle."""

from __future__ import annotations

import io
from pathlib import Path

from openpyxl import Workbook

from network.errors import TransientError


def write_book(book: Workbook, beside: Path) -> None:
    """Writes a whole workbook to a new file; TransientError when the disk refuses, PermissionError as it is."""
    try:
        whole = io.BytesIO()
        book.save(whole)
        beside.write_bytes(whole.getvalue())
    except PermissionError:
        raise
    except OSError as err:
        raise TransientError(
            f"A workbook could not be written ({err.strerror}). Is the disk full? Nothing was changed in it; the next "
            "run tries again."
        ) from err
