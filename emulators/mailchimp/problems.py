"""Mailchimp's error bodies and its bad moods; clients must not trust the status alone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence

from emulators.exchange import Answer, html_answer

_TYPE = "https://mailchimp.com/developer/marketing/docs/errors/"
_SCHEMA = '<https://us6.api.mailchimp.com/schema/3.0/ProblemDetailDocument.json>; rel="describedBy"'


class Refused(Exception):  # noqa: N818 - the request is refused, nothing broke
    """A request that the service refuses; `answer` says how."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def problem(status: int, title: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> Answer:
    """An error as Mailchimp words it."""
    body: dict[str, object] = {"type": _TYPE, "title": title, "status": status, "detail": detail}
    body["instance"] = str(uuid.uuid4())
    if errors:
        body["errors"] = list(errors)
    headers = {"X-Request-Id": str(uuid.uuid4()), "Link": _SCHEMA}
    return Answer(status, json.dumps(body).encode(), "application/problem+json; charset=utf-8", headers)


def bad_request(detail: str, title: str = "Bad Request") -> Refused:
    """A 400."""
    return Refused(problem(400, title, detail))


def invalid(field: str, message: str) -> Refused:
    """A body that does not have the shape it should."""
    detail = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
    return Refused(problem(400, "Invalid Resource", detail, [{"field": field, "message": message}]))


def not_found() -> Refused:
    """No such list, member or campaign."""
    return Refused(problem(404, "Resource Not Found", "The requested resource could not be found."))


def too_many() -> Answer:
    """The eleventh request at once."""
    return problem(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")


# What each fault looks like; "truncated" is cut by the server from the real answer.
FAULTS: Mapping[str, Answer] = {
    "429": too_many(),
    "empty-429": Answer(429, b"{}", "application/json; charset=utf-8"),
    "403": Answer(403, b"", "text/html"),
    "500": Answer(500, b"", ""),
    "502": Answer(502, b"", "text/html"),
    "503": html_answer(503, "Request Blocked. Reference Number: 18.5c2e1202"),
    "504": html_answer(504, "Gateway Time-out"),
    "401": problem(
        401, "API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter."
    ),
}
