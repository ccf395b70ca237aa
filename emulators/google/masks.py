"""Field masks: `sheets(properties(sheetId,title)),properties.timeZone`, for answers and for partial updates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Mask = dict[str, Any]  # name -> mask below it; an empty mask below means all of it


def parse_mask(text: str) -> Mask:
    """Reads a mask; raises ValueError when brackets do not match. `*` and an empty text mean everything."""
    mask, rest = _parse(text.replace(" ", ""))
    if rest:
        raise ValueError(text)
    return {} if "*" in mask else mask


def apply_mask(value: Any, mask: Mask) -> Any:
    """What the mask leaves of an answer."""
    if not mask:
        return value
    if isinstance(value, list):
        return [apply_mask(each, mask) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {name: apply_mask(value[name], below) for name, below in mask.items() if name in value}


def merge_masked(old: Mapping[str, Any], new: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """`old` with exactly the masked fields of `new`; a masked field that `new` lacks is cleared."""
    if not mask:
        return dict(new)
    merged = dict(old)
    for name, below in mask.items():
        if below and isinstance(new.get(name, {}), Mapping):
            merged[name] = merge_masked(merged.get(name, {}), new.get(name, {}), below)
            if not merged[name]:
                del merged[name]
        elif name in new:
            merged[name] = new[name]
        else:
            merged.pop(name, None)
    return merged


def _parse(text: str) -> tuple[Mask, str]:
    mask: Mask = {}
    while text and not text.startswith(")"):
        end = min((place for place in map(text.find, ",()") if place >= 0), default=len(text))
        names, text = text[:end].replace("/", ".").split("."), text[end:]
        below: Mask = {}
        if text.startswith("("):
            below, text = _parse(text[1:])
            if not text.startswith(")"):
                raise ValueError("a bracket is open")
            text = text[1:]
        if not all(names):
            raise ValueError("a name is missing")
        place = mask
        for name in names[:-1]:
            place = place.setdefault(name, {})
        place.setdefault(names[-1], {}).update(below)
        text = text.removeprefix(",")
    return mask, text
