"""The control plane under `/_control/`: reset, seed, faults, a person who edits, and the log of what was asked.

| method and path | body | what it does |
|---|---|---|
| POST reset | | forgets everything |
| POST spreadsheets | `{"id"?, "title"?, "tabs": [{"title", "rows", "raw"?}], "shared"?}` | makes a file, tells its id |
| GET spreadsheets/ID | | everything in it, cells included |
| POST spreadsheets/ID/edits | `{"edits": [...]}` | does them now (see `google/editor.py`) |
| POST spreadsheets/ID/lag | `{"reads": N}` | Drive tells today's version for the next N times |
| POST edits | `{"spreadsheet", "edits", "method"?, "path"?, "when"?}` | does them (or `acts`) when a request matches |
| POST faults | `{"kind", "when"?, "method"?, "path"?, "times"?, ...}` | see `faults.py` |
| POST late | | lets every late write happen now |
| POST calm | | no more faults, visits or lags; the delay under way ends |
| POST google | `{"drive"?: bool, "forms"?: bool, "page"?, "revoke"?, "now"?: iso}` | APIs off, short pages, clock |
| POST forms | `{"id"?, "title", "items", "settings"?, "shared"?}` | makes a form, tells its id and its questions' |
| POST forms/ID/responses | `{"answers", "at", "email"?, "files"?, "id"?}` | somebody answers, or edits an answer |
| POST forms/ID/edits | `{"edits": [...]}` | the form's owner edits it (see `google/forms.py`) |
| POST gmail | `{"message_id"?, "consumed"?, "lag"?, "page"?, "units"?, "now"?, "forget_history"?}` | moods, clock |
| POST gmail/acts | `{"act": "receive", "raw"}`, `delete`, `label` | what others do to the account |
| GET gmail | | every message, and every mail that left |
| POST mailchimp | `{"fake"?, "required"?, "can_schedule"?, "now"?, ...}` | see `mailchimp/acts.py` |
| POST mailchimp/acts | `{"act", "email"?, ...}` | what people do in Mailchimp itself |
| GET mailchimp | | every member, campaign and mail |
| GET credentials/KIND | | `service_account` or `authorized_user` |
| GET requests | | what was asked, how it was answered, how many paths matched nothing |
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulators.exchange import Answer, Request, json_answer
from emulators.faults import Fault, Faults
from emulators.google import forms, gmail, oauth
from emulators.google.books import seeded_book
from emulators.google.editor import apply_edit
from emulators.google.metadata import describe
from emulators.google.service import Google
from emulators.mailchimp import acts
from emulators.mailchimp.service import Mailchimp

PREFIX = "/_control/"


@dataclass(slots=True)
class Visit:
    """Edits or acts of a person just before or after a request arrives."""

    spreadsheet: str = ""
    edits: list[dict[str, Any]] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    method: str = ""
    path: str = ""
    when: str = "after"


@dataclass(slots=True)
class World:
    """All that the stand-in knows between two requests."""

    google: Google = field(default_factory=Google)
    mailchimp: Mailchimp = field(default_factory=Mailchimp)
    faults: Faults = field(default_factory=Faults)
    visits: list[Visit] = field(default_factory=list)
    late: list[tuple[Request, Fault]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    unmatched: int = 0
    record: Path | None = None  # a file of its own for what left by mail; a reset does not touch it

    def __post_init__(self) -> None:
        self.google.gmail.box.record = self.record

    def visit(self, request: Request, when: str) -> None:
        """Lets the person come who waits for this request."""
        for visit in list(self.visits):
            is_method = not visit.method or visit.method.upper() == request.method
            if visit.when == when and is_method and re.search(visit.path, request.path):
                self.visits.remove(visit)
                for edit in visit.edits:
                    apply_edit(self.google.books[visit.spreadsheet], edit)
                for each in visit.acts:
                    acts.act(self.mailchimp, each)

    def answer(self, request: Request) -> Answer | None:
        """What the service answers that the path belongs to; None when it is nobody's."""
        for service in (self.google, self.mailchimp):
            if service.handles(request.path):
                return service.answer(request)
        return None

    def calm(self) -> None:
        """Forgets every fault, visit and lag that is still to come."""
        self.faults.waiting.clear()
        self.visits.clear()
        for book in self.google.books.values():
            book.lagging_reads = 0

    def arrive_late(self, *, everything: bool = False) -> None:
        """Does the late writes whose time has come."""
        waiting, self.late = self.late, []
        for request, fault in waiting:
            fault.after_requests -= 1
            if everything or fault.after_requests < 0:
                self.answer(request)
            else:
                self.late.append((request, fault))


