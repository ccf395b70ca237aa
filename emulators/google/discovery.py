"""Requests held to Google's own description of its services, as google-api-python-client carries it.

Google refuses a field or parameter it does not know; so does this. The description says of hardly any field that it is
required, so a missing one is found only where the service itself needs it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

_NUMBERS = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}
_EVERYWHERE = frozenset({"alt", "fields", "key", "prettyPrint", "quotaUser", "access_token", "callback", "uploadType"})


class Invalid(Exception):  # noqa: N818 - the request is invalid, nothing broke
    """What is wrong with a request, in Google's words, and the field it stands in."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a service."""

    id: str
    verb: str
    pattern: re.Pattern[str]
    parameters: Mapping[str, Any]
    body: str  # the schema's name; blank where there is none


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its methods, the most literal first, and its schemas."""

    methods: tuple[Method, ...]
    schemas: Mapping[str, Any]

    def match(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method that a request means, and the parameters of its path."""
        for method in self.methods:
            found = method.pattern.fullmatch(path.lstrip("/")) if method.verb == verb else None
            if found:
                return method, {name: unquote(value) for name, value in found.groupdict().items()}
        return None

    def check(self, method: Method, query: Mapping[str, Any], body: Any) -> None:
        """Raises Invalid for a parameter or field that the service does not know or cannot take."""
        for name, values in query.items():
            if name in _EVERYWHERE or name.startswith("$"):
                continue
            if name not in method.parameters:
                raise Invalid(
                    f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                    f"Field '{name}' could not be found in request message."
                )
            allowed = method.parameters[name].get("enum")
            for value in values:
                if allowed and value not in allowed:
                    raise Invalid(f"Invalid value at '{_snake(name)}' (TYPE_ENUM), \"{value}\"", _snake(name))
        if method.body and body is not None:
            self._check_value({"$ref": method.body}, body, "")

    def _check_value(self, schema: Mapping[str, Any], value: Any, at: str) -> None:
        if value is None:
            return
        schema = self.schemas[schema["$ref"]] if "$ref" in schema else schema
        kind = schema.get("type", "any")
        if kind == "object":
            self._check_object(schema, value, at)
        elif kind == "array":
            if not isinstance(value, list):
                raise Invalid(f"Invalid value at '{at}', Starting an object on a scalar field", at)
            for number, each in enumerate(value):
                self._check_value(schema["items"], each, f"{at}[{number}]")
        elif not _is_scalar(schema, kind, value):
            raise Invalid(f"Invalid value at '{at}' ({_type_name(schema, kind)}), {json.dumps(value)}", at)

    def _check_object(self, schema: Mapping[str, Any], value: Any, at: str) -> None:
        if not isinstance(value, Mapping):
            raise Invalid(
                f"Invalid value at '{at}' (type.googleapis.com/{schema.get('id', '')}), {json.dumps(value)}", at
            )
        known = schema.get("properties", {})
        for name, each in value.items():
            below = known.get(name) or schema.get("additionalProperties")
            if below is None:
                where = f" at '{at}'" if at else ""
                raise Invalid(f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.', at)
            self._check_value(below, each, f"{at}.{_snake(name)}" if at else _snake(name))


@lru_cache
def load_service(name: str) -> Service:
    """Reads the description of `sheets.v4` or `drive.v3`."""
    text = (files("googleapiclient") / "discovery_cache" / "documents" / f"{name}.json").read_text(encoding="utf-8")
    document = json.loads(text)
    methods = sorted(_methods(document, document), key=lambda each: -len(re.sub(r"\(.*?\)", "", each.pattern.pattern)))
    return Service(tuple(methods), document["schemas"])


def _methods(document: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Method]:
    for each in place.get("methods", {}).values():
        path = document["servicePath"] + each.get("flatPath", each["path"])
        pieces = re.split(r"\{\+?(\w+)\}", path)
        # An id has no colon, so that ":batchUpdate" after it is not taken for a part of it; a range has.
        pattern = "".join(
            re.escape(piece)
            if not number % 2
            else rf"(?P<{piece}>[^/]+)"
            if piece == "range"
            else rf"(?P<{piece}>[^/:]+)"
            for number, piece in enumerate(pieces)
        )
        yield Method(
            each["id"],
            each["httpMethod"],
            re.compile(pattern),
            each.get("parameters", {}),
            each.get("request", {}).get("$ref", ""),
        )
    for below in place.get("resources", {}).values():
        yield from _methods(document, below)


def _is_scalar(schema: Mapping[str, Any], kind: str, value: Any) -> bool:
    if kind == "string":
        if schema.get("format") in {"int64", "uint64"}:
            return isinstance(value, str | int) and str(value).lstrip("-").isdigit()
        return isinstance(value, str) and ("enum" not in schema or value in schema["enum"])
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in {"integer", "number"}:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        low, high = _NUMBERS.get(schema.get("format", ""), (-float("inf"), float("inf")))
        return low <= value <= high and (kind == "number" or float(value).is_integer())
    return True


def _type_name(schema: Mapping[str, Any], kind: str) -> str:
    if "enum" in schema:
        return "TYPE_ENUM"
    return {"integer": "TYPE_INT32", "number": "TYPE_DOUBLE", "boolean": "TYPE_BOOL"}.get(kind, "TYPE_STRING")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
