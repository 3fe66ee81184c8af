"""The servers a device may use: whose credentials they are, until when, and who gets none."""

from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from connvo.runtime.outcome import Outcome
from connvo.runtime.request_dedup import Request
from connvo.settings import IceSettings
from tests.support.backend import REGISTRY, Backend, Caller
from tests.support.call import GUEST, TURN, Call
from tests.support.postgres import database_of
from tests.support.scene import Scene
from tests.support.store import ENGINES

GET = f"{TURN}:getICEServers"
STUN_URL, TURN_URL = "stun:stun.example.org:3478", "turn:turn.example.org:3478"
TTL_SECONDS = 600
ICE = IceSettings(stun_urls=STUN_URL, turn_urls=TURN_URL, turn_secret="a shared secret", turn_ttl_seconds=TTL_SECONDS)


@pytest.fixture
def relayed(make_call: Callable[..., Call]) -> Call:
    """A running call with a TURN server."""
    return make_call(ice=ICE)


def relay_of(setup: dict[str, Any]) -> dict[str, Any]:
    relay: dict[str, Any]
    (relay,) = [server for server in setup["iceServers"] if "username" in server]
    return relay


def test_a_member_gets_the_servers_with_credentials_of_their_own(relayed: Call) -> None:
    mine, others = (relayed.run(person, GET) for person in (relayed.guest, relayed.host))
    assert mine["iceServers"][0] == {"urls": [STUN_URL]}
    assert relay_of(mine)["urls"] == [TURN_URL]
    assert relay_of(mine)["username"].split(":")[1] == relayed.guest.user_id
    assert relay_of(mine)["credential"] != relay_of(others)["credential"]
    assert mine["iceTransportPolicy"] == "all"


def test_every_device_of_a_member_counts_as_the_member(relayed: Call) -> None:
    of_a_session, of_none = (relayed.run(relayed.guest, GET, **args) for args in ({"sessionId": GUEST}, {}))
    users = {relay_of(setup)["username"].split(":", 1)[1] for setup in (of_a_session, of_none)}
    assert users == {relayed.guest.user_id}


def test_there_is_time_to_renew_them_before_they_end(relayed: Call) -> None:
    before = relayed.backend.now_ms
    setup = relayed.run(relayed.guest, GET)
    assert int(relay_of(setup)["username"].split(":")[0]) * 1000 == setup["expiresAt"]
    assert setup["expiresAt"] == pytest.approx(before + TTL_SECONDS * 1000, abs=1000)
    assert setup["refreshAfterMs"] == TTL_SECONDS * 1000 / 2
    relayed.backend.advance(setup["refreshAfterMs"] / 1000)
    relayed.join(relayed.guest)
    assert relayed.run(relayed.guest, GET)["expiresAt"] > setup["expiresAt"]


def test_on_the_rung_that_calls_for_it_there_are_relays_alone(relayed: Call) -> None:
    relayed.fail(relayed.guest)
    relayed.connect(relayed.guest, "second")
    relayed.fail(relayed.guest, session="second")
    setup = relayed.run(relayed.guest, GET)
    assert setup["iceTransportPolicy"] == "relay"
    assert setup["iceServers"] == [relay_of(setup)]
    assert relayed.run(relayed.host, GET)["iceTransportPolicy"] == "all"


def test_without_a_relay_there_is_nothing_to_renew(make_call: Callable[..., Call]) -> None:
    call = make_call(ice=IceSettings(stun_urls=STUN_URL))
    assert call.run(call.guest, GET) == {"iceServers": [{"urls": [STUN_URL]}], "iceTransportPolicy": "all"}


def test_a_session_that_is_over_gets_none(relayed: Call) -> None:
    relayed.run(relayed.guest, "closeSession", sessionId=GUEST)
    relayed.refused(relayed.guest, GET, "CONFLICT", sessionId=GUEST)


def test_a_meeting_that_has_not_started_has_none(make_backend: Callable[..., Backend]) -> None:
    scene = Scene(make_backend(ice=ICE))
    scene.guest.fails(GET, "MEETING_NOT_ACTIVE", meetingId=scene.meeting_id)


def test_an_account_that_was_closed_gets_no_new_ones(relayed: Call) -> None:
    relayed.run(relayed.guest, GET)
    relayed.guest.call("users/mutations:deactivateUser", userId=relayed.guest.user_id)
    relayed.refused(relayed.guest, GET, "FORBIDDEN")


def test_a_member_asks_sixty_times_and_then_once_a_second(relayed: Call) -> None:
    for _ in range(60):
        relayed.run(relayed.guest, GET)
    error = relayed.refused(relayed.guest, GET, "RATE_LIMIT_EXCEEDED")
    assert 0 < error.metadata["retryAfterSeconds"] <= 1
    relayed.run(relayed.host, GET)
    relayed.backend.advance(1)
    relayed.run(relayed.guest, GET)


# The other ways to ICE servers: they answer those who may not have credentials, too, but without any.
INFO = "meetings/lifecycle:getMeetingConnectionInfo"
ROOM = "meetings/webrtc/rooms:initializeWebRTCRoom"


def servers(call: Call, person: Caller, path: str) -> list[dict[str, Any]]:
    """Return the ICE servers in an answer."""
    answer = call.run(person, path)
    found: list[dict[str, Any]] = answer.get("connectionInfo", answer)["iceServers"]
    return found


