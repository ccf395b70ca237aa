"""Faults on demand: which request they meet, whether its effect still happens, and what the client sees.

A fault *before* the effect is the service refusing; *after* it the service has done what was asked and the answer is
lost, which is the case that finds doubled rows. A *late* one drops the connection and works some requests later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emulators.exchange import Answer, Request, html_answer

KINDS = (
    *("429", "403", "500", "503", "502", "401", "drop", "delay", "late", "invalid_grant"),
    *("disabled", "scopes", "office_file", "protected"),  # what only Sheets says
    *("504", "empty-429", "truncated"),  # moods of Mailchimp; the last one cuts a good answer off
)
WHENS = ("before", "after")


@dataclass(slots=True)
class Fault:
    """One fault, for `times` requests that match, after `skip` others that match."""

    kind: str
    when: str = "before"
    method: str = ""  # blank: any
    path: str = ""  # a regular expression, searched for
    times: int = 1
    skip: int = 0
    seconds: float = 0.0  # that pass before anything happens: a client may have hung up by then
    after_requests: int = 1  # of a late write: how many further requests come first
    headers: Mapping[str, str] = field(default_factory=dict)  # Retry-After and the like

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.when not in WHENS:
            raise ValueError(f"a fault is one of {KINDS}, {WHENS}")

    def meets(self, request: Request) -> bool:
        """Tells whether this request is one of those it is for."""
        is_method = not self.method or self.method.upper() == request.method
        return self.times > 0 and is_method and re.search(self.path, request.path) is not None


@dataclass(slots=True)
class Faults:
    """Those that are still to come, in the order they were asked for."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, wanted: Mapping[str, Any]) -> None:
        """Adds one as the control plane describes it."""
        self.waiting.append(Fault(**wanted))

    def take(self, request: Request) -> Fault | None:
        """The fault that this request meets, used up by it."""
        for fault in self.waiting:
            if not fault.meets(request):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None


def words_of(fault: Fault, google_error: Mapping[str, Answer]) -> Answer:
    """What a client sees: the service's own error body, or the page of the front end."""
    known = google_error.get(fault.kind)
    answer = known or html_answer(502, "The server encountered a temporary error and could not complete your request.")
    return Answer(answer.status, answer.body, answer.content_type, {**answer.headers, **fault.headers})
