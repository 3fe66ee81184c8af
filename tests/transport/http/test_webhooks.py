"""GetStream's webhooks take effect only if signed, in time, and once."""

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from getstream.webhook import verify_and_parse_webhook  # type: ignore[import-untyped]
from starlette.testclient import TestClient

from connvo.providers.rooms.getstream_events import StreamEvent
from connvo.settings import GetStreamSettings
from connvo.telemetry.metrics import Metrics
from connvo.transport.http.router import Router
from connvo.transport.http.webhooks import PATH, GetStreamWebhook
from tests.support.getstream_double import KEY, SECRET, signature, webhook

NOW = 1_800_000_000.0
AGE = 600.0
MAX_BYTES = 20_000


async def no_socket(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no sockets here")


class Door:
    """The door, and what came through it."""

    def __init__(self, configured: bool = True) -> None:
        self.came: list[tuple[StreamEvent, str, float]] = []
        self.metrics = Metrics("1")
        key: dict[str, Any] = {"api_key": KEY, "api_secret": SECRET} if configured else {}
        settings = GetStreamSettings(**key, webhook_max_age_seconds=AGE, webhook_bytes=MAX_BYTES)
        routes = GetStreamWebhook(settings, self._receive, self.metrics, now=lambda: NOW).routes()
        self.client = TestClient(Router(routes, {}, self.metrics, no_socket))

    async def _receive(self, event: StreamEvent, digest: str, expires_at: float) -> str:
        self.came.append((event, digest, expires_at))
        return "applied"

    def send(self, body: bytes, signed: str | None = None, **headers: str) -> Any:
        """Return the reply to a webhook, rightly signed unless told otherwise."""
        headers["X-Signature"] = signature(body) if signed is None else signed
        return self.client.post(PATH, content=body, headers={"Content-Type": "application/json", **headers})

    def counted(self, event: str, outcome: str) -> bool:
        """Return whether the figures have one webhook of that sort."""
        return f'connvo_webhooks_total{{outcome="{outcome}",type="{event}"}} 1.0' in self.metrics.text().decode()


@pytest.fixture
def door() -> Door:
    return Door()


def started(**given: Any) -> bytes:
    return webhook("call.recording_started", NOW * 1000, "room", egress_id="e-1", **given)


def test_a_signed_webhook_is_taken(door: Door) -> None:
    reply = door.send(started())
    assert (reply.status_code, reply.json()) == (200, {"status": "applied"})
    [(event, digest, expires_at)] = door.came
    assert event == StreamEvent(type="call.recording_started", at=NOW * 1000, room_id="room", egress_id="e-1")
    assert len(digest) == 64 and expires_at == (NOW + AGE) * 1000
    assert door.counted("call.recording_started", "applied")


def test_a_compressed_one_is_taken_for_the_same(door: Door) -> None:
    body = started()
    for sent in (body, gzip.compress(body)):
        assert door.send(sent, signature(body)).status_code == 200
    assert door.came[0] == door.came[1]


def test_the_sdk_agrees_on_the_signed_bytes() -> None:
    body = webhook("call.recording_started", NOW * 1000, "room", created_at=int(NOW * 1e9))
    for sent in (body, gzip.compress(body)):
        assert verify_and_parse_webhook(sent, signature(body), SECRET).call_cid == "default:room"


def spoiled(body: bytes) -> dict[str, tuple[bytes, str]]:
    right, packed = signature(body), gzip.compress(body)
    return {
        "no signature": (body, ""),
        "a signature of something else": (body, signature(body + b" ")),
        "another app's signature": (body, signature(body, "another secret")),
        "a signature that is no text": (body, "\xff" * 64),
        "half a signature": (body, right[:32]),
        "a changed body": (body.replace(b"e-1", b"e-2"), right),
        "the signature of the compressed": (packed, signature(packed)),
        "broken compression": (packed[:-9] + b"123456789", right),
        "compression cut off": (packed[:-4], right),
        "something behind the compressed": (packed + b"{}", right),
        "no body": (b"", right),
    }


@pytest.mark.parametrize("fault", spoiled(b"{}"))
def test_without_getstreams_signature_nothing_happens(door: Door, fault: str) -> None:
    body, signed = spoiled(started())[fault]
    reply = door.send(body, signed.encode("latin-1"))  # type: ignore[arg-type]
    assert (reply.status_code, reply.json()["code"]) == (401, "BadSignature")
    assert door.came == []
    assert door.counted("refused", "BadSignature")


@pytest.mark.parametrize("seconds", [-AGE - 1, AGE + 1])
def test_one_from_another_time_is_refused(door: Door, seconds: float) -> None:
    reply = door.send(webhook("call.recording_started", (NOW + seconds) * 1000, "room"))
    assert (reply.status_code, reply.json()["code"]) == (400, "StaleWebhook")
    assert door.came == []


TIMES: dict[str, Any] = {
    "nanoseconds": 1_800_000_000_123_000_000,
    "nanoseconds as text": "1800000000123000000",
    "microseconds": 1_800_000_000_123_000,
    "milliseconds": 1_800_000_000_123,
    "seconds": 1_800_000_000.123,
    "ISO with nanoseconds": "2027-01-15T08:00:00.123000000Z",
    "ISO elsewhere": "2027-01-15T10:00:00.123+02:00",
    "ISO without a zone": "2027-01-15T08:00:00.123",
}


@pytest.mark.parametrize("form", TIMES)
def test_times_are_read_in_every_form(door: Door, form: str) -> None:
    assert door.send(started(created_at=TIMES[form])).status_code == 200
    assert door.came[0][0].at == pytest.approx(NOW * 1000 + 123, abs=0.01)


@pytest.mark.parametrize("time_given", [None, True, "soon", {}, []])
def test_one_without_a_time_is_refused(door: Door, time_given: Any) -> None:
    assert door.send(started(created_at=time_given)).json()["code"] == "StaleWebhook"


def test_a_recordings_file_is_understood(door: Door) -> None:
    file = {
        "filename": "rec.mp4", "url": "https://files.example/rec.mp4", "session_id": "s", "recording_type": "composite",
        "start_time": "2027-01-15T07:58:00Z", "end_time": "2027-01-15T07:59:00Z",
    }  # fmt: skip
    door.send(webhook("call.recording_ready", NOW * 1000, "room", call_recording=file))
    made = door.came[0][0].recording
    assert made is not None
    assert (made.id, made.url) == ("rec.mp4", "https://files.example/rec.mp4")
    assert (made.started_at, made.ended_at) == ((NOW - 120) * 1000, (NOW - 60) * 1000)


def test_the_event_of_a_joined_member_is_understood(door: Door) -> None:
    participant = {"user": {"id": "ana", "custom": {}}, "user_session_id": "u", "role": "user"}
    door.send(webhook("call.session_participant_joined", NOW * 1000, "room", participant=participant))
    assert door.came[0][0].user_id == "ana"


@pytest.mark.parametrize(
    "body",
    [
        webhook("something.new", NOW * 1000, "room", participant=7, more={"deep": [1]}),
        webhook("message.new", NOW * 1000, cid="messaging:general"),
        webhook("call.updated", NOW * 1000, call_cid=None),
    ],
)
def test_an_unknown_value_is_accepted_and_counted(door: Door, body: bytes) -> None:
    assert door.send(body).status_code == 200
    assert door.counted(json.loads(body)["type"], "applied")


def test_a_call_of_another_type_is_none_of_ours(door: Door) -> None:
    door.send(started(call_cid="livestream:room"))
    assert door.came[0][0].room_id is None


@pytest.mark.parametrize(
    "body",
    [b"[]", b"nothing", b'{"type": 1}', b"{}", webhook("call.recording_ready", NOW * 1000, call_recording={"url": 1})],
)
def test_signed_nonsense_is_refused(door: Door, body: bytes) -> None:
    reply = door.send(body)
    assert (reply.status_code, reply.json()["code"]) == (400, "BadJsonBody")
    assert door.came == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_one_that_is_too_large_is_refused_before_it_is_unpacked(door: Door, pack: Callable[[bytes], bytes]) -> None:
    body = started(custom={"text": "x" * MAX_BYTES})
    reply = door.send(pack(body), signature(body))
    assert (reply.status_code, reply.json()["code"]) == (413, "BodyTooLarge")


def test_a_bomb_costs_no_more_than_the_limit(door: Door) -> None:
    began = time.thread_time()
    assert door.send(gzip.compress(b"0" * 10_000_000), "x").status_code == 413
    assert time.thread_time() - began < 10


def test_without_getstream_there_is_no_such_endpoint() -> None:
    reply = Door(configured=False).send(started())
    assert (reply.status_code, reply.json()["code"]) == (404, "NotFound")


def test_it_takes_posts_alone(door: Door) -> None:
    assert door.client.get(PATH).status_code == 405