@pytest.mark.parametrize("path", [INFO, ROOM])
def test_every_way_gives_credentials_to_participants_alone(path: str, relayed: Call) -> None:
    relayed.run(relayed.host, ROOM)
    invited = relayed.backend.sign_in("ina")
    relayed.add(invited)
    assert relay_of({"iceServers": servers(relayed, relayed.guest, path)})["credential"]
    for person in (relayed.watcher, invited):
        assert servers(relayed, person, path) == [{"urls": [STUN_URL]}]
    relayed.of(relayed.guest, "leaveMeeting")
    assert servers(relayed, relayed.guest, path) == [{"urls": [STUN_URL]}], "a member who has left gets none"


@pytest.mark.parametrize("path", [GET, INFO, ROOM])
def test_outsiders_and_those_whose_access_ended_are_refused(path: str, relayed: Call) -> None:
    relayed.run(relayed.host, ROOM)
    other = relayed.backend.sign_in("olga")
    relayed.add(other)
    relayed.join(other)
    relayed.of(relayed.host, "removeParticipant", userId=relayed.guest.user_id)
    other.call("users/mutations:deactivateUser", userId=other.user_id)
    for person in (relayed.outsider, relayed.guest, other):
        relayed.refused(person, path, "FORBIDDEN")


def test_a_member_that_has_not_joined_is_told_to_join(relayed: Call) -> None:
    relayed.of(relayed.guest, "leaveMeeting")
    assert "Join" in relayed.refused(relayed.guest, GET, "VALIDATION_ERROR").message


def test_starting_a_meeting_gives_no_credentials(make_backend: Callable[..., Backend]) -> None:
    scene = Scene(make_backend(ice=ICE))
    assert scene.start()["roomInfo"]["iceServers"] == [{"urls": [STUN_URL]}]


def test_all_ways_share_one_rate(relayed: Call) -> None:
    for path in (ROOM, INFO, GET) * 20:
        relayed.run(relayed.host, path)
    for path in (ROOM, INFO, GET):
        relayed.refused(relayed.host, path, "RATE_LIMIT_EXCEEDED")
    for _ in range(61):
        assert servers(relayed, relayed.watcher, INFO), "the STUN servers are not counted"


def over_a_socket(call: Call, person: Caller, path: str) -> dict[str, Any]:
    """Return the value of a mutation that comes as the first request of a session, as over a socket."""
    arguments: dict[str, object] = {"meetingId": call.meeting_id}
    text = msgspec.Raw(msgspec.json.encode([arguments]))
    request = Request.of("a session", 0, person.identity)

    async def run() -> Outcome:
        begun = call.backend.runtime.begin(path, text, person.identity, request, lambda *_: arguments)
        return await begun.outcome(lambda: "a request")

    outcome: Outcome = call.backend.run(run())
    assert outcome.error is None, outcome.error
    value: dict[str, Any] = msgspec.json.decode(outcome.value)
    return value


def stored(call: Call, engine: str) -> bytes:
    """Return everything in the database: the bytes of its files, or every row of every table."""
    if engine == "sqlite":
        return b"".join(path.read_bytes() for path in call.backend.folder.glob("connvo.db*"))
    with psycopg.connect(database_of(call.backend.folder)) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        rows = [
            row for (name,) in names for row in connection.execute(SQL("SELECT * FROM {}").format(Identifier(name)))
        ]
    values = [value for row in rows for value in row]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


def secrets_in(value: object) -> set[str]:
    """Return the credentials and tokens in an answer."""
    if isinstance(value, list):
        return {secret for item in value for secret in secrets_in(item)}
    if not isinstance(value, dict):
        return set()
    own = {text for name, text in value.items() if name in ("credential", "token", "apiToken")}
    return own | {secret for item in value.values() for secret in secrets_in(item)}


@pytest.mark.parametrize("engine", ENGINES)
def test_credentials_are_stored_nowhere(engine: str, make_call: Callable[..., Call]) -> None:
    call = make_call(ice=ICE, make_engine=ENGINES[engine])
    answers = [
        over_a_socket(call, call.guest, INFO),
        over_a_socket(call, call.guest, INFO),
        call.run(call.guest, GET),
        call.run(call.host, ROOM),
        call.run(call.guest, "generateParticipantAccessToken"),
        call.run(call.guest, "meetings/webrtc/recovery:enterMediaRoom", sessionId=GUEST),
    ]
    assert all(secrets_in(answer) for answer in answers)
    held = stored(call, engine)
    assert call.guest.user_id.encode() in held
    assert [secret for secret in secrets_in(answers) if secret.encode() in held] == []


def test_sent_again_it_is_answered_for_the_rights_of_now(relayed: Call) -> None:
    assert secrets_in(over_a_socket(relayed, relayed.guest, INFO))
    relayed.of(relayed.guest, "leaveMeeting")
    assert not secrets_in(over_a_socket(relayed, relayed.guest, INFO))


def test_every_mutation_that_can_answer_with_a_secret_leaves_no_receipt() -> None:
    answering = [
        entry
        for entry in REGISTRY.functions()
        if entry.kind == "mutation" and entry.signature.secret and not entry.internal
    ]
    assert {entry.function.path for entry in answering} == {INFO}
    assert not any(entry.function.recorded for entry in answering)
