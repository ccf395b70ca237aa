"""Google's front door: which method a request means, whether it is well formed and allowed, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from emulators.exchange import Answer, Request, html_answer, json_answer
from emulators.google import drive, oauth, values
from emulators.google.answers import Refused, no_permission, not_found, refusal
from emulators.google.books import Book
from emulators.google.computed import Computed
from emulators.google.discovery import Invalid, Method, load_service
from emulators.google.forms import PREFIX as FORMS
from emulators.google.forms import Forms
from emulators.google.gmail import Gmail
from emulators.google.gmail_answers import FAULTS, invalid
from emulators.google.masks import apply_mask, parse_mask
from emulators.google.metadata import describe
from emulators.google.updates import apply_updates


@dataclass(slots=True)
class Google:
    """The state of all files and of the mail account, and how the services answer."""

    books: dict[str, Book] = field(default_factory=dict)
    gmail: Gmail = field(default_factory=Gmail)
    forms: Forms = field(default_factory=Forms)
    tokens: oauth.Tokens = field(default_factory=oauth.Tokens)
    is_drive_enabled: bool = True
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def handles(self, path: str) -> bool:
        """Tells whether a path is one of Google's."""
        return path == "/token" or path.startswith(("/v4/", "/drive/", "/gmail/", FORMS))

    def answer(self, request: Request) -> Answer:
        """Does what the request asks, or refuses it as Google would."""
        if request.path == "/token":
            return self.tokens.answer(request)
        is_mail = request.path.startswith("/gmail/")
        service = load_service(_service_of(request.path))
        matched = service.match(request.method, request.path)
        if matched is None:
            return html_answer(404, "The requested URL was not found on this server.")
        method, parameters = matched
        if not self.tokens.is_valid(request):
            words = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            return FAULTS["401"] if is_mail else refusal(401, words)
        try:
            body = request.parsed()
            service.check(method, request.query, body)
            parse_mask(request.first("fields"))
        except Invalid as err:
            return invalid(err.message) if is_mail else refusal(400, err.message, err.field or "request")
        except ValueError:
            return refusal(400, "Invalid JSON payload received. Unexpected token.")
        if is_mail:
            return self.gmail.answer(method, parameters, request, body)
        if request.path.startswith(FORMS):
            return self.forms.answer(method, parameters, request)
        try:
            return self._do(method, parameters, request, body)
        except Refused as err:
            return err.answer

    def _do(self, method: Method, parameters: Mapping[str, str], request: Request, body: Any) -> Answer:
        if method.id == "drive.files.get":
            return drive.get_file(self.books, parameters["fileId"], request, self.is_drive_enabled)
        book = self.books.get(parameters.get("spreadsheetId", ""))
        if book is None:
            return not_found()
        if not book.is_shared:
            return no_permission()
        if method.id in _READS:
            return json_answer(_READS[method.id](self, book, parameters, request))
        if method.id not in _WRITES:
            return refusal(501, f"This stand-in does not offer {method.id}.")
        # A refused write changes nothing: it is done on a copy.
        changed = book.copy()
        answer = _WRITES[method.id](self, changed, parameters, request, body or {})
        changed.version += 1
        self.books[book.id] = changed
        return json_answer(answer)

    def now_there(self, book: Book) -> datetime:
        """The time as the sheet's formulas see it; the stand-in's sheets live in UTC."""
        return self.now().astimezone(UTC).replace(tzinfo=None)


def _service_of(path: str) -> str:
    names = {"/gmail/": "gmail.v1", "/drive/": "drive.v3", FORMS: "forms.v1"}
    return next((name for start, name in names.items() if path.startswith(start)), "sheets.v4")


def _get(google: Google, book: Book, parameters: Mapping[str, str], request: Request) -> Any:
    fields, ranges = request.first("fields"), request.query.get("ranges", [])
    # With a mask, `includeGridData` counts for nothing: cells come when the mask names them.
    named = "data" in parse_mask(fields).get("sheets", {})
    with_cells = named if fields else request.first("includeGridData").lower() == "true"
    now = google.now_there(book)
    return describe(
        book, with_cells=with_cells, fields=fields, now=now, boxes=[values.find_range(book, each) for each in ranges]
    )


def _values(google: Google, book: Book, parameters: Mapping[str, str], request: Request) -> Any:
    computed = Computed(book, google.now_there(book))
    return values.get_values(book, request.query, parameters["range"], computed)


def _batch_values(google: Google, book: Book, parameters: Mapping[str, str], request: Request) -> Any:
    return values.batch_get(book, request.query, google.now_there(book))


def _update(google: Google, book: Book, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    answer: dict[str, Any] = {"spreadsheetId": book.id, "replies": apply_updates(book, body)}
    if body.get("includeSpreadsheetInResponse"):
        answer["updatedSpreadsheet"] = describe(book, with_cells=False, fields="", now=google.now_there(book))
    return apply_mask(answer, parse_mask(request.first("fields")))


def _update_values(google: Google, book: Book, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    return values.update_values(book, parameters["range"], body, request.first("valueInputOption"))


def _batch_update_values(google: Google, book: Book, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    return values.batch_update_values(book, body)


_READS: dict[str, Callable[[Google, Book, Mapping[str, str], Request], Any]] = {
    "sheets.spreadsheets.get": _get,
    "sheets.spreadsheets.values.get": _values,
    "sheets.spreadsheets.values.batchGet": _batch_values,
}
_WRITES: dict[str, Callable[[Google, Book, Mapping[str, str], Request, Any], Any]] = {
    "sheets.spreadsheets.batchUpdate": _update,
    "sheets.spreadsheets.values.update": _update_values,
    "sheets.spreadsheets.values.batchUpdate": _batch_update_values,
}
