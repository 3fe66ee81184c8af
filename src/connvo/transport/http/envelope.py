"""The bodies of calls and of their answers, as in the Convex HTTP API. Rules: docs/protocol.md, HTTP.

Guarantees: arguments are a dictionary of decoded values within the limits. Unused fields are not decoded. An answer is
valid JSON in the requested format.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from connvo.kernel.errors import Internal, RequestError, request_error
from connvo.kernel.names import canonical_path
from connvo.kernel.values import Format, InvalidValue, decode, decode_timestamp, encoder, holds_half_pair
from connvo.runtime.outcome import Outcome
from connvo.transport.argument_limits import MAX_VALUES, ArgumentLimits, check_limits

FORMATS: dict[str, Format] = {
    "json": "json",
    "convex_clean_json": "json",
    "convex_encoded_json": "convex_encoded_json",
    "convex_json": "convex_encoded_json",
}
DEFAULT_FORMAT: Format = "json"
MAX_BATCHED = 100
# Longer texts cannot be a format, timestamp or component, and are refused without being decoded.
MAX_WORD_BYTES = 256
ABSENT = msgspec.Raw(b"null")

T = TypeVar("T")

# Tells whether there is a public function at a path.
Fits = Callable[[str], bool]


class RunBody(msgspec.Struct):
    """Body of `/api/run/...`; the function path is in the address."""

    args: msgspec.Raw
    format: msgspec.Raw = ABSENT


class CallBody(msgspec.Struct):
    """Body of `/api/query` and its siblings. `ts` is used by `/api/query_at_ts` only."""

    path: str
    args: msgspec.Raw
    format: msgspec.Raw = ABSENT
    ts: msgspec.Raw = ABSENT
    component: msgspec.Raw = msgspec.field(default=ABSENT, name="componentPath")


# A list of calls. Only the first 101 are decoded; the last of them shows that there are too many.
Queries: Any = msgspec.defstruct(
    "Queries",
    [(f"query{number}", CallBody | msgspec.UnsetType, msgspec.UNSET) for number in range(MAX_BATCHED + 1)],
    array_like=True,
)


class BatchBody(msgspec.Struct):
    """Body of `/api/query_batch`."""

    queries: Queries


class Call(msgspec.Struct):
    """A decoded call. `size` is that of the arguments in bytes, `at` the timestamp of a snapshot."""

    path: str
    args: dict[str, object]
    format: Format
    size: int
    at: int | None = None


_run_decoder = msgspec.json.Decoder(RunBody)
_call_decoder = msgspec.json.Decoder(CallBody)
_batch_decoder = msgspec.json.Decoder(BatchBody)
_encode_json = msgspec.json.encode


def decode_run(body: bytes, path: str, limits: ArgumentLimits, fits: Fits) -> Call:
    """Return the call in a body of `/api/run`.

    Raises:
        RequestError: The body, its arguments or its format are not valid.
        LimitExceeded: The arguments are too large.
    """
    parsed = _parse(_run_decoder, body)
    args = _arguments(parsed.args, path, limits, fits)
    return Call(path, args, decode_format(_word(parsed.format)), len(memoryview(parsed.args)))


def decode_call(body: bytes, limits: ArgumentLimits, fits: Fits, timed: bool = False) -> Call:
    """Return the call in a body that names its function; `timed` calls must carry `ts`.

    Raises:
        RequestError: The body, its path, arguments, format or `ts` are not valid.
        LimitExceeded: The arguments are too large.
    """
    return call_of(_parse(_call_decoder, body), limits, fits, timed)


def decode_batch(body: bytes) -> list[CallBody]:
    """Return the calls of a batch, with their arguments not yet decoded.

    Raises:
        RequestError: The body is not a batch, or has too many calls.
    """
    parsed = _parse(_batch_decoder, body)
    queries = [query for query in msgspec.structs.astuple(parsed.queries) if query is not msgspec.UNSET]
    if len(queries) > MAX_BATCHED:
        raise bad_body(f"`queries` may contain at most {MAX_BATCHED} queries: send several batches")
    return queries


def call_of(parsed: CallBody, limits: ArgumentLimits, fits: Fits, timed: bool = False) -> Call:
    """Return the call in a parsed body, or in an item of a batch.

    Raises:
        RequestError: Its path, arguments, format or `ts` are not valid.
        LimitExceeded: The arguments are too large.
    """
    if _is_there(parsed.component):
        raise request_error("BadConvexFunctionIdentifier", "This server has no components: leave `componentPath` out")
    path = canonical_path(parsed.path)
    at = _timestamp(_word(parsed.ts)) if timed else None
    args = _arguments(parsed.args, path, limits, fits)
    return Call(path, args, decode_format(_word(parsed.format)), len(memoryview(parsed.args)), at)


def _arguments(raw: msgspec.Raw, path: str, limits: ArgumentLimits, fits: Fits) -> dict[str, object]:
    """Return the arguments, or none if there is no such function, as the runtime then refuses the call anyway."""
    return decode_arguments(raw, path, limits.bytes, limits.values) if fits(path) else {}


def decode_arguments(
    raw: msgspec.Raw | bytes, path: str, max_bytes: int, max_values: int = MAX_VALUES
) -> dict[str, object]:
    """Return the arguments, given as an object or as an array that contains only that object.

    Raises:
        RequestError: They are not an object of valid values.
        LimitExceeded: They are too large.
    """
    check_limits(bytes(raw), path, max_bytes, max_values)
    parsed = _json(raw)
    if type(parsed) is list and len(parsed) == 1:
        parsed = parsed[0]
    if type(parsed) is not dict:
        raise bad_body("`args` must be an object, or an array of one object")
    try:
        decoded = decode(parsed)
    except InvalidValue as error:
        raise bad_body(str(error)) from None
    if type(decoded) is not dict:
        raise bad_body("`args` must be an object of named arguments, not a single value")
    return decoded


def decode_format(wanted: str | None) -> Format:
    """Return the requested format, by default readable JSON.

    Raises:
        RequestError: BadFormat, if the format is unknown.
    """
    if wanted is None:
        return DEFAULT_FORMAT
    form = FORMATS.get(wanted)
    if form is None:
        raise request_error("BadFormat")
    return form


def encode_outcome(outcome: Outcome, form: Format) -> bytes:
    """Return the body of the answer to a call."""
    return _encode_json(answer(outcome, form))


def answer(outcome: Outcome, form: Format) -> dict[str, object]:
    """Return the answer to a call, ready for a JSON encoder."""
    if outcome.error is not None:
        reply: dict[str, object] = {"status": "error", "errorMessage": outcome.error.message}
        # Convex clients take `errorData` as the mark of a refusal; unexpected errors have none in their format.
        if form == DEFAULT_FORMAT or not isinstance(outcome.error, Internal):
            reply["errorData"] = encoder(form)(outcome.error.data())
    else:
        reply = {"status": "success", "value": encoder(form)(outcome.value)}
    if outcome.log_lines:
        reply["logLines"] = outcome.log_lines
    return reply


def bad_body(message: str) -> RequestError:
    """Return the error for a body that this endpoint does not accept."""
    return request_error("BadJsonBody", message)


def _word(raw: msgspec.Raw) -> str | None:
    """Return a text, None for null, and an empty text, which is never valid, for anything else."""
    if len(memoryview(raw)) > MAX_WORD_BYTES:
        return ""
    word = _json(raw)
    return word if word is None or isinstance(word, str) else ""


def _is_there(raw: msgspec.Raw) -> bool:
    """Return whether a value is neither null, zero, false nor empty."""
    return len(memoryview(raw)) > MAX_WORD_BYTES or bool(_json(raw))


def _timestamp(text: str | None) -> int:
    if not text:
        raise request_error("BadTimestamp", "`ts` is missing: get one from `/api/query_ts`")
    try:
        return decode_timestamp(text)
    except InvalidValue as error:
        raise request_error("BadTimestamp", str(error)) from None


def _parse(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise bad_body(f"The body does not have the form that this endpoint takes: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error, body) from None


def _json(raw: msgspec.Raw | bytes) -> object:
    try:
        parsed: object = msgspec.json.decode(raw)
        return parsed
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error, bytes(raw)) from None


def _not_json(error: Exception, text: bytes) -> RequestError:
    if isinstance(error, RecursionError):
        return bad_body("The body is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return bad_body("The body is not UTF-8")
    if holds_half_pair(error, text):
        return bad_body("The body contains half of a surrogate pair: send valid Unicode text")
    return bad_body(f"The body is not JSON: {error}")
