"""A meeting is full when as many people are in as it holds: not of those who left, were invited, or have gone."""

import asyncio
from typing import Any

import pytest

from connvo.runtime.call_request import CallRequest
from connvo.runtime.services import Runtime
from connvo.schema.meetings import Participant
from connvo.settings import MeetingSettings
from tests.support.backend import Backend, Caller
from tests.support.scene import LIFECYCLE, Scene
from tests.support.store import ENGINES

JOIN = f"{LIFECYCLE}:joinMeeting"
CROWD = 8
SEATS = 3


@pytest.fixture
def pair(backend: Backend) -> Scene:
    """A running meeting with two seats and three members."""
    scene = Scene(backend)
    scene.meeting_id = scene.create(scene.host, maxParticipants=2)
    scene.add(scene.guest)
    scene.add(scene.watcher, "observer")
    scene.start()
    return scene


def test_a_join_over_the_cap_is_refused_in_plain_words_and_changes_nothing(pair: Scene) -> None:
    pair.join(pair.host, pair.guest)
    error = pair.watcher.fails(JOIN, code="CONFLICT", meetingId=pair.meeting_id)
    assert (error.message, error.metadata["cap"]) == ("The meeting is full: 2 people are in", 2)


def test_a_member_that_leaves_frees_the_seat(pair: Scene) -> None:
    pair.join(pair.host, pair.guest)
    pair.of(pair.guest, "leaveMeeting")
    pair.join(pair.watcher)
    pair.guest.fails(JOIN, code="CONFLICT", meetingId=pair.meeting_id)
    pair.of(pair.host, "removeParticipant", userId=pair.watcher.user_id)
    pair.join(pair.guest)


def test_a_present_member_may_join_again_when_the_meeting_is_full(pair: Scene) -> None:
    pair.join(pair.host, pair.guest)
    pair.join(pair.guest, pair.host)


def test_more_people_than_seats_are_added_and_come_by_link(pair: Scene) -> None:
    pair.join(pair.host, pair.guest)
    code = pair.host.call("meetings/links:createLink", meetingId=pair.meeting_id)["code"]
    assert pair.outsider.call("meetings/links:acceptLink", code=code) == {"meetingId": pair.meeting_id}
    pair.add(pair.backend.sign_in("lara"))
    pair.outsider.fails(JOIN, code="CONFLICT", meetingId=pair.meeting_id)
    pair.of(pair.guest, "leaveMeeting")
    pair.join(pair.outsider)


def test_a_meeting_for_one_says_so(backend: Backend) -> None:
    scene = Scene(backend)
    scene.meeting_id = scene.create(scene.host, maxParticipants=1)
    scene.add(scene.guest)
    scene.start()
    scene.join(scene.host)
    assert scene.guest.fails(JOIN, code="CONFLICT", meetingId=scene.meeting_id).message.endswith("1 person is in")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_cap_holds_when_everybody_joins_at_once_on_two_nodes(make_backend: Any, engine: str) -> None:
    backend: Backend = make_backend(ENGINES[engine], meetings=MeetingSettings(default_participants=SEATS))
    people = [backend.sign_in(f"person-{number}") for number in range(CROWD)]
    meeting_id = people[0].call(f"{LIFECYCLE}:createMeeting", title="Planning")["meetingId"]
    code = people[0].call("meetings/links:createLink", meetingId=meeting_id)["code"]
    for person in people[1:]:
        person.call("meetings/links:acceptLink", code=code)
    people[0].call(f"{LIFECYCLE}:startMeeting", meetingId=meeting_id)
    nodes = [backend.runtime, backend.add_node()]
    for _ in range(2):
        in_now = backend.run(at_once(nodes, people, "joinMeeting", meeting_id))
        members = backend.read(lambda db: db.scan(Participant, "by_meeting", meeting_id))
        joined = {member.user_id for member in members if member.presence == "joined"}
        assert joined == in_now
        assert len(joined) == SEATS
        # Those who are in leave all at once, too, so that the next round begins with no seat taken.
        backend.run(at_once(nodes, people, "leaveMeeting", meeting_id))


async def at_once(nodes: list[Runtime], people: list[Caller], function: str, meeting_id: str) -> set[str]:
    """Have everybody call at once, each on another node than the one before; return who was not refused."""

    async def call(node: Runtime, person: Caller) -> str | None:
        path, args = f"{LIFECYCLE}:{function}", {"meetingId": meeting_id}
        outcome = await node.run(CallRequest(path, args, person.identity, None, f"{function} {person.user_id}"))
        if outcome.error is not None:
            assert outcome.error.data()["code"] == "CONFLICT"
            assert outcome.error.message == f"The meeting is full: {SEATS} people are in"
            return None
        return person.user_id

    answers = await asyncio.gather(*(call(nodes[place % 2], person) for place, person in enumerate(people)))
    return {answer for answer in answers if answer is not None}
