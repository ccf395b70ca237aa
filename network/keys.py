"""Names under which things are kept where people's own words are part of them: never too long, never two alike."""

from __future__ import annotations

import hashlib

TASK = 300  # of a task; this and the next two as the ledger's columns allow, in bytes
CURSOR = 120
RESPONSE = 120  # of a response, and of its survey's name beside it
NAME = 80  # of a survey, a goal or a theme as part of such a key or of a file's name
_MARK = 12  # hexadecimal signs


def fitted(key: str, most: int) -> str:
    """The key as it is, or, where it is longer, its beginning and a mark of the whole: two long ones stay apart.

    Length is counted in bytes: databases count characters, which are fewer, and file systems count bytes.
    """
    whole = key.encode(errors="replace")
    if len(whole) <= most:
        return key
    begins = whole[: most - _MARK - 1].decode(errors="ignore").rstrip("-/ ")
    return f"{begins}-{hashlib.sha256(whole).hexdigest()[:_MARK]}"
