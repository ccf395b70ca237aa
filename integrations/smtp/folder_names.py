"""Names of IMAP folders as they travel: modified UTF-7 (RFC 3501 5.1.3), in which "Envoyés" is "Envoy&AOk-s"."""

from __future__ import annotations

import base64
import binascii
import re

_SHIFTED = re.compile(r"&([^-]*)-")
_NOT_PLAIN = re.compile(r"[^\x20-\x7e]+|&")


def to_modified_utf7(name: str) -> str:
    """A name as people read it, in the signs that travel."""
    return _NOT_PLAIN.sub(lambda found: "&-" if found[0] == "&" else f"&{_encoded(found[0])}-", name)


def from_modified_utf7(wire: str) -> str:
    """What people read; a name that no server should have written stays as it is."""
    try:
        return _SHIFTED.sub(lambda found: _decoded(found[1]) if found[1] else "&", wire)
    except (binascii.Error, UnicodeError, ValueError):
        return wire


def _encoded(text: str) -> str:
    packed = base64.b64encode(text.encode("utf-16-be", "surrogatepass")).decode("ascii")
    return packed.rstrip("=").replace("/", ",")


def _decoded(packed: str) -> str:
    padded = packed.replace(",", "/") + "=" * (-len(packed) % 4)
    return base64.b64decode(padded, validate=True).decode("utf-16-be")
