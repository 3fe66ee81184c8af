"""A stand-in for GetStream's API, on loopback, for the SDK unmodified.

Its addresses, its checks and the shapes of its answers are those that GetStream publishes: every answer is filled from
the models of its own SDK, so a field that they require is there. What a live account does beyond that, it cannot tell.
"""

import dataclasses
import hashlib
import hmac
import json
import re
import threading
import time
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from getstream import models  # type: ignore[import-untyped]
from getstream.webhook import _get_event_class  # type: ignore[import-untyped]

KEY, SECRET = "double-key", "double-secret-of-thirty-two-bytes"
CALL = re.compile(r"/api/v2/video/call/([^/]+)/([^/]+)(?:/(.+))?")
NS = 1_000_000_000
RECORDED_SECONDS = 60
SLOW_SECONDS = 30.0
NOT_FOUND_CODE, INPUT_CODE, AUTH_CODE, RATE_CODE, INTERNAL_CODE = 16, 4, 5, 9, -1


def filled(model: Any, **given: Any) -> dict[str, Any]:
    """Return an answer of the model's shape: what is given, and something of the right type for all it requires."""
    hints = typing.get_type_hints(model, vars(models))
    required = [
        field
        for field in dataclasses.fields(model)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    wire = {field.name: field.metadata["dataclasses_json"]["letter_case"](field.name) for field in required}
    return {wire[field.name]: _something(hints[field.name]) for field in required} | given


def _something(hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (list, dict):
        return origin()
    if hint is datetime:
        return time.time_ns()
    if dataclasses.is_dataclass(hint):
        return filled(hint)
    return {bool: False, int: 0, float: 0.0}.get(hint, "")


def webhook(kind: str, at_ms: float, call_id: str = "", **given: Any) -> bytes:
    """Return the body of a webhook, of the shape that the model of its event has, with its time as ISO 8601."""
    model = _get_event_class(kind)
    at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat().replace("+00:00", "Z")
    envelope = {"type": kind, "created_at": at, **({"call_cid": f"default:{call_id}"} if call_id else {})}
    return json.dumps({**(filled(model) if model is not None else {}), **envelope, **given}).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    """Return how GetStream signs a body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Refused(Exception):
    """The double answers with an error, in GetStream's form."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = filled(models.APIError, code=code, message=message, StatusCode=status)


class GetStreamDouble:
    """The state of the stand-in, and how it behaves: `mode` is `ok`, `slow`, `garbled` or the status of its errors."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.mode: str | int = "ok"
        self.only = ""
        self.released = threading.Event()
        self.requests: list[tuple[str, str, Any]] = []
        self.users: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, dict[str, Any]] = {}
        self.keeps_recording = False

    def fail(self, mode: str | int, only: str = "") -> None:
        """Make requests fail from now on; with `only`, those whose path ends so."""
        self.mode, self.only = mode, only

    def call(self, call_id: str, call_type: str = "default") -> dict[str, Any]:
        """Return the state of a call. Raises KeyError for one that was never made."""
        return self.calls[f"{call_type}:{call_id}"]

    def paths(self, ending: str) -> list[Any]:
        """Return the bodies of the requests whose path ends so."""
        return [body for _, path, body in self.requests if path.endswith(ending)]

    def file(self, call_id: str) -> None:
        """Put the file of a recording that has stopped where it can be listed."""
        call = self.call(call_id)
        call["files"].append(call["unfiled"].pop(0))

    def serve(self, method: str, address: str, headers: Any, body: Any) -> tuple[int, Any]:
        """Return the status and the answer of a request."""
        parts = urlsplit(address)
        self.requests.append((method, parts.path, body))
        if parts.path.endswith(self.only):
            if self.mode == "slow":
                self.released.wait(SLOW_SECONDS)
            elif isinstance(self.mode, int):
                code = {401: AUTH_CODE, 429: RATE_CODE}.get(self.mode, INTERNAL_CODE)
                return self.mode, Refused(self.mode, code, "told to fail").body
        try:
            self._check(parse_qs(parts.query), headers)
            return 200, self._answer(method, parts.path, body or {})
        except Refused as refused:
            return refused.status, refused.body

    def _check(self, query: dict[str, list[str]], headers: Any) -> None:
        try:
            jwt.decode(headers["Authorization"], SECRET, ["HS256"])
        except jwt.InvalidTokenError:
            raise Refused(401, AUTH_CODE, "signature is not valid") from None
        if query.get("api_key") != [KEY] or headers["stream-auth-type"] != "jwt":
            raise Refused(401, AUTH_CODE, "api_key not valid")

    def _answer(self, method: str, path: str, body: Any) -> Any:
        if (method, path) == ("POST", "/api/v2/users"):
            self.users |= body["users"]
            users = {name: filled(models.FullUserResponse, id=name) for name in body["users"]}
            return filled(models.UpdateUsersResponse, users=users)
        if (method, path) == ("GET", "/api/v2/rate_limits"):
            return filled(models.GetRateLimitsResponse)
        found = CALL.fullmatch(path)
        if found is None:
            raise Refused(404, NOT_FOUND_CODE, "no such route")
        cid = f"{unquote(found[1])}:{unquote(found[2])}"
        return self._call_answer(method, cid, found[3] or "", body)

    def _call_answer(self, method: str, cid: str, what: str, body: Any) -> Any:
        if (method, what) == ("POST", ""):
            return self._get_or_create(cid, body["data"])
        call = self.calls.get(cid)
        if call is None:
            raise Refused(404, NOT_FOUND_CODE, "Can't find call with id " + cid)
        match method, what:
            case "GET", "":
                return filled(models.GetCallResponse, call=self._shown(cid))
            case "PATCH", "":
                _merge(call["settings"], body.get("settings_override", {}))
                return filled(models.UpdateCallResponse, call=self._shown(cid))
            case "POST", "members":
                call["members"] |= {member["user_id"]: member["role"] for member in body["update_members"]}
                return filled(models.UpdateCallMembersResponse)
            case "POST", "block":
                call["blocked"].add(body["user_id"])
                return filled(models.BlockUserResponse)
            case "POST", "unblock":
                call["blocked"].discard(body["user_id"])
                return filled(models.UnblockUserResponse)
            case "POST", "kick":
                call["kicked"].append(body["user_id"])
                return filled(models.KickUserResponse)
            case "POST", "mark_ended":
                call["ended"] = True
                return filled(models.EndCallResponse)
            case "GET", "recordings":
                return filled(models.ListRecordingsResponse, recordings=call["files"])
            case "POST", "recordings/composite/start":
                return self._start(call)
            case "POST", "recordings/composite/stop":
                return self._stop(call)
        raise Refused(404, NOT_FOUND_CODE, "no such route")

    def _get_or_create(self, cid: str, data: Any) -> Any:
        if data["created_by_id"] not in self.users:
            raise Refused(400, INPUT_CODE, "the creator is not a user")
        new = cid not in self.calls
        if new:
            self.calls[cid] = {
                "settings": data.get("settings_override", {}), "members": {}, "blocked": set(), "kicked": [],
                "ended": False, "recording": None, "files": [], "unfiled": [],
            }  # fmt: skip
        return filled(models.GetOrCreateCallResponse, created=new, call=self._shown(cid))

    def _shown(self, cid: str) -> dict[str, Any]:
        call, (call_type, _, call_id) = self.calls[cid], cid.partition(":")
        return filled(
            models.CallResponse,
            cid=cid,
            type=call_type,
            id=call_id,
            recording=call["recording"] is not None,
            blocked_user_ids=sorted(call["blocked"]),
        )

    def _start(self, call: dict[str, Any]) -> Any:
        if call["recording"] is not None:
            raise Refused(400, INPUT_CODE, "the call is being recorded already")
        call["recording"] = time.time_ns()
        return filled(models.StartRecordingResponse)

    def _stop(self, call: dict[str, Any]) -> Any:
        if call["recording"] is None:
            raise Refused(400, INPUT_CODE, "the call is not being recorded")
        if not self.keeps_recording:
            self._end_recording(call)
        return filled(models.StopRecordingResponse)

    def _end_recording(self, call: dict[str, Any]) -> None:
        name = f"rec_{len(call['files']) + len(call['unfiled'])}.mp4"
        file = filled(
            models.CallRecording,
            filename=name,
            url=f"https://files.example/{name}?signed",
            recording_type="composite",
            start_time=call["recording"],
            end_time=call["recording"] + RECORDED_SECONDS * NS,
        )
        call["unfiled"].append(file)
        call["recording"] = None


def _merge(settings: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        settings[name] = {**settings.get(name, {}), **value}


@contextmanager
def getstream_double() -> Iterator[GetStreamDouble]:
    """Run a stand-in on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, answer = double.serve(self.command, self.path, self.headers, json.loads(raw) if raw else None)
            text = b"<html>" if double.mode == "garbled" else json.dumps(answer).encode()
            try:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = do_PATCH = handle_one  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    double = GetStreamDouble(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield double
    finally:
        double.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
