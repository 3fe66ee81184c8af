"""Every error a caller can meet, as one tree with stable codes.

    ConnvoError                      code, message, status, metadata
    ├── FunctionError                a function refused: HTTP 200 with errorData, as Convex does
    │   ├── Unauthorized        401  UNAUTHORIZED
    │   ├── Forbidden           403  FORBIDDEN
    │   ├── InsufficientRole    403  INSUFFICIENT_PERMISSIONS
    │   ├── NotFound            404  NOT_FOUND
    │   ├── Invalid             400  VALIDATION_ERROR
    │   ├── MeetingNotActive    400  MEETING_NOT_ACTIVE
    │   ├── Conflict            409  CONFLICT
    │   ├── Unsupported         409  UNSUPPORTED_BY_PROVIDER
    │   ├── RateLimited         429  RATE_LIMIT_EXCEEDED
    │   ├── LimitExceeded       400  LIMIT_EXCEEDED
    │   ├── ServiceUnavailable  503  SERVICE_UNAVAILABLE
    │   └── Internal            500  INTERNAL_ERROR
    └── RequestError                 the request itself is wrong: 4xx/5xx with {code, message}
                                     codes in CamelCase, as the Convex clients expect

`ERROR_TABLE` lists every code with its meaning; `docs/errors.md` is generated from it.
"""

import math
from typing import ClassVar, TypeAlias

Scalar: TypeAlias = str | int | float | bool
Metadata: TypeAlias = dict[str, Scalar | list[str]]


class ConnvoError(Exception):
    """Base of everything raised on purpose."""

    code: str
    message: str
    status: int

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FunctionError(ConnvoError):
    """A function refused. `metadata` tells the caller what to change; the data is untouched."""

    code = "INTERNAL_ERROR"
    status = 500
    meaning: ClassVar[str] = ""

    def __init__(self, message: str, **metadata: Scalar | list[str] | None) -> None:
        super().__init__(message)
        self.metadata: Metadata = {k: v for k, v in metadata.items() if v is not None}

    def data(self) -> dict[str, object]:
        """Return `errorData` as the wire carries it."""
        out: dict[str, object] = {"code": self.code, "message": self.message, "statusCode": self.status}
        if self.metadata:
            out["metadata"] = self.metadata
        return out


class Unauthorized(FunctionError):
    code, status = "UNAUTHORIZED", 401
    meaning = "No valid token, or the signed-in person has no user row yet (call users/mutations:upsertUser)."


class Forbidden(FunctionError):
    code, status = "FORBIDDEN", 403
    meaning = "Signed in, but not allowed: not a member, not the owner, or the account is deactivated."


class InsufficientRole(FunctionError):
    code, status = "INSUFFICIENT_PERMISSIONS", 403
    meaning = "A member, but with too low a role; metadata has requiredRole and currentRole."

    def __init__(self, required: str, current: str) -> None:
        super().__init__(
            f"This needs the role {required}; yours is {current}", requiredRole=required, currentRole=current
        )


class NotFound(FunctionError):
    code, status = "NOT_FOUND", 404
    meaning = "There is nothing with this id that the caller may see."

    def __init__(self, thing: str, id: str | None = None, **metadata: Scalar | list[str] | None) -> None:
        super().__init__(
            f"{thing} with ID {id} not found" if id is not None else f"{thing} not found", id=id, **metadata
        )


class Invalid(FunctionError):
    code, status = "VALIDATION_ERROR", 400
    meaning = "An argument has the wrong type or value, or the thing is in the wrong state; metadata.field names it."

    def __init__(self, message: str, field: str | None = None, **metadata: Scalar | list[str] | None) -> None:
        super().__init__(message, field=field, **metadata)


# How a meeting that is not active stands, in words.
NOT_ACTIVE = {
    "scheduled": "The meeting has not started yet",
    "concluded": "The meeting is over",
    "cancelled": "The meeting was cancelled",
}


class MeetingNotActive(FunctionError):
    code, status = "MEETING_NOT_ACTIVE", 400
    meaning = "The call works only while the meeting is active."

    def __init__(self, meeting_id: str, state: str) -> None:
        super().__init__(NOT_ACTIVE[state], meetingId=meeting_id, state=state)


class Conflict(FunctionError):
    code, status = "CONFLICT", 409
    meaning = "Someone else holds this id, or the data changed meanwhile."


class Unsupported(FunctionError):
    code, status = "UNSUPPORTED_BY_PROVIDER", 409
    meaning = "The provider of the meeting's room cannot do this; metadata.provider names it."

    def __init__(self, message: str, provider: str) -> None:
        super().__init__(message, provider=provider)


