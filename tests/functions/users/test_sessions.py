"""Sign-ins: seen by their person alone, ended one by one or all, and refused from that commit on."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.kernel.ids import encode_id
from connvo.maintenance.erasure import erase
from connvo.model import auth_sessions
from connvo.model.users.sessions import end_all_sessions_of, note_caller, standing_of_caller
from connvo.schema.auth_sessions import AuthSession
from connvo.schema.users import User
from connvo.store.schema import table_of
from tests.support.backend import Backend, Caller
from tests.support.people import audit_rows, claiming
from tests.support.store import ENGINES

LIST, DESCRIBE = "users/sessions:listMine", "users/sessions:describeSession"
END, END_OTHERS = "users/sessions:endSession", "users/sessions:endOtherSessions"
ME = "users/queries:getCurrentUser"
HOUR_MS = 3_600_000.0
DAY = 86_400.0
UNKNOWN = encode_id(table_of(AuthSession).number, bytes(16))


def at(caller: Caller, session: str, **claims: Any) -> Caller:
    """Return the same person with a token of another sign-in, issued now."""
    backend = caller.backend
    given = {"token": f"token of {session}", "issued_at": backend.now_ms, "expires_at": backend.now_ms + HOUR_MS}
    return claiming(caller, session=session, **{**given, **claims})


def signed_in(caller: Caller, session: str, browser: str = "firefox", **claims: Any) -> Caller:
    """Return the same person, signed in in a browser."""
    other = at(caller, session, **claims)
    other.call(DESCRIBE, browser=browser, system="linux")
    return other


def ended(caller: Caller) -> bool:
    """Return whether a caller is refused because the sign-in was ended."""
    standing = caller.backend.run(caller.backend.runtime.call(standing_of_caller, caller.identity))
    if standing == "ended":
        assert caller.fails(ME, code="UNAUTHORIZED").metadata == {"reason": "session_ended"}
    else:
        assert caller.call(ME)["_id"] == caller.user_id
    return bool(standing == "ended")


@pytest.fixture(params=ENGINES)
def backend(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Backend:
    """A backend on each kind of database."""
    return make_backend(ENGINES[request.param])


@pytest.fixture
def ada(backend: Backend) -> Caller:
    """Somebody with a sign-in at a laptop."""
    return signed_in(backend.sign_in("ada", provision=True), "laptop")


def test_people_see_their_sign_ins_and_which_one_asks(backend: Backend, ada: Caller) -> None:
    backend.advance(3 * HOUR_MS / 1000)
    phone = signed_in(ada, "phone", "safari")
    program = at(ada, "program")
    backend.run(backend.runtime.call(note_caller, program.identity))
    signed_in(backend.sign_in("bob"), "bobs")
    rows = phone.call(LIST)
    assert [(row["current"], row.get("browser"), row.get("system")) for row in rows[:2]] == [
        (True, "safari", "linux"),
        (False, None, None),
    ]
    assert {row.get("browser") for row in rows} == {"safari", "firefox", None}
    assert all(row["lastSeenAt"] % HOUR_MS == 0 for row in rows), "to the hour, and no closer"
    assert not any(row["shared"] for row in rows)
    assert set(rows[0]) <= {"_id", "current", "shared", "browser", "system", "createdAt", "lastSeenAt"}


def test_an_ended_sign_in_is_refused_and_so_is_one_renewed_from_it(backend: Backend, ada: Caller) -> None:
    phone = signed_in(ada, "phone")
    [row] = [row for row in ada.call(LIST) if not row["current"] and not row["shared"]]
    assert ada.call(END, sessionId=row["_id"]) is None
    assert (ended(phone), ended(ada)) == (True, False)
    phone.fails("users/mutations:upsertUser", code="UNAUTHORIZED", workosUserId="ada", email="ada@example.org")
    backend.run(backend.runtime.call(note_caller, phone.identity))
    assert row["_id"] not in {one["_id"] for one in ada.call(LIST)}, "it does not come back by being seen"
    backend.advance(3 * DAY)
    assert ended(at(phone, "phone")), "a renewed token belongs to the same sign-in"
    assert not ended(at(phone, "another"))
    assert len(audit_rows(backend, "session.end")) == 1


def test_signing_out_ends_the_sign_in_of_the_caller(ada: Caller) -> None:
    phone = signed_in(ada, "phone")
    phone.call(END)
    assert (ended(phone), ended(ada)) == (True, False)


def test_a_user_that_proves_their_identity_again_keeps_the_name_of_the_sign_in(backend: Backend, ada: Caller) -> None:
    phone = signed_in(ada, "phone", authenticated_at=backend.now_ms)
    phone.call(END)
    backend.advance(60)
    assert ended(at(phone, "phone", authenticated_at=phone.identity.authenticated_at if phone.identity else 0))
    assert not ended(at(phone, "phone", authenticated_at=backend.now_ms))


def test_the_others_are_ended_those_never_seen_as_well(backend: Backend, ada: Caller) -> None:
    phone, stolen = signed_in(ada, "phone"), at(ada, "never seen")
    assert ada.call(END_OTHERS) == 2
    assert (ended(ada), ended(phone), ended(stolen)) == (False, True, True)
    assert [row["current"] for row in ada.call(LIST)] == [True]
    backend.advance(5)
    assert ended(at(phone, "phone")), "what is renewed from it too"
    assert not ended(at(ada, "a new one"))
    assert not ended(at(ada, "laptop"))
    newer = signed_in(ada, "a new one")
    newer.call(END_OTHERS)
    assert (ended(ada), ended(newer)) == (True, False), "the one that was kept before is ended by the next"


def test_where_a_provider_names_no_sign_ins_they_end_together_and_sign_out_alone(backend: Backend, ada: Caller) -> None:
    desk, sofa = at(ada, "", token="desk"), at(ada, "", token="sofa")
    desk.call(END)
    assert (ended(desk), ended(sofa)) == (True, False)
    [shared] = [row for row in sofa.call(LIST) if row["shared"]]
    ada.call(END, sessionId=shared["_id"])
    assert (ended(sofa), ended(ada)) == (True, False)
    backend.advance(5)
    assert not ended(at(ada, "", token="a later sign-in"))


def test_nobody_ends_or_sees_the_sign_ins_of_others(backend: Backend, ada: Caller) -> None:
    eve = signed_in(backend.sign_in("eve", org_id="org_1", org_role="admin"), "eves")
    [row] = [row for row in ada.call(LIST) if row["current"]]
    unknown = eve.fails(END, code="NOT_FOUND", sessionId=UNKNOWN)
    foreign = eve.fails(END, code="NOT_FOUND", sessionId=row["_id"])
    assert foreign.message.replace(row["_id"], UNKNOWN) == unknown.message
    eve.fails(END, code="VALIDATION_ERROR", sessionId=ada.user_id)
    eve.fails(DESCRIBE, code="VALIDATION_ERROR", browser="<script>", system="linux")
    assert row["_id"] not in {one["_id"] for one in eve.call(LIST)}
    assert not ended(ada)


def test_an_operator_ends_all_and_an_erasure_leaves_none(backend: Backend, ada: Caller) -> None:
    assert backend.run(backend.runtime.call(end_all_sessions_of, user_id=ada.user_id)) == 2
    assert ended(ada)
    backend.advance(1)
    again = signed_in(ada, "again")
    again.call(END_OTHERS)
    backend.run(erase(backend.runtime, ada.user_id))

    def look(db: Any) -> tuple[int, User]:
        return len(db.scan(AuthSession, "by_creation")), db.get(User, ada.user_id)

    rows, user = backend.read(look)
    assert (rows, user.ended_sessions, user.tokens_after, user.kept_session) == (0, (), None, None)


def test_a_sign_in_without_recent_use_is_forgotten(backend: Backend, ada: Caller) -> None:
    program = at(ada, "program")
    backend.run(backend.runtime.call(note_caller, program.identity))
    backend.advance(DAY)
    assert {row.get("browser") for row in at(ada, "laptop").call(LIST)} == {"firefox"}, "a program's token has expired"
    backend.advance(backend.settings.identity.session_days * DAY)
    assert backend.read(lambda db: db.scan(AuthSession, "by_creation")) == []


def test_an_account_remembers_a_bounded_number(backend: Backend, ada: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth_sessions, "MAX_SESSIONS", 3)
    monkeypatch.setattr(auth_sessions, "MAX_ENDED", 2)
    for number in range(4):
        signed_in(ada, f"phone {number}")
    assert len(ada.call(LIST)) == 3
    for number in range(4):
        at(ada, f"phone {number}").call(END)
    user = backend.read(lambda db: db.get(User, ada.user_id))
    assert user is not None and len(user.ended_sessions) == 2
    assert ended(at(ada, "phone 3"))


def test_of_sign_ins_seen_in_the_same_hour_the_oldest_gives_way(
    backend: Backend, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth_sessions, "MAX_SESSIONS", 4)
    names = ["zeta", "beta", "delta", "alpha", "epsilon", "gamma"]
    for name in names:
        signed_in(ada, name)
    rows = backend.read(lambda db: db.scan(AuthSession, "by_creation"))
    assert [row.session for row in rows] == names[-4:]
    backend.advance(HOUR_MS / 1000)
    signed_in(ada, "epsilon")
    signed_in(ada, "omega")
    rows = backend.read(lambda db: db.scan(AuthSession, "by_creation"))
    assert [row.session for row in rows] == ["alpha", "epsilon", "gamma", "omega"]
    listed = at(ada, "alpha").call(LIST)
    assert [row["_id"] for row in listed] == [rows[place].id for place in (0, 3, 1, 2)]


def test_an_ended_sign_in_stays_ended_however_many_are_ended_after_it(
    backend: Backend, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth_sessions, "MAX_ENDED", 3)
    stolen = signed_in(ada, "stolen")
    stolen.call(END)
    for number in range(4):
        backend.advance(1)
        signed_in(ada, f"sign-in {number}").call(END)
    assert ended(stolen)
    backend.advance(1)
    assert not ended(signed_in(ada, "a new one"))
