"""One request and one answer, as every service of the stand-in sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent; `path` is still quoted, `query` is not."""

    method: str
    path: str
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes

    def parsed(self) -> Any:
        """The JSON of the body; None when there is none. Raises ValueError when it is no JSON."""
        return json.loads(self.body) if self.body else None

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes = b""
    content_type: str = "application/json; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers or {})


def html_answer(status: int, words: str) -> Answer:
    """The HTML page of a front end that answers for the service behind it."""
    page = f"<!DOCTYPE html><html lang=en><title>Error {status}</title><p><b>{status}.</b> {words}</html>"
    return Answer(status, page.encode(), "text/html; charset=UTF-8")
