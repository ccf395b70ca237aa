"""Mailchimp's own description of its API, and whether what we ask and what our stand-in answers has its shapes.

The description lies beside the project (`shared/contracts`), not in it; without it these tests say that they skip.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

FILE = Path(__file__).parents[3] / "shared" / "contracts" / "mailchimp-marketing.json.gz"
# It declares no bodies for actions, though the client sends `null`; and its csv parameters are plain text on the wire.
_BODYLESS = re.compile(r"/actions/(send|unschedule|cancel-send|pause|resume)$")


@lru_cache(maxsize=1)
def _described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    return found


def faults_in(logged: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one request of the stand-in's log, or with its answer."""
    path = logged["path"].removeprefix("/3.0")
    operation = _operation(logged["method"].lower(), path)
    if operation is None:
        yield f"{logged['method']} {path} is no call of Mailchimp's"
        return
    where = f"{logged['method']} {operation['operationId']}"
    yield from (f"{where}: {each}" for each in _wrong_query(operation, logged["query"]))
    wanted = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if wanted is not None:
        yield from (f"{where}, asked: {each}" for each in _wrong(wanted, logged["body"]))
    elif logged["body"] is not None:
        yield f"{where}: a body that nobody reads"
    if logged["fault"] or not logged["answer"]:
        return
    is_good = logged["status"] < 300
    answered = operation["responses"].get("200" if is_good else "default", {}).get("content", {})
    schema = answered.get("application/json" if is_good else "application/problem+json", {}).get("schema")
    if schema is not None and "fields" not in logged["query"]:
        yield from (f"{where}, answered: {each}" for each in _wrong(schema, json.loads(logged["answer"])))
    elif schema is not None:
        yield from (
            f"{where}, answered: {each}" for each in _wrong(_without_required(schema), json.loads(logged["answer"]))
        )


def skip_without_description() -> None:
    if not FILE.is_file():
        pytest.skip("Mailchimp's description of its API is not beside the project (shared/contracts)")


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for template, operations in _described()["paths"].items():
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
        if method in operations and re.fullmatch(pattern, path):
            found: dict[str, Any] = operations[method]
            return found
    return None


def _wrong_query(operation: Mapping[str, Any], query: Mapping[str, list[str]]) -> Iterator[str]:
    known = {each["name"]: each.get("schema", {}) for each in operation.get("parameters", []) if each["in"] == "query"}
    for name, values in query.items():
        if name not in known:
            yield f"no parameter {name}"
            continue
        kind = known[name].get("type")
        if kind == "boolean" and values[0] not in ("true", "false"):
            yield f"{name}={values[0]} is no boolean"
        if kind == "integer" and not values[0].isdigit():
            yield f"{name}={values[0]} is no number"
        if "enum" in known[name] and values[0] not in known[name]["enum"]:
            yield f"{name}={values[0]} is not listed"


def _wrong(schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    for error in Draft4Validator(schema).iter_errors(value):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:160]}"
    if isinstance(value, dict) and "properties" in schema:
        strangers = sorted(value.keys() - schema["properties"].keys())
        yield from (f"{name}: not in the description" for name in strangers)


def _without_required(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: _without_required(each) for name, each in schema.items() if name != "required"}
    return [_without_required(each) for each in schema] if isinstance(schema, list) else schema
