"""A backend in the benchmark's own process, with people in running meetings, made through the documented calls."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from connvo.kernel.identity import Identity
from connvo.runtime.call_request import CallRequest
from connvo.runtime.registry import Registry
from connvo.runtime.services import Runtime
from connvo.settings import (
    DatabaseSettings,
    MeetingSettings,
    NoteSettings,
    ServerSettings,
    Settings,
    SignalSettings,
)
from connvo.store.factory import DATABASE_FILE, create_engine
from connvo.transport.auth.local_issuer import ISSUER

REGISTRY = Registry("connvo.functions", "connvo.model")
UNLIMITED = 1_000_000_000
SIGNALING = "meetings/webrtc/signaling"
LIFECYCLE = "meetings/lifecycle"
FRAGMENT = "frag"
CODECS = 45  # makes a description as long as those of browsers, about 2.5 kB
LIFETIME_MS = 86_400_000.0


@dataclass(frozen=True)
class Person:
    """Somebody with a session in a meeting."""

    identity: Identity
    user: str
    session: str


@dataclass(frozen=True)
class Pair:
    """Two people in a meeting of their own; the first has offered to the second."""

    meeting: str
    sender: Person
    reader: Person


def generous_settings() -> Settings:
    """Return settings under which no rate, cap or age is in the way of what is measured."""
    return Settings(
        notes=NoteSettings(burst=UNLIMITED),
        signals=SignalSettings(ttl_seconds=UNLIMITED, queue_cap=UNLIMITED, burst=UNLIMITED, per_second=UNLIMITED),
        meetings=MeetingSettings(
            mesh_participants=UNLIMITED,
            scheduled_per_member=UNLIMITED,
            create_burst=UNLIMITED,
            invite_burst=UNLIMITED,
            unanswered_invitations=UNLIMITED,
        ),
    )


def database(folder: Path) -> Path:
    """Return the database file of a server on a folder."""
    return folder / DATABASE_FILE


@asynccontextmanager
async def backend(folder: Path, url: str | None = None) -> AsyncIterator[Runtime]:
    """Yield a runtime on the database in `folder`, or on the one at an address. No periodic jobs run."""
    settings = replace(generous_settings(), server=ServerSettings(data=folder), database=DatabaseSettings(url=url))
    engine = create_engine(settings)
    runtime = Runtime(REGISTRY, engine, settings)
    await engine.open()
    await runtime.start(run_jobs=False)
    try:
        yield runtime
    finally:
        await runtime.stop()
        await engine.close()


async def call(runtime: Runtime, path: str, person: Identity, **args: Any) -> Any:
    """Return the value of a call. Raises RuntimeError when it is refused."""
    outcome = await runtime.run(CallRequest(path, args, person, None, "bench"))
    if outcome.error is not None:
        raise RuntimeError(f"{path}: {outcome.error.message}")
    return outcome.value


async def make_pairs(runtime: Runtime, count: int) -> list[Pair]:
    """Return pairs of people who are connected as far as a server can see."""
    return [await _pair(runtime, number) for number in range(count)]


async def make_halls(runtime: Runtime, halls: int, size: int, people: int) -> list[tuple[str, Identity]]:
    """Return the places in so many running meetings of so many members each, as meeting and member.

    The members are `people` by turns.
    """
    members = await asyncio.gather(*(_sign_up(runtime, f"member{number}") for number in range(people)))
    return [
        place
        for hall in range(halls)
        for place in await _hall(runtime, [members[(hall * size + number) % people] for number in range(size)])
    ]


def candidate(number: int, fragment: str = FRAGMENT) -> dict[str, Any]:
    """Return an ICE candidate as browsers send them, about 200 bytes on the wire."""
    return {
        "candidate": f"candidate:{number} 1 udp 2113937151 192.0.2.{number % 250} {20_000 + number % 40_000} typ host "
        f"generation 0 ufrag {fragment} network-cost 999",
        "sdpMid": "0",
        "sdpMLineIndex": 0,
        "usernameFragment": fragment,
    }


def description(kind: str, fragment: str = FRAGMENT) -> dict[str, Any]:
    """Return an offer or an answer."""
    codecs = "".join(
        f"a=rtpmap:{96 + number} codec{number}/90000\r\na=rtcp-fb:{96 + number} nack pli\r\n"
        for number in range(CODECS)
    )
    sdp = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\n"
        f"a=ice-ufrag:{fragment}\r\n{codecs}"
    )
    return {"type": kind, "sdp": sdp}


async def send_candidate(runtime: Runtime, pair: Pair, number: int) -> None:
    """Send one candidate from the pair's sender to its reader."""
    await call(
        runtime,
        f"{SIGNALING}:exchangeICECandidate",
        pair.sender.identity,
        meetingId=pair.meeting,
        sessionId=pair.sender.session,
        targetUserId=pair.reader.user,
        candidate=candidate(number),
    )


