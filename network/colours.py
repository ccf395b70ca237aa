"""Colours that can be read: contrast as WCAG 2 defines it, and the nearest shade that has enough of it."""

from __future__ import annotations

import colorsys
import re

ENOUGH = 4.5  # WCAG 2.2, success criterion 1.4.3, for text of ordinary size
_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def parse_colour(text: str) -> str | None:
    """The colour as `#rrggbb`, or None when it is not written like `#0b5394` or `#05a`."""
    match = _HEX.fullmatch(text.strip())
    if match is None:
        return None
    digits = match[1].lower()
    return f"#{digits}" if len(digits) == 6 else "#" + "".join(digit * 2 for digit in digits)


def contrast(one: str, other: str) -> float:
    """How well one colour stands out from the other: from 1 (not at all) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, background: str, *, enough: float = ENOUGH) -> str:
    """The colour itself, or its nearest darker or lighter shade that can be read on the background."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(colour))
    toward = 0.0 if _luminance(background) > 0.18 else 1.0
    for step in range(101):
        shade = _hex(*colorsys.hls_to_rgb(hue, lightness + (toward - lightness) * step / 100, saturation))
        if contrast(shade, background) >= enough:
            return shade
    return "#000000" if toward == 0.0 else "#ffffff"


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(*channels: float) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
