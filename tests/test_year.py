"""A year of use: what grows with meetings grows, and nothing else does."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from connvo.model.webhooks import receive_event
from connvo.providers.rooms.getstream_events import StreamEvent
from connvo.rules.breaker import Breaker
from connvo.rules.insights.report import Report
from connvo.rules.matching.scoring import Weights
from connvo.runtime.jobs.tables import Job
from connvo.runtime.request_dedup import Request
from connvo.schema.ai import AiHealth, AiUsage
from connvo.schema.audit import AuditSource
from connvo.schema.embeddings import EmbeddingHealth, EmbeddingUsage
from connvo.schema.erased import ErasedSubject
from connvo.schema.insights import Insight, InsightStep, ItemRating, MeetingReport, Recommendation
from connvo.schema.matching import MatchingWeights
from connvo.schema.meetings import MeetingId
from connvo.schema.monitoring import CustomMetric, SloAlert
from connvo.schema.notes import NoteClient, NotePack
from connvo.schema.prompts import PromptAsk
from connvo.schema.provider_health import ProviderHealth
from connvo.schema.recordings import MeetingRecording
from connvo.schema.rooms import RoomPlacement
from connvo.schema.subscriptions import Subscription
from connvo.schema.users import UserId
from connvo.settings import RetentionSettings, StoreSettings
from connvo.store.log_retention import TRIM_EVERY_COMMITS
from connvo.store.schema import tables
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction

from .support.backend import Backend
from .support.call import HOST, Call
from .support.matching import ANSWER, CURRENT, CYCLE, Pool
from .support.people import FORM, chosen, seed_catalogue

MONTHS = 13
DAY = 24 * 3600.0
HOUR = 3600.0
# A month each, so that a year shows that they are bounded.
RETENTION = RetentionSettings(
    audit_days=28,
    timeline_days=28,
    report_days=28,
    transcript_days=28,
    segment_days=28,
    insight_days=28,
    match_days=90,
    rated_prompt_days=28,
    metrics_days=31,
)
SETTLED = 7

WITH_PEOPLE = {"users", "profiles", "userInterests", "userSettings"}
WITH_MEETINGS = {
    "meetings", "meetingParticipants", "meetingState", "videoRooms", "chatMessages", "meetingRecordings", "attendances",
    "meetingNotes", "noteOps", "noteClients", "noteSnapshots", "noteRevisions", "noteRollbacks", "noteLocks",
    "transcriptionSessions", "transcriptTotals", "speechConsents", "feeds", "removals",
    "insightRuns", "embeddings", "searchPassages",
}  # fmt: skip
WITH_THE_PROGRAM = {
    "interests",
    "crons",
    "providerHealth",
    "aiHealth",
    "embeddingHealth",
    "matchingCycles",
    "matchingWeights",
    "sloAlerts",
}
LOG = "_log"
OURS = "connvo."
SAMPLE = {"bitrate": 1_000_000, "packetLoss": 0, "latency": 20, "jitter": 2}


def sizes(backend: Backend) -> dict[str, int]:
    """Return how many rows each table has, the commit log among them."""

    def work(db: Snapshot) -> dict[str, int]:
        names = [LOG, *(one.name for one in tables() if one.document.__module__.startswith(OURS))]
        return {name: db.rows.all(f'SELECT count(*) FROM "{name}"', ())[0][0] for name in names}

    return backend.read(work)


def held(backend: Backend, number: int) -> Call:
    """Return the meeting of a month, in which everything happened that leaves a trace."""
    call = Call(backend)
    for person in (call.host, call.guest):
        person.call(
            "users/mutations:saveOnboarding",
            **FORM | {"interests": [chosen("writing")]},
            idempotencyKey=f"month {number}",
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
    write_notes(call)
    speak(call)
    report(call)
    rate_an_idea(call)
    meet(call)
    outside(call, number)
    return call


def write_notes(call: Call) -> None:
    """Write, go back, lock, park an operation and a checkpoint, and leave a cursor and packed operations."""
    operation = {"type": "insert", "position": 0, "content": "Agenda"}
    for known in range(2):
        call.run(call.host, "notes/mutations:applyNoteOperation", operation=operation, clientSequence=known)
    call.run(call.host, "notes/mutations:rollbackToSequence", targetSequence=1)
    call.run(call.host, "notes/sync:setLocked", locked=True)
    call.run(call.host, "notes/presence:setCursor", clientId="desk", sequence=1, anchor=0, head=0)
    parked = operation | {"id": "1", "authorId": call.host.user_id, "timestamp": 0, "sequence": 1, "clientId": "desk"}
    parked |= {"queuedAt": 0, "attempts": 0, "status": "pending"}
    call.run(call.host, "notes/offline:queueOfflineOperations", clientId="desk", operations=[parked])
    data = {"sequence": 1, "version": 1, "contentHash": "x", "timestamp": 0}
    call.run(call.host, "notes/offline:createOfflineCheckpoint", clientId="desk", checkpointData=data)

    def pack(db: Transaction) -> None:
        meeting = MeetingId(call.meeting_id)
        db.insert(NotePack(meeting_id=meeting, first=1, last=1, data=""))
        user = UserId(call.host.user_id)
        db.insert(NoteClient(meeting_id=meeting, user_id=user, client_id="old", number=1, sequence=1, version=1))

    call.backend.run(call.backend.engine.write(pack))


def speak(call: Call) -> None:
    """Agree to a transcript, and say something: words that are kept, and words that are shown only."""
    call.run(call.host, "transcripts/session:start", mode="transcript")
    call.run(call.guest, "transcripts/session:answer", allowed=True)
    now = call.backend.now_ms
    words = {"text": "Good morning", "confidence": 1, "startTime": now - 2000, "endTime": now - 1000}
    call.run(call.guest, "transcripts/ingestion:ingestTranscriptChunk", **words)
    words |= {"startTime": now - 900, "endTime": now - 100, "isInterim": True}
    call.run(call.guest, "transcripts/ingestion:ingestTranscriptChunk", **words)


def report(call: Call) -> None:
    """Stores what came of a meeting: a step, a report with a vote, and insights with a recommendation."""
    meeting, user = MeetingId(call.meeting_id), UserId(call.guest.user_id)

    def work(db: Transaction) -> None:
        db.insert(InsightStep(meeting_id=meeting, revision=1, key="rules", state="done", due_at=db.now))
        db.insert(MeetingReport(meeting_id=meeting, revision=1, report=Report(), created_at=db.now, updated_at=db.now))
        db.insert(
            ItemRating(
                meeting_id=meeting, user_id=user, item_id="x", kind="topic", source="rules", vote="up", at=db.now
            )
        )
        insight = db.insert(Insight(meeting_id=meeting, user_id=user, revision=1, created_at=db.now))
        db.insert(
            Recommendation(
                insight_id=insight.id, meeting_id=meeting, user_id=user, type="follow-up", connects=True,
                content="x", confidence=0.5, created_at=db.now,
            )
        )  # fmt: skip

    call.backend.run(call.backend.engine.write(work))


def rate_an_idea(call: Call) -> None:
    """Has ideas made of what both are interested in, and rates one."""
    made = call.run(call.host, "prompts/actions:generatePreCallIdeas")
    call.guest.call("prompts/mutations:updatePromptFeedback", promptId=made["promptIds"][0], feedback="used")


def meet(call: Call) -> None:
    """Have two users enter the queue, proposed to each other, and one decline; the weights are learned once."""
    operator = call.backend.sign_in("operator", operator=True, provision=False)
    people = [call.backend.sign_in(f"seeker-{name}") for name in ("one", "two")]
    for person in people:
        Pool(call.backend).enter(person)
    if operator.call(CYCLE)["totalMatches"]:
        people[0].call(ANSWER, matchId=people[0].call(CURRENT)["matchId"], outcome="declined")

    def work(db: Transaction) -> None:
        if db.first(MatchingWeights, "by_version") is None:
            db.insert(MatchingWeights(version=1, weights=Weights(), sample_size=0, improvement=0, created_at=db.now))

    call.backend.run(call.backend.engine.write(work))


def consent(call: Call, meeting_id: str) -> None:
    """Invite, decline, block, report, and wait at a door."""
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
    """Have the host's socket come or go."""
    presence = call.backend.runtime.presence
    (presence.hold if here else presence.release)([(call.meeting_id, call.host.user_id)])
    await presence.settle()