async def pending(runtime: Runtime, pair: Pair) -> list[dict[str, Any]]:
    """Return what waits for the pair's reader, one page."""
    found: list[dict[str, Any]] = await call(
        runtime, f"{SIGNALING}:getPendingSignals", pair.reader.identity, meetingId=pair.meeting
    )
    return found


async def acknowledge(runtime: Runtime, pair: Pair) -> None:
    """Empty the reader's queue."""
    while found := await pending(runtime, pair):
        ids = [signal["_id"] for signal in found]
        await call(runtime, f"{SIGNALING}:markSignalsProcessed", pair.reader.identity, signalIds=ids)


async def _pair(runtime: Runtime, number: int) -> Pair:
    host, host_id = await _sign_up(runtime, f"host{number}")
    guest, guest_id = await _sign_up(runtime, f"guest{number}")
    created = await call(runtime, f"{LIFECYCLE}:createMeeting", host, title=f"Meeting {number}")
    meeting = created["meetingId"]
    await call(runtime, f"{LIFECYCLE}:addParticipant", host, meetingId=meeting, userId=guest_id, role="participant")
    await call(runtime, f"{LIFECYCLE}:startMeeting", host, meetingId=meeting)
    people = []
    for identity, user in ((host, host_id), (guest, guest_id)):
        person = Person(identity, user, f"session-{identity.subject}")
        await call(runtime, f"{LIFECYCLE}:joinMeeting", identity, meetingId=meeting)
        await call(runtime, f"{SIGNALING}:createWebRTCSession", identity, meetingId=meeting, sessionId=person.session)
        people.append(person)
    pair = Pair(meeting, *people)
    await call(
        runtime,
        f"{SIGNALING}:exchangeSessionDescription",
        host,
        meetingId=meeting,
        sessionId=pair.sender.session,
        targetUserId=guest_id,
        description=description("offer"),
    )
    return pair


async def _hall(runtime: Runtime, members: list[tuple[Identity, str]]) -> list[tuple[str, Identity]]:
    (host, _), *guests = members
    created = await call(runtime, f"{LIFECYCLE}:createMeeting", host, title="Hall", maxParticipants=len(members))
    meeting = created["meetingId"]
    added = [{"userId": user, "role": "participant"} for _, user in guests]
    await call(runtime, f"{LIFECYCLE}:addMultipleParticipants", host, meetingId=meeting, participants=added)
    await call(runtime, f"{LIFECYCLE}:startMeeting", host, meetingId=meeting)
    return [(meeting, member) for member, _ in members]


async def _sign_up(runtime: Runtime, subject: str) -> tuple[Identity, str]:
    identity = Identity(
        issuer=ISSUER,
        subject=subject,
        email=f"{subject}@example.org",
        name=subject,
        expires_at=time.time() * 1000.0 + LIFETIME_MS,
    )
    user: str = await call(
        runtime, "users/mutations:upsertUser", identity, workosUserId=subject, email=f"{subject}@example.org"
    )
    return identity, user
