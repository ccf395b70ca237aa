"""The slow hash under which a no outlives the record of the person who said it."""

from __future__ import annotations

import hashlib

# scrypt: about 50 ms an address, so that a stolen ledger or sheet cannot be searched for known addresses at speed.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def slow_digest(spelling: str) -> str:
    """The hash of one address; the salt is fixed so that it can be found again on any computer."""
    return hashlib.scrypt(spelling.encode(), salt=b"health-manager-network/refusal/1", **_SCRYPT).hex()
