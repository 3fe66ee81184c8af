"""A year of use: what grows with meetings grows, and nothing else does."""

from collections.abc import Callable

import msgspec

from connvo.model.webhooks import receive_event
from connvo.providers.rooms.getstream_events import StreamEvent
from connvo.rules.breaker import Breaker
from connvo.runtime.jobs.tables import Job
from connvo.runtime.request_dedup import Request
from connvo.schema.erased import ErasedSubject
from connvo.schema.meetings import MeetingId
from connvo.schema.provider_health import ProviderHealth
from connvo.schema.recordings import MeetingRecording
from connvo.schema.rooms import RoomPlacement
from connvo.settings import RetentionSettings, StoreSettings
from connvo.store.log_retention import TRIM_EVERY_COMMITS
from connvo.store.schema import tables
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction

from .support.backend import Backend
from .support.call import HOST, Call
from .support.people import FORM, chosen, seed_catalogue

FORTNIGHTS = 26
DAY = 24 * 3600.0
HOUR = 3600.0
# A month each, so that a year shows that they are bounded.
RETENTION = RetentionSettings(audit_days=28, timeline_days=28, report_days=28)
SETTLED = 10

WITH_PEOPLE = {"users", "profiles", "userInterests", "userSettings"}
WITH_MEETINGS = {
    "meetings", "meetingParticipants", "meetingState", "videoRooms", "chatMessages", "meetingRecordings", "attendances",
}  # fmt: skip
WITH_THE_PROGRAM = {"interests", "crons", "providerHealth"}
LOG = "_log"
OURS = "connvo."
SAMPLE = {"bitrate": 1_000_000, "packetLoss": 0, "latency": 20, "jitter": 2}


def sizes(backend: Backend) -> dict[str, int]:
    """Returns how many rows each table has, the commit log among them."""

    def work(db: Snapshot) -> dict[str, int]:
        names = [LOG, *(one.name for one in tables() if one.document.__module__.startswith(OURS))]
        return {name: db.rows.all(f'SELECT count(*) FROM "{name}"', ())[0][0] for name in names}

    return backend.read(work)


def held(backend: Backend, number: int) -> Call:
    """Returns the meeting of a fortnight, in which everything happened that leaves a trace."""
    call = Call(backend)
    for person in (call.host, call.guest):
        person.call(
            "users/mutations:saveOnboarding",
            **FORM | {"interests": [chosen("writing")]},
            idempotencyKey=f"fortnight {number}",
        )
        person.call("settings/mutations:updateSettings", pushNotifications=False)
    call.run(call.host, "initializeWebRTCRoom")
    call.run(call.host, "meetings/links:createLink")
    call.run(call.host, "meetings/moderation:requestMute", userId=call.guest.user_id)
    call.run(call.guest, "meetings/chat:sendMessage", text="Hello")
    other = call.create(call.host, participantEmails=[f"guest-{number}@example.org"])
    consent(call, other)
    call.host.call("meetings/lifecycle:startMeeting", meetingId=other)
    call.describe(call.host, "offer", "o", "aaaa")
    call.describe(call.guest, "answer", "a", "bbbb")
    for candidate in range(3):
        call.trickle(call.host, f"c{candidate}", "aaaa")
    call.run(call.host, "monitorConnectionQuality", sessionId=HOST, stats=SAMPLE)
    call.fail(call.guest)
    outside(call, number)
    return call


def consent(call: Call, meeting_id: str) -> None:
    """Invites, declines, blocks, reports, and waits at a door."""
    about = {"meetingId": meeting_id}
    call.host.call("meetings/door:setDoor", door="ask", **about)
    code = call.host.call("meetings/links:createLink", **about)["code"]
    names = ("asked", "declines", "waits")
    people = {name: call.backend.sign_in(f"who {name}", email=f"{name}@example.org") for name in names}
    for name in ("asked", "declines"):
        person = {"userId": people[name].user_id, "role": "participant"}
        call.host.call("meetings/lifecycle:addParticipant", **about, **person)
    people["declines"].call("meetings/invitations:declineInvitation", **about)
    people["waits"].call("meetings/links:acceptLink", code=code)
    people["waits"].call("users/blocks:blockUser", userId=call.host.user_id)
    people["waits"].call("users/reports:report", text="Spam", userId=call.host.user_id)


