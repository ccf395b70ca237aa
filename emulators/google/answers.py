"""Google's error bodies; Sheets has no `errors` list, Drive has one, and clients branch on it."""

from __future__ import annotations

from typing import Any

from emulators.exchange import Answer, html_answer, json_answer

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
    "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service "
    "'{}.googleapis.com' for consumer 'project_number:1'."
)
_DISABLED = (
    "Google Sheets API has not been used in project 1 before or it is disabled. Enable it by visiting "
    "https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=1 then retry. If you "
    "enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
)


class Refused(Exception):  # noqa: N818 - the request is refused, nothing broke
    """A request that the service refuses; `answer` says how."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refusal(code: int, message: str, violation: str = "") -> Answer:
    """An error as Sheets words it."""
    error: dict[str, Any] = {"code": code, "message": message, "status": _STATUS[code]}
    if violation:
        broken = [{"field": violation, "description": message}]
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": broken}]
    return json_answer({"error": error}, code)


def drive_refusal(code: int, message: str, reason: str, domain: str = "global") -> Answer:
    """An error as Drive words it."""
    single = {"message": message, "domain": domain, "reason": reason}
    return json_answer({"error": {"code": code, "message": message, "errors": [single]}}, code)


def _with_reason(code: int, message: str, reason: str, status: str = "") -> Answer:
    """An error of Sheets that a machine is told the reason of."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status or _STATUS[code]}
    if reason:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
        error["details"] = [info]
    return json_answer({"error": error}, code)


def not_found() -> Answer:
    """Sheets knows no such file."""
    return refusal(404, "Requested entity was not found.")


def no_permission() -> Answer:
    """The file is not shared with whoever asks."""
    return refusal(403, "The caller does not have permission")


def faults_of(path: str) -> dict[str, Answer]:
    """What each fault looks like on this path."""
    unauthenticated = refusal(401, "Request had invalid authentication credentials.")
    shared = {
        "401": unauthenticated,
        "502": html_answer(502, "The server encountered a temporary error and could not complete your request."),
        "invalid_grant": json_answer(
            {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400
        ),
    }
    if path.startswith("/drive/"):
        return {
            **shared,
            "429": drive_refusal(429, "Rate Limit Exceeded", "rateLimitExceeded", "usageLimits"),
            "403": drive_refusal(403, "User Rate Limit Exceeded", "userRateLimitExceeded", "usageLimits"),
            "500": drive_refusal(500, "Internal Error", "internalError"),
            "503": drive_refusal(503, "Service Unavailable", "backendError"),
        }
    return {
        **shared,
        "429": refusal(429, _QUOTA.format("forms" if path.startswith("/v1/forms") else "sheets")),
        "403": no_permission(),
        "disabled": _with_reason(403, _DISABLED, "SERVICE_DISABLED"),
        "scopes": _with_reason(
            403, "Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
        ),
        "office_file": _with_reason(
            400, "This operation is not supported for this document", "", "FAILED_PRECONDITION"
        ),
        "protected": refusal(
            400,
            "Invalid requests[0].updateCells: You are trying to edit a protected cell or object. Please contact the "
            "spreadsheet owner to remove protection if you need to edit.",
        ),
        "500": refusal(500, "Internal error encountered."),
        "503": refusal(503, "The service is currently unavailable."),
    }