def control(world: World, request: Request, base_url: str) -> Answer:
    """Answers one request of the control plane."""
    name, _, rest = request.path.removeprefix(PREFIX).partition("/")
    body: Mapping[str, Any] = request.parsed() or {}
    if request.method == "GET":
        return _look(world, name, rest, base_url)
    if name == "spreadsheets" and rest:
        return _one_spreadsheet(world, rest, body)
    if name == "forms":
        return json_answer(_forms(world.google.forms, rest, body))
    if name == "reset":
        world.__init__(record=world.record)  # type: ignore[misc]
    elif name == "spreadsheets":
        book = seeded_book(body.get("id") or uuid.uuid4().hex, body.get("title", "Network"), body.get("tabs", []))
        book.is_shared = body.get("shared", True)
        world.google.books[book.id] = book
        return json_answer({"id": book.id, "tabs": {sheet.title: sheet.id for sheet in book.sheets}})
    elif name == "faults":
        world.faults.add(body)
    elif name == "edits":
        world.visits.append(Visit(**body))
    elif name == "late":
        world.arrive_late(everything=True)
    elif name == "calm":
        world.calm()
    elif name == "mailchimp":
        (acts.act if rest == "acts" else acts.set_up)(world.mailchimp, body)
    elif name == "gmail" and rest:
        return json_answer(gmail.act(world.google.gmail, body))
    elif name == "gmail":
        gmail.set_up(world.google.gmail, body)
    elif name == "google":
        _set_google(world.google, body)
    else:
        return json_answer({"error": f"the control plane has no {name}"}, 404)
    return json_answer({})


def _look(world: World, name: str, rest: str, base_url: str) -> Answer:
    if name == "requests":
        waiting = {"late": len(world.late), "visits": len(world.visits)}
        return json_answer({"requests": world.log, "unmatched": world.unmatched, **waiting})
    if name == "gmail":
        return json_answer(gmail.look(world.google.gmail))
    if name == "mailchimp":
        return json_answer(acts.look(world.mailchimp))
    if name == "credentials":
        return json_answer(oauth.credentials(rest, base_url))
    if name == "spreadsheets" and rest in world.google.books:
        book = world.google.books[rest]
        return json_answer(describe(book, with_cells=True, fields="", now=world.google.now_there(book)))
    return json_answer({"error": f"the control plane has no {name} {rest}"}, 404)


def _one_spreadsheet(world: World, rest: str, body: Mapping[str, Any]) -> Answer:
    book_id, _, what = rest.partition("/")
    book = world.google.books[book_id]
    if what == "edits":
        for edit in body["edits"]:
            apply_edit(book, edit)
    elif what == "lag":
        book.shown_version, book.lagging_reads = book.version, body["reads"]
    return json_answer({"version": book.version})


def _forms(known: forms.Forms, rest: str, body: Mapping[str, Any]) -> Any:
    form_id, _, what = rest.partition("/")
    if not form_id:
        return forms.make_form(known, body)
    if what == "responses":
        return forms.respond(known.forms[form_id], body)
    if what == "edits":
        forms.edit_form(known.forms[form_id], body["edits"])
        return {}
    raise ValueError(what)


def _set_google(google: Google, body: Mapping[str, Any]) -> None:
    if "drive" in body:
        google.is_drive_enabled = body["drive"]
    google.forms.is_enabled = body.get("forms", google.forms.is_enabled)
    google.forms.page = body.get("page", google.forms.page)
    if body.get("revoke"):
        google.tokens.revoke()
    if "now" in body:
        moment = datetime.fromisoformat(body["now"]).astimezone(UTC)
        google.now = lambda: moment
