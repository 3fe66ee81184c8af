"""Feeds on both databases: revisions are gapless, and concurrent changes on several nodes are all seen."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connvo.kernel.names import canonical_path
from connvo.model import changes
from connvo.runtime.call_request import CallRequest
from connvo.runtime.services import Runtime
from connvo.schema.changes import Feed
from connvo.schema.chat import ChatMessage
from connvo.schema.sessions import WebrtcSession
from connvo.settings import MeetingSettings, Settings
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.backend import Backend, Caller
from tests.support.roster import CHANGES, Roster
from tests.support.scene import Scene
from tests.support.store import ENGINES, MakeEngine

SIGNALLING = "meetings/webrtc/signaling"
PEOPLE = 6
MANY = 20


@pytest.fixture(params=ENGINES)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """A running call on each database."""
    make: MakeEngine = ENGINES[request.param]
    meetings = MeetingSettings(default_participants=MANY, mesh_participants=MANY)
    backend = Backend(tmp_path, Settings(meetings=meetings), make_engine=make)
    scene = Scene(backend)
    scene.start()
    scene.join(scene.host, scene.guest)
    yield scene
    backend.close()


def feed(scene: Scene, name: str = "roster") -> Feed:
    """Return a feed as it is stored."""
    found = scene.backend.read(lambda db: db.first(Feed, "by_meeting", scene.meeting_id, name))
    assert found is not None
    return found


def run(node: Runtime, person: Caller, path: str, **args: Any) -> Any:
    """Return a call on a node, to be awaited."""
    return node.run(CallRequest(canonical_path(path), args, person.identity, None, "test"))


def test_changes_on_two_nodes_at_once_are_all_counted_and_seen(stage: Scene) -> None:
    backend = stage.backend
    people = [backend.sign_in(f"extra{number}") for number in range(PEOPLE)]
    for person in people:
        stage.add(person)
    nodes = [backend.runtime, backend.add_node()]
    roster = Roster()
    roster.apply(stage.host.call(CHANGES, meetingId=stage.meeting_id))
    before = feed(stage).revision

    async def together() -> list[Any]:
        calls = [
            run(
                nodes[number % 2],
                person,
                f"{SIGNALLING}:createWebRTCSession",
                meetingId=stage.meeting_id,
                sessionId=f"s{number}",
            )
            for number, person in enumerate(people)
        ]
        return await asyncio.gather(*calls)

    outcomes = backend.run(together())
    assert [outcome.error for outcome in outcomes] == [None] * PEOPLE
    for node in nodes:
        backend.run(node.settle())
    # Each joins, which also accepts, and opens a session.
    assert feed(stage).revision == before + 2 * PEOPLE
    roster.apply(stage.host.call(CHANGES, meetingId=stage.meeting_id, **roster.question))
    assert {f"s{number}" for number in range(PEOPLE)} == roster.sessions.keys()
    assert {one["presence"] for one in roster.members.values() if one["userId"] in {p.user_id for p in people}} == {
        "joined"
    }


def test_a_purged_row_resets_only_clients_that_may_not_know_its_end(stage: Scene) -> None:
    about = {"meetingId": stage.meeting_id, "sessionId": "a"}
    stage.host.call(f"{SIGNALLING}:createWebRTCSession", **about)
    opened = feed(stage).revision
    stage.host.call(f"{SIGNALLING}:closeSession", **about)
    closed = feed(stage).revision
    stage.backend.advance(25 * 3_600)

    def sessions(db: Snapshot) -> list[WebrtcSession]:
        return db.scan(WebrtcSession, "by_meeting_session", stage.meeting_id)

    assert stage.backend.read(sessions) == []
    answers = {
        since: stage.watcher.call(CHANGES, meetingId=stage.meeting_id, since=since)["complete"]
        for since in (opened, closed)
    }
    assert answers == {opened: True, closed: False}


def test_erased_messages_reset_every_client(stage: Scene) -> None:
    sent = stage.host.call("meetings/chat:sendMessage", meetingId=stage.meeting_id, text="Hello")
    whole = stage.guest.call("meetings/chat:changesSince", meetingId=stage.meeting_id)

    def erase(db: Transaction) -> None:
        found = db.get(ChatMessage, sent["messageId"])
        assert found is not None
        changes.forget(_Ctx(db), found)  # type: ignore[arg-type]

    stage.backend.run(stage.backend.engine.write(erase))
    answer = stage.guest.call("meetings/chat:changesSince", meetingId=stage.meeting_id, since=whole["revision"])
    assert (answer["complete"], answer["messages"]) == (True, [])


class _Ctx:
    """Just the data of a context."""

    def __init__(self, db: Transaction) -> None:
        self.db = db