class RateLimited(FunctionError):
    code, status = "RATE_LIMIT_EXCEEDED", 429
    meaning = "Too many calls of this kind; try again after metadata.retryAfterSeconds."

    def __init__(self, action: str, retry_after: float, limit: float, message: str | None = None) -> None:
        seconds = max(1, math.ceil(retry_after))
        super().__init__(
            message or f"That was too often: try again in {seconds} {'second' if seconds == 1 else 'seconds'}",
            action=action,
            limit=limit,
            retryAfterSeconds=round(retry_after, 3),
        )


class LimitExceeded(FunctionError):
    code, status = "LIMIT_EXCEEDED", 400
    meaning = "The function met a limit of this server: argument size, rows read or written, or run time."


class ServiceUnavailable(FunctionError):
    code, status = "SERVICE_UNAVAILABLE", 503
    meaning = (
        "Something this call needs is not configured or does not answer; try again later. With metadata.outcome "
        "`unknown` the database went away during the call, and it may have been carried out."
    )


class Internal(FunctionError):
    code, status = "INTERNAL_ERROR", 500
    meaning = "A fault of the server. The message carries a request id to give to the operator, and no detail."


class RequestError(ConnvoError):
    """The request never reached a function. Answered with its HTTP status and exactly `{code, message}`.

    `retry_after`: in seconds, for the header of that name.
    """

    def __init__(self, code: str, message: str, status: int = 400, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.retry_after = retry_after


REQUEST_ERRORS: dict[str, tuple[int, str]] = {
    "BadJsonBody": (400, "The body is not a JSON object with the needed fields, or its content type is not JSON."),
    "BadFormat": (400, "`format` is neither `json` nor `convex_encoded_json`."),
    "BadConvexFunctionIdentifier": (400, "The function path is not `module:function`."),
    "MissingIdentifier": (400, "`/api/run/` needs a module and a function."),
    "BadTimestamp": (400, "`ts` is not eight bytes of base64, or lies in the future."),
    "SnapshotGone": (400, "The snapshot asked for is no longer kept; take a new one from `/api/query_ts`."),
    "InvalidAuthHeader": (401, "The bearer token is not a JWT that this server can read, or its signature is wrong."),
    "Unauthenticated": (401, "The bearer token has expired, is not valid yet, or lacks a claim."),
    "NoAuthProvider": (401, "No configured issuer and audience match the bearer token."),
    "InvalidAdminKey": (400, "The Authorization header is not `Bearer`."),
    "SignInEnded": (401, "This sign-in by name was ended; begin another one."),
    "ForeignOrigin": (403, "Only the page of this server may do this."),
    "NotOpen": (
        403,
        "Signing in by name works only on the machine the server runs on; CONNVO_AUTH_OPEN=true opens it.",
    ),
    "BadSignature": (401, "The webhook is not signed with the secret of this server's app."),
    "StaleWebhook": (400, "The webhook's time is missing, or too far from this server's."),
    "BadDeployKey": (403, "There is no admin key on this server."),
    "OperatorsOnly": (
        403,
        "Only operators see this: ask with the token in CONNVO_METRICS_TOKEN, at the listener of CONNVO_METRICS_PORT "
        "by an address or a name without a dot, or, where neither is set and the server listens on loopback, from this "
        "machine.",
    ),
    "NotFound": (404, "There is no such route."),
    "MethodNotAllowed": (405, "The route exists, with another method."),
    "RequestTimeout": (408, "The request took too long to arrive."),
    "BodyTooLarge": (413, "The body is larger than this server takes."),
    "AddressTooLong": (414, "Path and query of the request are longer than this server takes."),
    "HeadTooLarge": (431, "The head of the request has more bytes or fields than this server takes."),
    "BadRequest": (400, "The request is not HTTP/1.1 as this server reads it."),
    "TooManyConnections": (503, "All connections of this server are in use; try again."),
    "TooManyRequests": (
        429,
        "Too many requests from this account or network; `Retry-After` says when to try again.",
    ),
    "TooManyConcurrentRequests": (503, "The server is overloaded; try again."),
    "DatabaseUnavailable": (503, "The database cannot be used now; try again. Sync connections are closed with this."),
    "AuthProviderUnreachable": (503, "The keys of the token's issuer could not be fetched; try again."),
    "InternalServerError": (500, "A fault of the server; the message carries a request id."),
}


def request_error(code: str, message: str | None = None, retry_after: float | None = None) -> RequestError:
    """Return the RequestError of a code in `REQUEST_ERRORS`, with its status and, by default, its text."""
    status, text = REQUEST_ERRORS[code]
    return RequestError(code, message or text, status, retry_after)


ERROR_TABLE: list[type[FunctionError]] = [
    Unauthorized, Forbidden, InsufficientRole, NotFound, Invalid, MeetingNotActive, Conflict, Unsupported, RateLimited,
    LimitExceeded, ServiceUnavailable, Internal,
]  # fmt: skip
