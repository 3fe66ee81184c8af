"""What is in the body of a call, and what is in the body of its answer.

Owns the request and reply shapes of the Convex HTTP API. Promises that arguments are a dictionary of decoded values
within the limits, that nothing is decoded which is not used, and that an answer is valid JSON in the format asked for.
Rules: docs/protocol.md, HTTP.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from connvo.kernel.errors import Internal, RequestError, request_error
from connvo.kernel.names import canonical_path
from connvo.kernel.values import Format, InvalidValue, decode, decode_timestamp, encoder
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
# A longer text is no format, no timestamp and no component; it is refused as it is.
MAX_WORD_BYTES = 256
ABSENT = msgspec.Raw(b"null")

# Whether a public function of a path and a kind is there.
Fits = Callable[[str], bool]


class RunBody(msgspec.Struct):
    """Body of `/api/run/...`; the path stands in the address."""

    args: msgspec.Raw
    format: msgspec.Raw = ABSENT


class CallBody(msgspec.Struct):
    """Body of `/api/query` and its siblings. `ts` counts at `/api/query_at_ts` alone."""

    path: str
    args: msgspec.Raw
    format: msgspec.Raw = ABSENT
    ts: msgspec.Raw = ABSENT
    component: msgspec.Raw = msgspec.field(default=ABSENT, name="componentPath")


# A list of calls. Those beyond the first 101 are passed over, and the last tells that there were too many.
Queries: Any = msgspec.defstruct(
    "Queries",
    [(f"query{number}", CallBody | msgspec.UnsetType, msgspec.UNSET) for number in range(MAX_BATCHED + 1)],
    array_like=True,
)


class BatchBody(msgspec.Struct):
    """Body of `/api/query_batch`."""

    queries: Queries


class Call(msgspec.Struct):
    """A call as the runtime takes it. `size` is that of the arguments in bytes, `at` a snapshot's timestamp."""

    path: str
    args: Any
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
        RequestError: For its arguments.
        LimitExceeded: For its arguments.
    """
    parsed = _parse(_run_decoder, body)
    args = _arguments(parsed.args, path, limits, fits)
    return Call(path, args, decode_format(_word(parsed.format)), len(memoryview(parsed.args)))


def decode_call(body: bytes, limits: ArgumentLimits, fits: Fits, timed: bool = False) -> Call:
    """Return the call in a body that names its function; `timed` ones must carry `ts`. Raises as `decode_run`."""
    return call_of(_parse(_call_decoder, body), limits, fits, timed)


def decode_batch(body: bytes) -> list[CallBody]:
    """Return the calls of a batch, whose arguments nobody has looked at.

    Raises:
        RequestError: The call is refused.
    """
    parsed: BatchBody = _parse(_batch_decoder, body)
    queries = [query for query in msgspec.structs.astuple(parsed.queries) if query is not msgspec.UNSET]
    if len(queries) > MAX_BATCHED:
        raise bad_body(f"`queries` may hold {MAX_BATCHED} at most")
    return queries


def call_of(parsed: CallBody, limits: ArgumentLimits, fits: Fits, timed: bool = False) -> Call:
    """Return the call that a body, or a part of a batch, stands for. Raises as `decode_run`."""
    if _is_there(parsed.component):
        raise request_error("BadConvexFunctionIdentifier", "This server has no components: leave `componentPath` out")
    path = canonical_path(parsed.path)
    at = _timestamp(_word(parsed.ts)) if timed else None
    args = _arguments(parsed.args, path, limits, fits)
    return Call(path, args, decode_format(_word(parsed.format)), len(memoryview(parsed.args)), at)


def _arguments(raw: msgspec.Raw, path: str, limits: ArgumentLimits, fits: Fits) -> dict[str, Any]:
    """Return the arguments; none where there is no such function, which is what the caller will hear."""
    return decode_arguments(raw, path, limits.bytes, limits.values) if fits(path) else {}


def decode_arguments(
    raw: msgspec.Raw | bytes, path: str, max_bytes: int, max_values: int = MAX_VALUES
) -> dict[str, Any]:
    """Return the arguments, given as an object or as an array that holds just that object."""
    check_limits(bytes(raw), path, max_bytes, max_values)
    parsed = _json(raw)
    if type(parsed) is list and len(parsed) == 1:
        parsed = parsed[0]
    if type(parsed) is not dict:
        raise bad_body("`args` must be an object, or an array that holds one object")
    try:
        decoded = decode(parsed)
    except InvalidValue as error:
        raise bad_body(str(error)) from None
    if type(decoded) is not dict:
        raise bad_body("`args` must be an object of named arguments, not a single value")
    return decoded


def decode_format(wanted: str | None) -> Format:
    """Return the format asked for, readable JSON when none is.

    Raises:
        RequestError: BadFormat.
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


def answer(outcome: Outcome, form: Format) -> dict[str, Any]:
    """Return the answer to a call, ready for a JSON encoder."""
    if outcome.error is not None:
        reply: dict[str, Any] = {"status": "error", "errorMessage": outcome.error.message}
        # To Convex clients data are the mark of a refusal; what nobody foresaw is a plain error there.
        if form == DEFAULT_FORMAT or not isinstance(outcome.error, Internal):
            reply["errorData"] = encoder(form)(outcome.error.data())
    else:
        reply = {"status": "success", "value": encoder(form)(outcome.value)}
    if outcome.log_lines:
        reply["logLines"] = outcome.log_lines
    return reply


def bad_body(message: str) -> RequestError:
    """Return the error for a body that is not what this door takes."""
    return request_error("BadJsonBody", message)


def _word(raw: msgspec.Raw) -> str | None:
    """Return a text, None for null, and for anything else a text that nothing is called by."""
    if len(memoryview(raw)) > MAX_WORD_BYTES:
        return ""
    word = _json(raw)
    return word if word is None or isinstance(word, str) else ""


def _is_there(raw: msgspec.Raw) -> bool:
    """Return whether a value is more than null, nothing or empty."""
    return len(memoryview(raw)) > MAX_WORD_BYTES or bool(_json(raw))


def _timestamp(text: str | None) -> int:
    if not text:
        raise request_error("BadTimestamp", "`ts` is missing: take one from `/api/query_ts`")
    try:
        return decode_timestamp(text)
    except InvalidValue as error:
        raise request_error("BadTimestamp", str(error)) from None


def _parse(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise bad_body(f"The body is not what this door takes: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error, body) from None


def _json(raw: msgspec.Raw | bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_json(error, bytes(raw)) from None


def _not_json(error: Exception, text: bytes) -> RequestError:
    if isinstance(error, RecursionError):
        return bad_body("The body is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return bad_body("The body is not UTF-8")
    if b"\\ud" in text.lower() and "truncated" in str(error):
        return bad_body("The body holds half of a surrogate pair, which is no text")
    return bad_body(f"The body is not JSON: {error}")
