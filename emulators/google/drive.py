"""Drive v3, as far as a file's version."""

from __future__ import annotations

from collections.abc import Mapping

from emulators.exchange import Answer, Request, json_answer
from emulators.google.answers import drive_refusal
from emulators.google.books import Book
from emulators.google.masks import apply_mask, parse_mask

_MIME = "application/vnd.google-apps.spreadsheet"


def get_file(books: Mapping[str, Book], file_id: str, request: Request, is_enabled: bool) -> Answer:
    """The file's description; a file nobody shared is not found, a switched-off Drive API says so."""
    if not is_enabled:
        words = "Google Drive API has not been used in project 1 before or it is disabled."
        return drive_refusal(403, words, "accessNotConfigured", "usageLimits")
    book = books.get(file_id)
    if book is None or not book.is_shared:
        return drive_refusal(404, f"File not found: {file_id}.", "notFound")
    described = {"kind": "drive#file", "id": book.id, "name": book.title, "mimeType": _MIME}
    mask = parse_mask(request.first("fields"))
    if "version" in mask:
        described["version"] = str(book.drive_version())
    return json_answer(apply_mask(described, mask))
