"""Turns the rules' value objects into JSON columns and back; the types themselves say the shape."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class Codec(Generic[T]):
    """Keeps one dataclass as plain JSON: dates and enums as text, bytes as base64."""

    def __init__(self, kind: type[T]) -> None:
        self._adapter = TypeAdapter(kind)

    def dump(self, value: T) -> Any:
        return self._adapter.dump_python(value, mode="json")

    def load(self, body: Any) -> T:
        return self._adapter.validate_python(body)
