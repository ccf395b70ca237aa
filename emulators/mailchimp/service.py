"""Mailchimp's front door: which call a request means, whether it is well formed, and what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.exchange import Answer, Request, html_answer, json_answer
from emulators.mailchimp.audiences import Audiences
from emulators.mailchimp.campaigns import Campaigns
from emulators.mailchimp.members import MemberList, MergeField
from emulators.mailchimp.problems import FAULTS, Refused, invalid
from emulators.mailchimp.shapes import field_shape, only, page_of

PREFIX = "/3.0/"
AUDIENCE = "a1b2c3d4e5"  # the one list that is there from the beginning
_NOTHING = Answer(204, b"", "application/json; charset=utf-8")
_BOOLEANS = ("skip_merge_validation", "skip_duplicate_check", "include_unsubscribed")


@dataclass(slots=True)
class Clock:
    """The time there: real, or set by a test; changes never share a moment."""

    frozen: datetime | None = None
    latest: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The time."""
        return (self.frozen or datetime.now(UTC)).replace(microsecond=0)

    def tick(self) -> datetime:
        """A moment for a change, a second later than the one before where they come fast."""
        self.latest = max(self.now(), self.latest + timedelta(seconds=1))
        return self.latest


@dataclass(frozen=True, slots=True)
class Ask:
    """One call: the parts of its path, its body, its query."""

    parts: tuple[str, ...]
    body: Mapping[str, Any]
    query: Mapping[str, str]


@dataclass(slots=True)
class Mailchimp:
    """One account."""

    clock: Clock = field(default_factory=Clock)
    audiences: Audiences = field(init=False)
    campaigns: Campaigns = field(init=False)

    def __post_init__(self) -> None:
        first = MemberList(AUDIENCE, fields=[MergeField(1, "FNAME", "First Name"), MergeField(2, "LNAME", "Last Name")])
        self.audiences = Audiences(self.clock.tick, {AUDIENCE: first})
        self.campaigns = Campaigns(self.audiences, self.clock.now)

    def handles(self, path: str) -> bool:
        """Tells whether a path is one of Mailchimp's."""
        return path.startswith(PREFIX)

    def answer(self, request: Request) -> Answer:
        """Does what the request asks, or refuses it as Mailchimp would."""
        self.campaigns.tick()
        if not request.headers.get("authorization", "").startswith("Basic "):
            return FAULTS["401"]
        path = request.path.removeprefix(PREFIX)
        for method, pattern, do in _CALLS:
            found = re.fullmatch(pattern, path)
            if method == request.method and found:
                return self._do(do, found.groups(), request)
        return html_answer(501, "This stand-in does not offer that call.")

    def _do(self, do: Call, parts: tuple[str, ...], request: Request) -> Answer:
        query = {name: values[0] for name, values in request.query.items()}
        try:
            body = request.parsed()
        except ValueError:
            body = ()
        try:
            # Calls without a body send `null`; a body that is none has no shape that any call knows.
            if body is not None and not isinstance(body, dict):
                raise invalid("", "Schema describes object, array found instead")
            if any(query.get(name, "true") not in ("true", "false") for name in _BOOLEANS):
                raise invalid("", "A boolean is true or false")
            result = do(self, Ask(parts, body or {}, query))
        except Refused as err:
            return err.answer
        except (KeyError, ValueError) as err:
            return invalid(str(err), "Required fields were not provided").answer
        return _NOTHING if result is None else json_answer(only(result, query.get("fields", "")))


Call = Callable[[Mailchimp, Ask], Any]


def _fields(there: Mailchimp, ask: Ask) -> Any:
    found = there.audiences.list_of(ask.parts[0]).fields
    shown = [field_shape(each, ask.parts[0]) for each in page_of(found, ask.query)]
    return {"merge_fields": shown, "list_id": ask.parts[0], "total_items": len(found), "_links": []}


def _member(there: Mailchimp, ask: Ask) -> Any:
    return there.audiences.shape(there.audiences.member_of(ask.parts[0], ask.parts[1]), ask.parts[0])


def _change(there: Mailchimp, ask: Ask) -> Any:
    campaign = there.campaigns.of(ask.parts[0])
    there.campaigns.change(campaign, ask.body)
    return there.campaigns.shape(campaign)


_M = r"lists/(\w+)/members/(\w+)"
_S = r"lists/(\w+)/segments"
_C = r"campaigns/(\w+)"
_CALLS: tuple[tuple[str, str, Call], ...] = (
    ("POST", r"lists/(\w+)", lambda there, ask: there.audiences.batch(ask.parts[0], ask.body, ask.query)),
    ("GET", r"lists/(\w+)/members", lambda there, ask: there.audiences.members(ask.parts[0], ask.query)),
    ("GET", _M, _member),
    ("PUT", _M, lambda there, ask: there.audiences.put(ask.parts[0], ask.parts[1], ask.body, ask.query)),
    ("PATCH", _M, lambda there, ask: there.audiences.patch(ask.parts[0], ask.parts[1], ask.body, ask.query)),
    ("DELETE", _M, lambda there, ask: there.audiences.archive(ask.parts[0], ask.parts[1])),
    ("POST", _M + "/tags", lambda there, ask: there.audiences.tag(ask.parts[0], ask.parts[1], ask.body)),
    ("GET", r"lists/(\w+)/merge-fields", _fields),
    (
        "POST",
        r"lists/(\w+)/merge-fields",
        lambda there, ask: field_shape(there.audiences.add_field(ask.parts[0], ask.body), ask.parts[0]),
    ),
    ("GET", _S, lambda there, ask: there.audiences.segments_page(ask.parts[0], ask.query)),
    ("POST", _S, lambda there, ask: there.audiences.make_segment(ask.parts[0], ask.body)),
    ("POST", _S + r"/(\d+)", lambda there, ask: there.audiences.move(ask.parts[0], ask.parts[1], ask.body)),
    (
        "GET",
        _S + r"/(\d+)/members",
        lambda there, ask: there.audiences.segment_members(ask.parts[0], ask.parts[1], ask.query),
    ),
    ("GET", r"campaigns", lambda there, ask: there.campaigns.page(ask.query)),
    (
        "POST",
        r"campaigns",
        lambda there, ask: there.campaigns.shape(there.campaigns.create(ask.body)),
    ),
    ("GET", _C, lambda there, ask: there.campaigns.shape(there.campaigns.of(ask.parts[0]))),
    ("PATCH", _C, _change),
    (
        "PUT",
        _C + "/content",
        lambda there, ask: there.campaigns.write(there.campaigns.of(ask.parts[0]), ask.body),
    ),
    (
        "GET",
        _C + "/send-checklist",
        lambda there, ask: there.campaigns.checklist(there.campaigns.of(ask.parts[0])),
    ),
    (
        "POST",
        _C + "/actions/send",
        lambda there, ask: there.campaigns.send(there.campaigns.of(ask.parts[0])),
    ),
    (
        "POST",
        _C + "/actions/schedule",
        lambda there, ask: there.campaigns.schedule(there.campaigns.of(ask.parts[0]), ask.body),
    ),
    (
        "POST",
        _C + "/actions/unschedule",
        lambda there, ask: there.campaigns.unschedule(there.campaigns.of(ask.parts[0])),
    ),
    (
        "GET",
        r"reports/(\w+)",
        lambda there, ask: there.campaigns.report(there.campaigns.of(ask.parts[0])),
    ),
    (
        "GET",
        r"reports/(\w+)/click-details",
        lambda there, ask: there.campaigns.clicks(there.campaigns.of(ask.parts[0]), ask.query),
    ),
)