def outside(call: Call, number: int) -> None:
    """Do what reaches the server from elsewhere: sockets, webhooks, providers and jobs that fail."""
    backend, runtime = call.backend, call.backend.runtime
    request = Request.of(f"month {number}", 0, call.host.identity)
    path = "users/mutations:updateLastSeen"

    async def ask() -> None:
        begun = runtime.begin(path, msgspec.Raw(b"{}"), call.host.identity, request, lambda text, path: {})
        assert (await begun.outcome(lambda: "test")).error is None

    backend.run(ask())
    backend.run(sockets(call, here=True))
    event = StreamEvent(type="call.updated", at=backend.now_ms)
    expires_at = backend.now_ms + HOUR * 1e3
    backend.run(runtime.call(receive_event, event=event, digest=f"month {number}", expires_at=expires_at))

    def work(db: Transaction) -> None:
        db.insert(Job(path="nobody:knowsThis", arguments="{}", run_at=db.now))
        db.insert(RoomPlacement(meeting_id=MeetingId(call.meeting_id), state="ready", since=db.now))
        if db.first(ProviderHealth, "by_provider", "janus") is None:
            db.insert(ProviderHealth(provider="janus", breaker=Breaker(), reason="unreachable"))
            db.insert(EmbeddingHealth(server="m at http://127.0.0.1:9/v1", breaker=Breaker(), reason="slow"))
            db.insert(AiHealth(server="m at http://127.0.0.1:9/v1", breaker=Breaker(), reason="slow"))
            db.insert(SloAlert(objective="availability", status="warning", rate=1, since=db.now))
        db.insert(metric(float(number)))
        user = UserId(call.host.user_id)
        db.insert(
            Subscription(
                user_id=user, subscription_id=f"{number}", resource_type="meetingNotes",
                resource_id=call.meeting_id, established_at=db.now, valid_until=db.now + 1,
            )
        )  # fmt: skip
        db.insert(EmbeddingUsage(day=datetime.fromtimestamp(db.now / 1e3, UTC).date().isoformat(), texts=1))
        db.insert(AuditSource(address="192.0.2.1", day=number, salt="s", digest=f"{number}"))
        db.insert(AiUsage(scope="meeting", key=call.meeting_id, tokens_in=9, updated_at=db.now))
        db.insert(PromptAsk(meeting_id=MeetingId(call.meeting_id), type="incall", state="done", due_at=db.now))
        db.insert(recording(MeetingId(call.meeting_id), db.now))
        # Kept for longer than a year otherwise.
        db.insert(ErasedSubject(key="k", digest=f"{number}", erased_at=db.now, expires_at=db.now + 28 * DAY * 1e3))

    backend.run(backend.engine.write(work))
    backend.run(runtime.measurements.write())


