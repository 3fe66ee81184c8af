"""Define every error that a caller can get, as one tree with stable codes.

    ConnvoError                      code, message, status, metadata
    ├── FunctionError                a function refused: HTTP 200 with errorData, as in Convex
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
    """The base of every error raised on purpose."""

    code: str
    message: str
    status: int

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FunctionError(ConnvoError):
    """The base of errors of functions; `metadata` tells the caller what to change, and no data was changed."""

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
    """An error for a caller without a valid token or a user row."""

    code, status = "UNAUTHORIZED", 401
    meaning = "The token is missing or invalid, or the user has no row yet (call users/mutations:upsertUser)."


class Forbidden(FunctionError):
    """An error for a signed-in user who may not do this."""

    code, status = "FORBIDDEN", 403
    meaning = "The user is not allowed to do this: not a member, not the owner, or the account is deactivated."


class InsufficientRole(FunctionError):
    """An error for a member whose role is too low."""

    code, status = "INSUFFICIENT_PERMISSIONS", 403
    meaning = "The member's role is too low; metadata has requiredRole and currentRole."

    def __init__(self, required: str, current: str) -> None:
        super().__init__(
            f"This needs the role {required}; yours is {current}", requiredRole=required, currentRole=current
        )


class NotFound(FunctionError):
    """An error for an id with nothing behind it that the caller may see."""

    code, status = "NOT_FOUND", 404
    meaning = "The id does not exist, or the caller may not see what it refers to."

    def __init__(self, thing: str, id: str | None = None, **metadata: Scalar | list[str] | None) -> None:
        super().__init__(
            f"{thing} with ID {id} not found" if id is not None else f"{thing} not found", id=id, **metadata
        )


class Invalid(FunctionError):
    """An error for an invalid argument; `field` is its wire name."""

    code, status = "VALIDATION_ERROR", 400
    meaning = "An argument has the wrong type or value, or its target is in the wrong state; metadata.field names it."

    def __init__(self, message: str, field: str | None = None, **metadata: Scalar | list[str] | None) -> None:
        super().__init__(message, field=field, **metadata)


# The reason in the refusal of a caller whose own account is deactivated.
ACCOUNT_CLOSED = "account_closed"


def is_account_closed(error: FunctionError | None) -> bool:
    """Return whether an error says that the caller's own account is deactivated."""
    return isinstance(error, Forbidden) and error.metadata.get("reason") == ACCOUNT_CLOSED


# The message for each state in which a meeting is not active.
NOT_ACTIVE = {
    "scheduled": "The meeting has not started yet",
    "concluded": "The meeting is over",
    "cancelled": "The meeting was cancelled",
}


class MeetingNotActive(FunctionError):
    """An error for a call that needs an active meeting."""

    code, status = "MEETING_NOT_ACTIVE", 400
    meaning = "The call works only while the meeting is active."

    def __init__(self, meeting_id: str, state: str) -> None:
        super().__init__(NOT_ACTIVE[state], meetingId=meeting_id, state=state)


class Conflict(FunctionError):
    """An error for a change that contradicts the current data."""

    code, status = "CONFLICT", 409
    meaning = "This id is in use, or the data changed meanwhile."


class Unsupported(FunctionError):
    """An error for a feature that the provider of the room does not have."""

    code, status = "UNSUPPORTED_BY_PROVIDER", 409
    meaning = "The provider of the meeting's room cannot do this; metadata.provider names it."

    def __init__(self, message: str, provider: str) -> None:
        super().__init__(message, provider=provider)


class RateLimited(FunctionError):
    """An error for a call beyond a rate limit; `retry_after` in seconds."""

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
    """An error for a call that exceeds a limit on its size, its reads and writes, or its time."""

    code, status = "LIMIT_EXCEEDED", 400
    meaning = "The call exceeds a limit of this server: argument size, rows read or written, or run time."


class ServiceUnavailable(FunctionError):
    """An error for a missing or unreachable service that the call needs."""

    code, status = "SERVICE_UNAVAILABLE", 503
    meaning = (
        "A service that this call needs is not configured or does not answer; try again later. With metadata.outcome "
        "`unknown` the connection to the database was lost during the call, which may have taken effect."
    )


class Internal(FunctionError):
    """An error for an unexpected failure; its details are in the log only."""

    code, status = "INTERNAL_ERROR", 500
    meaning = "An error of the server. The message has a request id for the operator, and no details."


class RequestError(ConnvoError):
    """An error for a request that never reached a function; answered with its status and `{code, message}`.

    `retry_after` is in seconds, for the header of that name.
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
    "BadTimestamp": (400, "`ts` is not eight bytes of base64, or is in the future."),
    "SnapshotGone": (400, "The snapshot asked for is no longer kept; take a new one from `/api/query_ts`."),
    "InvalidAuthHeader": (401, "The bearer token is not a JWT that this server can read, or its signature is wrong."),
    "Unauthenticated": (401, "The bearer token has expired, is not valid yet, or lacks a claim."),
    "NoAuthProvider": (401, "No configured issuer and audience match the bearer token."),
    "InvalidAdminKey": (400, "The Authorization header is not `Bearer`."),
    "SignInEnded": (401, "This sign-in by name has ended; sign in again."),
    "ForeignOrigin": (403, "Only the page of this server may send this request."),
    "NotOpen": (
        403,
        "Signing in by name works only on the machine the server runs on; CONNVO_AUTH_OPEN=true opens it.",
    ),
    "BadSignature": (401, "The webhook is not signed with the secret of this server's app."),
    "StaleWebhook": (400, "The webhook's time is missing, or too far from this server's."),
    "BadDeployKey": (403, "This server has no admin key; leave it out."),
    "OperatorsOnly": (
        403,
        "Only operators may read this: send the token in CONNVO_METRICS_TOKEN, or use the listener of "
        "CONNVO_METRICS_PORT by an address or a name without a dot. If neither is set and the server listens on "
        "loopback, send the request from this machine.",
    ),
    "NotFound": (404, "There is no such route."),
    "MethodNotAllowed": (405, "The route exists, but not for this method."),
    "RequestTimeout": (408, "The request took too long to arrive."),
    "BodyTooLarge": (413, "The body is larger than this server accepts."),
    "AddressTooLong": (414, "The path and query of the request are longer than this server accepts."),
    "HeadTooLarge": (431, "The head of the request has more bytes or fields than this server accepts."),
    "BadRequest": (400, "The request is not valid HTTP/1.1."),
    "TooManyConnections": (503, "All connections of this server are in use; try again."),
    "TooManyRequests": (
        429,
        "Too many requests from this account or network; `Retry-After` says when to try again.",
    ),
    "TooManyConcurrentRequests": (503, "The server is overloaded; try again."),
    "DatabaseUnavailable": (503, "The database is unavailable; try again. Sync connections are closed with this code."),
    "AuthProviderUnreachable": (503, "The keys of the token's issuer could not be fetched; try again."),
    "InternalServerError": (500, "An error of the server; the message has a request id for the operator."),
}


def request_error(code: str, message: str | None = None, retry_after: float | None = None) -> RequestError:
    """Return the RequestError of a code in `REQUEST_ERRORS`, by default with its text.

    Raises:
        KeyError: The code is not in the table.
    """
    status, text = REQUEST_ERRORS[code]
    return RequestError(code, message or text, status, retry_after)


ERROR_TABLE: list[type[FunctionError]] = [
    Unauthorized, Forbidden, InsufficientRole, NotFound, Invalid, MeetingNotActive, Conflict, Unsupported, RateLimited,
    LimitExceeded, ServiceUnavailable, Internal,
]  # fmt: skip
