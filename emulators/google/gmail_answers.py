"""Gmail's error bodies: a list of errors, a status, and its own words; unlike Sheets, more like Drive."""

from __future__ import annotations

from emulators.exchange import Answer, json_answer

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
_QUOTA = (
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
    "'gmail.googleapis.com' for consumer 'project_number:1'."
)


def gmail_refusal(code: int, message: str, reason: str, domain: str = "global", status: str = "") -> Answer:
    """An error as Gmail words it."""
    single = {"message": message, "domain": domain, "reason": reason}
    error = {"code": code, "message": message, "errors": [single], "status": status or _STATUS[code]}
    return json_answer({"error": error}, code)


def not_there() -> Answer:
    """No such draft, message or thread, or no longer."""
    return gmail_refusal(404, "Requested entity was not found.", "notFound")


def precondition() -> Answer:
    """What it says to an account without a mailbox, and in one of its moods about a draft that was sent already."""
    words = "Precondition check failed."
    return gmail_refusal(400, words, "failedPrecondition", status="FAILED_PRECONDITION")


def invalid(message: str) -> Answer:
    """A request that it cannot take as it is."""
    return gmail_refusal(400, message, "invalidArgument")


def out_of_quota() -> Answer:
    """The units of this minute are used up."""
    return gmail_refusal(403, _QUOTA, "rateLimitExceeded", "usageLimits")


FAULTS = {
    "401": gmail_refusal(401, "Request had invalid authentication credentials.", "authError"),
    "403": gmail_refusal(403, "Request had insufficient authentication scopes.", "insufficientPermissions"),
    "429": gmail_refusal(429, "Resource has been exhausted (e.g. check quota).", "rateLimitExceeded"),
    "500": gmail_refusal(500, "Internal error encountered.", "backendError"),
    "503": gmail_refusal(503, "The service is currently unavailable.", "backendError"),
}