async def sockets(call: Call, here: bool) -> None:
    """Has the host's socket come or go."""
    presence = call.backend.runtime.presence
    (presence.hold if here else presence.release)([(call.meeting_id, call.host.user_id)])
    await presence.settle()


def outside(call: Call, number: int) -> None:
    """Does what reaches the server from elsewhere: sockets, webhooks, providers and jobs that fail."""
    backend, runtime = call.backend, call.backend.runtime
    request = Request.of(f"fortnight {number}", 0, call.host.identity)
    path = "users/mutations:updateLastSeen"

    async def ask() -> None:
        begun = runtime.begin(path, msgspec.Raw(b"{}"), call.host.identity, request, lambda text, path: {})
        assert (await begun.outcome(lambda: "test")).error is None

    backend.run(ask())
    backend.run(sockets(call, here=True))
    event = StreamEvent(type="call.updated", at=backend.now_ms)
    expires_at = backend.now_ms + HOUR * 1e3
    backend.run(runtime.call(receive_event, event=event, digest=f"fortnight {number}", expires_at=expires_at))

    def work(db: Transaction) -> None:
        db.insert(Job(path="nobody:knowsThis", arguments="{}", run_at=db.now))
        db.insert(RoomPlacement(meeting_id=MeetingId(call.meeting_id), state="ready", since=db.now))
        if db.first(ProviderHealth, "by_provider", "janus") is None:
            db.insert(ProviderHealth(provider="janus", breaker=Breaker(), reason="unreachable"))
        db.insert(recording(MeetingId(call.meeting_id), db.now))
        # Kept for longer than a year otherwise.
        db.insert(ErasedSubject(key="k", digest=f"{number}", erased_at=db.now, expires_at=db.now + 28 * DAY * 1e3))

    backend.run(backend.engine.write(work))


def recording(meeting_id: MeetingId, now: float) -> MeetingRecording:
    """Returns a recording that is over."""
    return MeetingRecording(
        meeting_id=meeting_id, provider="janus", room_id="r", state="ready", live=False, over=True,
        since=now, due_at=now, requested_at=now,
    )  # fmt: skip


def test_what_does_not_grow_with_meetings_stays_as_it_is(make_backend: Callable[..., Backend]) -> None:
    backend = make_backend(retention=RETENTION, store=StoreSettings(log_retention_seconds=DAY))
    seed_catalogue(backend)
    seen: list[dict[str, int]] = []
    filled: set[str] = set()
    for number in range(FORTNIGHTS):
        call = held(backend, number)
        backend.run(backend.runtime.settle())
        filled |= {name for name, size in sizes(backend).items() if size}
        backend.run(sockets(call, here=False))
        for days in (0.25, 1, 12.75):
            backend.advance(days * DAY)
        seen.append(sizes(backend))
    assert max(one.pop(LOG) for one in seen) < 2 * TRIM_EVERY_COMMITS
    grown = WITH_PEOPLE | WITH_MEETINGS | WITH_THE_PROGRAM
    assert filled - {LOG} == set(seen[-1]), "every table has to be in use, or its bound shows nothing"
    settled = {name: max(one[name] for one in seen[:SETTLED]) for name in seen[-1]}
    later = {name: max(one[name] for one in seen[SETTLED:]) for name in seen[-1]}
    assert {name: size for name, size in later.items() if size > settled[name] and name not in grown} == {}
    assert {name for name in WITH_MEETINGS if later[name] < FORTNIGHTS} == set()
    assert {name for name in WITH_PEOPLE | WITH_THE_PROGRAM if later[name] > settled[name]} == set()
