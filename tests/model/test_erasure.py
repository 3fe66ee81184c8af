"""Erasing a person: what tables declare as theirs goes, what is others', too, stays, and keeps somebody to point to."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from connvo.maintenance.erasure import Report, erase
from connvo.maintenance.errors import NoMatch
from connvo.model import erasure
from connvo.model.erased import KEPT_MS
from connvo.schema.audit import AuditLog
from connvo.schema.erased import ErasedSubject
from connvo.schema.invitations import Invitation
from connvo.schema.meetings import Meeting, Participant
from connvo.schema.users import User, UserId
from connvo.store.schema import tables
from connvo.store.snapshot import Snapshot
from tests.support.backend import Backend, Caller
from tests.support.people import FORM, audit_rows, chosen, claiming, seed_catalogue, usage
from tests.support.store import ENGINES

OFFER = {"type": "offer", "sdp": "v=0"}


def erased(backend: Backend, who: str) -> Report:
    report: Report = backend.run(erase(backend.runtime, who))
    return report


def owned(backend: Backend, user_id: str) -> dict[str, int]:
    """Return how many documents of each table have a person as their owner."""

    def work(db: Snapshot) -> dict[str, int]:
        found: dict[str, int] = {}
        for table in tables():
            for document in db.scan(table.document, "by_creation"):
                if table.policy.owner is not None and getattr(document, table.policy.owner) == user_id:
                    found[table.name] = found.get(table.name, 0) + 1
        return found

    return backend.read(work)


def everything(backend: Backend) -> bytes:
    """Return the whole database as JSON."""
    return backend.read(lambda db: msgspec.json.encode([db.scan(table.document, "by_creation") for table in tables()]))


def meeting_of(host: Caller, *guests: Caller, **more: Any) -> str:
    """Return a running meeting in which everybody has a session."""
    meeting: str = host.call("meetings/lifecycle:createMeeting", title="Secret plans", **more)["meetingId"]
    for guest in guests:
        host.call("meetings/lifecycle:addParticipant", meetingId=meeting, userId=guest.user_id, role="participant")
    host.call("meetings/lifecycle:startMeeting", meetingId=meeting)
    for person in (host, *guests):
        person.call("meetings/lifecycle:joinMeeting", meetingId=meeting)
        person.call("meetings/webrtc/signaling:createWebRTCSession", meetingId=meeting, sessionId=person.user_id)
    return meeting


def test_nothing_that_was_theirs_alone_is_left(backend: Backend) -> None:
    seed_catalogue(backend)
    ada = backend.sign_in("ada", email="ada@example.org")
    ada.call("users/mutations:saveOnboarding", **{**FORM, "interests": [chosen("writing")]}, idempotencyKey="one")
    ada.call("settings/mutations:updateSettings", pushNotifications=False)
    ada.call("meetings/lifecycle:endMeeting", meetingId=meeting_of(ada))
    used = usage(backend)
    report = erased(backend, "Ada@example.org")
    assert report.user_id == ada.user_id
    assert {"profiles", "userInterests", "userSettings", "meetings"} <= set(report.tables)
    assert set(owned(backend, ada.user_id)) == {"users", "auditLogs"}
    for trace in (b"ada@", b'"ada"', b"|ada", b"Ada", b"Secret plans", b"Analyst"):
        assert trace not in everything(backend), trace
    assert sum(used.values()) - sum(usage(backend).values()) == 1


def test_shared_documents_of_an_erased_user_stay(backend: Backend) -> None:
    ada, bob = backend.sign_in("ada"), backend.sign_in("bob")
    over = meeting_of(ada, bob)
    ada.call("meetings/lifecycle:endMeeting", meetingId=over)
    running = meeting_of(ada, bob)
    ada.call(
        "meetings/webrtc/signaling:exchangeSessionDescription",
        meetingId=running, sessionId=ada.user_id, description=OFFER, targetUserId=bob.user_id,
    )  # fmt: skip
    report = erased(backend, ada.user_id)
    assert report.tables["meetings"].kept == 1
    assert bob.call("meetings/queries:getMeeting", meetingId=over)["state"] == "concluded"
    assert bob.call("meetings/queries:getMeeting", meetingId=running)["userRole"] == "host"
    assert bob.call("meetings/webrtc/signaling:getPendingSignals", meetingId=running) == []

    def counts(db: Snapshot) -> list[tuple[int, int]]:
        found = db.scan(Meeting, "by_creation")
        return [(one.participant_count, len(db.scan(Participant, "by_meeting", one.id))) for one in found]

    assert backend.read(counts) == [(1, 1), (1, 1)]


def test_the_account_is_nobodys_and_cannot_be_used(backend: Backend) -> None:
    ada, bob = backend.sign_in("ada"), backend.sign_in("bob")
    meeting_of(bob, ada)
    erased(backend, ada.user_id)
    ada.fails("users/mutations:updateLastSeen", code="UNAUTHORIZED")
    again = sign_up(backend, issued_at=backend.now_ms)
    assert again != ada.user_id
    left = backend.read(lambda db: db.get(User, ada.user_id))
    assert left is not None
    assert (left.display_name, left.email, left.workos_user_id, left.is_active) == ("Deleted user", "", "", False)


SIGN_UP = {"path": "users/mutations:upsertUser", "workosUserId": "ada", "email": "ada@example.org"}


def sign_up(backend: Backend, **claims: Any) -> str:
    """Return the account that a token makes."""
    made: str = claiming(backend.sign_in("ada", provision=False), **claims).call(**SIGN_UP)
    return made


@pytest.mark.parametrize("engine", ENGINES)
def test_a_token_of_before_makes_no_new_account_and_a_fresh_one_does(
    engine: str, make_backend: Callable[..., Backend]
) -> None:
    backend = make_backend(ENGINES[engine])
    ada, before = backend.sign_in("ada"), backend.now_ms
    backend.advance(10)
    erased(backend, ada.user_id)
    stolen = claiming(backend.sign_in("ada", provision=False), issued_at=before)
    for token in (stolen, claiming(stolen, issued_at=0.0), claiming(stolen, session="another", token="x")):
        assert token.fails(**SIGN_UP, code="UNAUTHORIZED").metadata == {"reason": "session_ended"}
    backend.sign_in("bob")
    backend.advance(1)
    again = sign_up(backend, issued_at=backend.now_ms)
    stolen.fails("users/queries:getCurrentUser", code="UNAUTHORIZED")
    backend.advance(1)
    erased(backend, again)
    claiming(stolen, issued_at=backend.now_ms - 1500).fails(**SIGN_UP, code="UNAUTHORIZED")
    [row] = backend.read(lambda db: db.scan(ErasedSubject, "by_creation"))
    assert re.search(rb"\bada\b", msgspec.json.encode(row)) is None, "a digest may hold these letters by chance"
    assert row.erased_at <= backend.now_ms


def test_refusals_of_erased_subjects_go_when_their_tokens_have_expired_and_the_key_is_one(backend: Backend) -> None:
    for name in ("ada", "bob"):
        erased(backend, backend.sign_in(name).user_id)
    rows = backend.read(lambda db: db.scan(ErasedSubject, "by_creation"))
    assert len({row.key for row in rows}) == 1
    assert len({row.digest for row in rows}) == 2
    backend.advance(KEPT_MS / 1000 + 86_400)
    assert backend.read(lambda db: db.scan(ErasedSubject, "by_creation")) == []


def test_the_audit_trail_stays_and_tells_of_it(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    before = len(backend.read(lambda db: db.scan(AuditLog, "by_creation")))
    report = erased(backend, ada.user_id)
    [row] = audit_rows(backend, "user.erase")
    assert (row.actor_user_id, row.resource_id) == (None, ada.user_id)
    assert row.metadata["deleted"] == sum(one.deleted for one in report.tables.values())
    assert len(backend.read(lambda db: db.scan(AuditLog, "by_creation"))) >= before + 1


def test_invitations_to_their_address_go(backend: Backend) -> None:
    bob, ada = backend.sign_in("bob"), backend.sign_in("ada", email="ada@example.org")
    wanted = invitation(bob)
    backend.run(backend.engine.write(lambda db: db.insert(wanted)))
    erased(backend, ada.user_id)
    assert backend.read(lambda db: db.scan(Invitation, "by_creation")) == []


def invitation(host: Caller) -> Invitation:
    meeting = host.call("meetings/lifecycle:createMeeting", title="Stand-up")["meetingId"]
    return Invitation(meeting_id=meeting, email="ada@example.org", invited_by=UserId(host.user_id), created_at=0)


def test_it_goes_on_where_it_was_interrupted(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure, "BATCH", 2)
    ada = backend.sign_in("ada")
    for _ in range(5):
        ada.call("meetings/lifecycle:endMeeting", meetingId=meeting_of(ada))

    def interrupt(table: str) -> None:
        if table == "userSettings":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backend.run(erase(backend.runtime, ada.user_id, interrupt))
    erased(backend, ada.user_id)
    assert set(owned(backend, ada.user_id)) == {"users", "auditLogs"}


def test_nobody_is_erased_by_mistake(backend: Backend) -> None:
    backend.sign_in("ada", email="same@example.org")
    backend.sign_in("bob", email="same@example.org")
    before = everything(backend)
    for who, reason in (("nobody@example.org", "no account"), ("same@example.org", "2 accounts"), ("", "no account")):
        with pytest.raises(NoMatch, match=reason):
            erased(backend, who)
    assert everything(backend) == before


def test_twice_is_told(backend: Backend) -> None:
    ada = backend.sign_in("ada")
    erased(backend, ada.user_id)
    with pytest.raises(NoMatch, match="no account"):
        erased(backend, ada.user_id)


def test_every_table_of_a_meeting_can_be_found_by_it() -> None:
    for table in tables():
        if "meeting_id" in table.document.__struct_fields__:
            assert any(columns[:1] == ("meeting_id",) for columns in table.indexes.values()), table.name
