"""Gmail v1, as far as a lane and an inbox need it: drafts, messages, threads, history, labels, profile and quota.

`messages.send` is deliberately not here: nothing of ours may use it.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from typing import Any

from emulators.exchange import Answer, Request, json_answer
from emulators.google.answers import Refused
from emulators.google.discovery import Method
from emulators.google.gmail_answers import gmail_refusal, invalid, not_there, out_of_quota, precondition
from emulators.google.gmail_mailbox import ADDRESS, Mail, Mailbox, Moods, relabel
from emulators.google.gmail_search import matches

# Units of quota, as the page of Gmail's usage limits lists them.
COSTS = {
    "gmail.users.getProfile": 1,
    "gmail.users.labels.list": 1,
    "gmail.users.history.list": 2,
    "gmail.users.drafts.create": 10,
    "gmail.users.drafts.update": 15,
    "gmail.users.drafts.get": 5,
    "gmail.users.drafts.list": 5,
    "gmail.users.drafts.delete": 10,
    "gmail.users.drafts.send": 100,
    "gmail.users.messages.get": 5,
    "gmail.users.messages.list": 5,
    "gmail.users.threads.get": 10,
}
_MINUTE = 60.0
_LABELS = ("CHAT", "SENT", "INBOX", "IMPORTANT", "TRASH", "DRAFT", "SPAM", "STARRED", "UNREAD")


@dataclass(slots=True)
class Gmail:
    """The account and its quota."""

    box: Mailbox = field(default_factory=Mailbox)
    spent: list[tuple[float, int]] = field(default_factory=list)  # when, how many units

    def answer(self, method: Method, parameters: Mapping[str, str], request: Request, body: Any) -> Answer:
        """Does what a well-formed request asks, or refuses it as Gmail would."""
        if method.id not in _METHODS:
            return gmail_refusal(501, f"This stand-in does not offer {method.id}.", "notImplemented")
        if not self.box.moods.has_mailbox:
            return precondition()
        if not self._may_spend(COSTS[method.id]):
            return out_of_quota()
        if parameters["userId"] not in {"me", ADDRESS}:
            return gmail_refusal(403, f"Delegation denied for {ADDRESS}", "forbidden")
        try:
            answer = _METHODS[method.id](self.box, parameters, request, body or {})
        except Refused as err:
            return err.answer
        return json_answer(answer) if answer is not None else Answer(204)

    def _may_spend(self, units: int) -> bool:
        now = time.monotonic()
        self.spent = [(at, each) for at, each in self.spent if now - at < _MINUTE]
        if sum(each for _, each in self.spent) + units > self.box.moods.units:
            return False
        self.spent.append((now, units))
        return True


def set_up(gmail: Gmail, body: Mapping[str, Any]) -> None:
    """Chooses moods and the clock; with `forget_history` the account remembers nothing older than now."""
    wanted = dict(body)
    if "now" in wanted:
        gmail.box.frozen = datetime.fromisoformat(wanted.pop("now")).astimezone(UTC)
    if wanted.pop("forget_history", False):
        gmail.box.oldest_history = gmail.box.history
    for name, value in wanted.items():
        if name not in Moods.__slots__:
            raise ValueError(name)
        setattr(gmail.box.moods, name, value)


def act(gmail: Gmail, body: Mapping[str, Any]) -> dict[str, Any]:
    """What others do: a mail arrives, a person deletes or moves something in the account itself."""
    box = gmail.box
    if body["act"] == "receive":
        labels = tuple(body.get("labels", ("INBOX", "UNREAD")))
        mail = box.receive(base64.b64decode(body["raw"]), box.now(), labels, body.get("thread", ""))
        return {"id": mail.id, "threadId": mail.thread}
    if body["act"] == "delete":
        box.remove(body["message"])
        box.drafts = {draft: message for draft, message in box.drafts.items() if message != body["message"]}
    elif body["act"] == "label":
        relabel(box, body["message"], body.get("add", []), body.get("remove", []))
    else:
        raise ValueError(body["act"])
    return {}


def look(gmail: Gmail) -> dict[str, Any]:
    """Everything in the account, and every mail that left it as it was handed over."""
    box = gmail.box
    mails = [{**_described(mail, "minimal"), "raw": _encoded(mail.raw)} for mail in box.mails.values()]
    return {"delivered": box.delivered, "messages": mails, "drafts": box.drafts, "consumed": box.consumed}


# --- methods ---------------------------------------------------------------------------------------------------------


def _profile(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    total = {"messagesTotal": len(box.mails), "threadsTotal": len({mail.thread for mail in box.mails.values()})}
    return {"emailAddress": ADDRESS, **total, "historyId": str(box.history)}


def _labels(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    return {"labels": [{"id": name, "name": name, "type": "system"} for name in _LABELS]}


def _create(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    raw, thread = _draft_of(body)
    draft = box.create(raw, thread, box.now())
    return _described_draft(draft, box.draft(draft), "minimal")


def _update(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    raw, thread = _draft_of(body)
    box.update(parameters["id"], raw, thread, box.now())
    return _described_draft(parameters["id"], box.draft(parameters["id"]), "minimal")


def _get_draft(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    mail = box.read_draft(parameters["id"])
    return _described_draft(parameters["id"], mail, request.first("format", "full"))


def _list_drafts(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    found = [
        {"id": draft, "message": _short(box.mails[message])}
        for draft, message in box.drafts.items()
        if matches(box.mails[message], request.first("q"))
    ]
    return _page(box, found, request, "drafts", estimate=True)


def _delete_draft(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> None:
    box.delete_draft(parameters["id"])


def _send(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    if "id" not in body:
        raise Refused(invalid("Missing draft id"))
    return _described(box.send(body["id"], box.now()), "ids")


def _get_message(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    mail = box.message(parameters["id"])
    return _described(mail, request.first("format", "full"), request.query.get("metadataHeaders", ()))


def _list_messages(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    labels = set(request.query.get("labelIds", ()))
    hidden = set() if request.first("includeSpamTrash").lower() == "true" else {"SPAM", "TRASH"}
    found = [
        _short(mail)
        for mail in sorted(box.mails.values(), key=lambda each: -each.at)
        if labels <= set(mail.labels) and not hidden & set(mail.labels) and matches(mail, request.first("q"))
    ]
    return _page(box, found, request, "messages", estimate=True)


def _get_thread(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    shape, wanted = request.first("format", "full"), request.query.get("metadataHeaders", ())
    if shape == "raw":
        raise Refused(invalid("Invalid value for format"))
    mails = box.thread(parameters["id"])
    described = [_described(mail, shape, wanted) for mail in mails]
    return {"id": parameters["id"], "historyId": str(max(mail.history for mail in mails)), "messages": described}


def _list_history(box: Mailbox, parameters: Mapping[str, str], request: Request, body: Any) -> Any:
    kinds = set(request.query.get("historyTypes", ())) or {"messageAdded", "messageDeleted"}
    found = [
        {
            "id": str(event.id),
            "messages": [_short(event.mail)],
            event.kind: [{"message": {**_short(event.mail), "labelIds": list(event.mail.labels)}}],
        }
        for event in box.since(request.first("startHistoryId"))
        if event.kind.replace("messages", "message") in kinds
    ]
    return {**_page(box, found, request, "history"), "historyId": str(box.history)}


_METHODS: dict[str, Callable[[Mailbox, Mapping[str, str], Request, Any], Any]] = {
    "gmail.users.getProfile": _profile,
    "gmail.users.labels.list": _labels,
    "gmail.users.drafts.create": _create,
    "gmail.users.drafts.update": _update,
    "gmail.users.drafts.get": _get_draft,
    "gmail.users.drafts.list": _list_drafts,
    "gmail.users.drafts.delete": _delete_draft,
    "gmail.users.drafts.send": _send,
    "gmail.users.messages.get": _get_message,
    "gmail.users.messages.list": _list_messages,
    "gmail.users.threads.get": _get_thread,
    "gmail.users.history.list": _list_history,
}


# --- shapes ----------------------------------------------------------------------------------------------------------


def _page(box: Mailbox, found: Sequence[Any], request: Request, name: str, *, estimate: bool = False) -> dict[str, Any]:
    """One page of a list; an empty list has no key at all."""
    size = min(int(request.first("maxResults", "100")), 500)
    size = min(size, box.moods.page) if box.moods.page else size
    token = request.first("pageToken", "0")
    if not token.isdigit():
        raise Refused(invalid("Invalid pageToken"))
    start = int(token)
    part = list(found[start : start + size])
    page: dict[str, Any] = {name: part} if part else {}
    if start + size < len(found):
        page["nextPageToken"] = str(start + size)
    return page | ({"resultSizeEstimate": len(found)} if estimate else {})


def _short(mail: Mail) -> dict[str, Any]:
    return {"id": mail.id, "threadId": mail.thread}


def _described_draft(draft: str, mail: Mail, shape: str) -> dict[str, Any]:
    return {"id": draft, "message": _described(mail, "ids" if shape == "minimal" else shape)}


def _described(mail: Mail, shape: str, wanted: Sequence[str] = ()) -> dict[str, Any]:
    """A message in one of the formats; "ids" is what a write answers."""
    described: dict[str, Any] = {**_short(mail), "labelIds": list(mail.labels)}
    if shape == "ids":
        return described
    described |= {"historyId": str(mail.history), "internalDate": str(mail.at), "sizeEstimate": len(mail.raw)}
    if shape == "raw":
        return described | {"raw": _encoded(mail.raw)}
    if shape == "metadata":
        names = {name.lower() for name in wanted}
        headers = [each for each in _headers(mail.parsed) if not names or each["name"].lower() in names]
        return described | {"payload": {"mimeType": mail.parsed.get_content_type(), "headers": headers}}
    return described | ({"payload": _payload(mail.parsed, "")} if shape == "full" else {})


def _payload(part: Message, part_id: str) -> dict[str, Any]:
    below = part.get_payload()
    payload: dict[str, Any] = {
        "partId": part_id,
        "mimeType": part.get_content_type(),
        "filename": part.get_filename() or "",
        "headers": _headers(part),
    }
    if isinstance(below, list):
        prefix = f"{part_id}." if part_id else ""
        parts = [_payload(each, f"{prefix}{n}") for n, each in enumerate(below) if isinstance(each, Message)]
        return payload | {"body": {"size": 0}, "parts": parts}
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else b""
    return payload | {"body": {"size": len(data), **({"data": _encoded(data)} if data else {})}}


def _headers(part: Message) -> list[dict[str, str]]:
    return [{"name": name, "value": " ".join(str(value).split())} for name, value in part.items()]


def _draft_of(body: Mapping[str, Any]) -> tuple[bytes, str]:
    message = body.get("message") or {}
    try:
        raw = base64.urlsafe_b64decode(message.get("raw", ""))
    except (binascii.Error, ValueError):
        raise Refused(invalid("Invalid value at 'draft.message.raw' (TYPE_BYTES)")) from None
    if not raw:
        raise Refused(not_there() if message.get("threadId") else invalid("Missing draft message"))
    return raw, message.get("threadId", "")


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
