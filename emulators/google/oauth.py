"""The token endpoint: a service account's signed assertion or a user's refresh token for an access token."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from emulators.exchange import Answer, Request, json_answer

ACCOUNT = "office@stand-in.iam.gserviceaccount.com"
REFRESH_TOKEN = "1//stand-in-refresh-token"  # noqa: S105 - a made-up one
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(slots=True)
class Tokens:
    """Access tokens that were given out and still hold."""

    valid: set[str] = field(default_factory=set)
    given: int = 0

    def answer(self, request: Request) -> Answer:
        """Gives a token for a grant it knows."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        grant = form.get("grant_type", "")
        if grant == _JWT_GRANT and _issuer(form.get("assertion", "")) == ACCOUNT:
            return self._give()
        if grant == "refresh_token" and form.get("refresh_token") == REFRESH_TOKEN:
            return self._give()
        wrong = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        return json_answer(wrong, 400)

    def is_valid(self, request: Request) -> bool:
        """Tells whether the request carries one of them."""
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self.valid

    def revoke(self) -> None:
        """Ends every token, as an hour does."""
        self.valid.clear()

    def _give(self) -> Answer:
        self.given += 1
        token = f"stand-in-token-{self.given}"
        self.valid.add(token)
        return json_answer({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})


def credentials(kind: str, base_url: str) -> dict[str, Any]:
    """A credentials file of that kind, as people download them."""
    if kind == "authorized_user":
        return {
            "type": "authorized_user",
            "client_id": "stand-in.apps.googleusercontent.com",
            "client_secret": "stand-in",
            "refresh_token": REFRESH_TOKEN,
        }
    return {
        "type": "service_account",
        "project_id": "stand-in",
        "private_key_id": "1",
        "private_key": _private_key(),
        "client_email": ACCOUNT,
        "client_id": "1",
        "token_uri": f"{base_url}/token",
    }


@lru_cache
def _private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _issuer(assertion: str) -> str:
    """Who signed; the signature itself is not looked at."""
    parts = assertion.split(".")
    if len(parts) != 3:
        return ""
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    return str(claims.get("iss", ""))