def metric(day: float) -> CustomMetric:
    """Return a value of a metric that a caller recorded."""
    return CustomMetric(day=day, name="x", series="{}", tags={}, count=1, total=1, least=1, most=1, last=1, last_at=0)


def recording(meeting_id: MeetingId, now: float) -> MeetingRecording:
    """Return a recording that is over."""
    return MeetingRecording(
        meeting_id=meeting_id, provider="janus", room_id="r", state="ready", live=False, over=True,
        since=now, due_at=now, requested_at=now,
    )  # fmt: skip


def test_tables_that_do_not_grow_with_meetings_stay_as_they_are(make_backend: Callable[..., Backend]) -> None:
    backend = make_backend(retention=RETENTION, store=StoreSettings(log_retention_seconds=DAY))
    seed_catalogue(backend)
    seen: list[dict[str, int]] = []
    filled: set[str] = set()
    for number in range(MONTHS):
        call = held(backend, number)
        backend.run(backend.runtime.settle())
        filled |= {name for name, size in sizes(backend).items() if size}
        backend.run(sockets(call, here=False))
        for days in (0.25, 1, 26.75):
            backend.advance(days * DAY)
        seen.append(sizes(backend))
    assert max(one.pop(LOG) for one in seen) < 2 * TRIM_EVERY_COMMITS
    grown = WITH_PEOPLE | WITH_MEETINGS | WITH_THE_PROGRAM
    assert filled - {LOG} == set(seen[-1]), "every table has to be in use, or its bound shows nothing"
    settled = {name: max(one[name] for one in seen[:SETTLED]) for name in seen[-1]}
    later = {name: max(one[name] for one in seen[SETTLED:]) for name in seen[-1]}
    assert {name: size for name, size in later.items() if size > settled[name] and name not in grown} == {}
    assert {name for name in WITH_MEETINGS if later[name] < MONTHS} == set()
    assert {name for name in WITH_PEOPLE | WITH_THE_PROGRAM if later[name] > settled[name]} == set()
