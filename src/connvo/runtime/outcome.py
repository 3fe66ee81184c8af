"""The outcome of a call: its value, or the error that its caller gets.

Guarantees: an unexpected error shows callers a request id and nothing else; the log has the rest.
"""

from typing import Any

import msgspec
import structlog

from connvo.kernel.errors import FunctionError, Invalid, RequestError, ServiceUnavailable, request_error
from connvo.store.engine import OutcomeUnknown, SnapshotAhead, SnapshotGone, StoreBusy, StoreError

from .results import server_error

log = structlog.get_logger()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a call. `ts` is the snapshot of a query and the commit of a mutation; 0 for an action.

    The value of a mutation with a request is `msgspec.Raw`, its exact JSON: the same for a repeated request.
    """

    value: Any = None
    error: FunctionError | None = None
    ts: int = 0
    log_lines: list[str] = []


def failed(error: Exception, path: str, request_id: str) -> Outcome:
    """Return the outcome of a call that an error ended.

    Raises:
        RequestError: The call cannot be served now, or its snapshot cannot be read.
    """
    match error:
        case FunctionError():
            return Outcome(error=_without_frames(error))
        case SnapshotGone():
            raise request_error("SnapshotGone") from error
        case SnapshotAhead():
            raise request_error("BadTimestamp", "`ts` lies in the future: take one from `/api/query_ts`") from error
        case StoreBusy():
            raise request_error("TooManyConcurrentRequests", error.message) from error
        case StoreError():
            log.error("store_failed", function=path, request_id=request_id, reason=error.message)
            return Outcome(error=_unserved(error))
        case RequestError():
            raise error
    log.error("function_failed", function=path, request_id=request_id, exc_info=error)
    return Outcome(error=server_error(request_id))


def _without_frames(error: FunctionError) -> FunctionError:
    """Return an error without references to the call it ended.

    Its traceback refers to the frames, and these to the arguments and to the future that holds the error: a cycle of
    megabytes, which the garbage collector would find only after many more calls.
    """
    error.__traceback__ = error.__context__ = error.__cause__ = None
    return error


def _unserved(error: StoreError) -> ServiceUnavailable:
    """Return the error for a database that fails: nothing was done, or the outcome is unknown."""
    if isinstance(error, OutcomeUnknown):
        message = "The database went away during this call: it may have been carried out; look before trying again"
        return ServiceUnavailable(message, outcome="unknown")
    return ServiceUnavailable("The database cannot be used now; try again later")


def measure(args: object) -> int:
    """Return the size of arguments as JSON, in bytes.

    Raises:
        Invalid: A string is not valid Unicode.
    """
    try:
        return len(msgspec.json.encode(args, enc_hook=str))
    except UnicodeEncodeError:
        raise Invalid("ArgumentValidationError: the arguments hold half of a surrogate pair") from None
