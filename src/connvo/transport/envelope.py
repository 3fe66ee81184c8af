"""What is in the body of a call, and what is in the body of its answer.

Owns the request and reply shapes of the Convex HTTP API. Promises that arguments are a dictionary of decoded values
within the size limit, and that an answer is valid JSON in the format asked for. Rules: docs/protocol.md, HTTP.
"""

from typing import Any

import msgspec

from ..kernel.errors import FunctionError, Internal, LimitExceeded, RequestError, request_error
from ..kernel.names import canonical_path
from ..kernel.values import Format, InvalidValue, decode, decode_timestamp, encoder
from ..runtime.execute import Outcome

FORMATS: dict[str, Format] = {
    "json": "json",
    "convex_clean_json": "json",
    "convex_encoded_json": "convex_encoded_json",
    "convex_json": "convex_encoded_json",
}
DEFAULT_FORMAT: Format = "json"
MOST_BATCHED = 100


class RunBody(msgspec.Struct):
    """Body of `/api/run/...`; the path stands in the address."""

    args: msgspec.Raw
    format: Any = None


class CallBody(msgspec.Struct):
    """Body of `/api/query` and its siblings. `ts` counts at `/api/query_at_ts` alone."""

    path: str
    args: msgspec.Raw
    format: Any = None
    ts: Any = None
    component: Any = msgspec.field(default=None, name="componentPath")


class BatchBody(msgspec.Struct):
    """Body of `/api/query_batch`."""

    queries: list[CallBody]


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


def decode_run(body: bytes, path: str, most_bytes: int) -> Call:
    """Returns the call in a body of `/api/run`. Raises RequestError, or LimitExceeded for its arguments."""
    parsed = _parse(_run_decoder, body)
    args = decode_arguments(parsed.args, path, most_bytes)
    return Call(path, args, decode_format(parsed.format), len(memoryview(parsed.args)))


def decode_call(body: bytes, most_bytes: int, timed: bool = False) -> Call:
    """Returns the call in a body that names its function; `timed` ones must carry `ts`. Raises as `decode_run`."""
    return _call(_parse(_call_decoder, body), most_bytes, timed)


def decode_batch(body: bytes, most_bytes: int) -> list[Call | FunctionError]:
    """Returns the calls of a batch, and in the place of one with too large arguments its error. Raises RequestError."""
    parsed: BatchBody = _parse(_batch_decoder, body)
    if len(parsed.queries) > MOST_BATCHED:
        raise bad_body(f"`queries` may hold {MOST_BATCHED} at most")
    return [_call_or_error(query, most_bytes) for query in parsed.queries]


def decode_arguments(raw: msgspec.Raw | bytes, path: str, most_bytes: int) -> dict[str, Any]:
    """Returns the arguments, given as an object or as an array that holds just that object."""
    size = len(memoryview(raw))
    if size > most_bytes:
        raise LimitExceeded(
            f"Arguments for {path} are too large (actual: {size} bytes, limit: {most_bytes} bytes)",
            actual=size,
            limit=most_bytes,
        )
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


def decode_format(wanted: Any) -> Format:
    """Returns the format asked for, readable JSON when none is. Raises RequestError BadFormat."""
    if wanted is None:
        return DEFAULT_FORMAT
    form = FORMATS.get(wanted) if isinstance(wanted, str) else None
    if form is None:
        raise request_error("BadFormat")
    return form


def encode_outcome(outcome: Outcome, form: Format) -> bytes:
    """Returns the body of the answer to a call."""
    return _encode_json(answer(outcome, form))


def answer(outcome: Outcome, form: Format) -> dict[str, Any]:
    """Returns the answer to a call, ready for a JSON encoder."""
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
    """Returns the error for a body that is not what this door takes."""
    return request_error("BadJsonBody", message)


def _call(parsed: CallBody, most_bytes: int, timed: bool) -> Call:
    if parsed.component:
        raise request_error("BadConvexFunctionIdentifier", "This server has no components: leave `componentPath` out")
    path = canonical_path(parsed.path)
    at = _timestamp(parsed.ts) if timed else None
    args = decode_arguments(parsed.args, path, most_bytes)
    return Call(path, args, decode_format(parsed.format), len(memoryview(parsed.args)), at)


def _call_or_error(parsed: CallBody, most_bytes: int) -> Call | FunctionError:
    try:
        return _call(parsed, most_bytes, False)
    except FunctionError as error:
        return error


def _timestamp(text: Any) -> int:
    if not isinstance(text, str):
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
