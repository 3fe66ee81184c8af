"""Whatever happens in a meeting: everybody is shown just what a run of their own would have said at that timestamp.

People join, leave, are removed and change their roles, and lose their right in the same commit in which the meeting
changes. Refreshes go on meanwhile, in slices.
"""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connvo.functions.meetings.chat import send_message
from connvo.functions.meetings.lifecycle import (
    add_participant,
    join_meeting,
    leave_meeting,
    remove_participant,
    update_participant_role,
)
from connvo.functions.meetings.webrtc.signaling import create_webrtc_session, update_session_state
from connvo.kernel.errors import FunctionError
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.jobs.transaction_scheduler import TransactionScheduler
from connvo.runtime.live import query_batch
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.requests import QueryAnswer
from connvo.runtime.results import exact_json
from connvo.schema.meetings import MeetingId
from connvo.schema.users import UserId
from connvo.settings import MeetingSettings, Settings
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.store.model import reuses_the_store
from tests.support.backend import Backend, Caller
from tests.support.store import ENGINES

PEOPLE = ("hanna", "ann", "bob", "cat")
HOST = 0
EXAMPLES = 40
QUERIES: dict[str, dict[str, Any]] = {
    "meetings/queries:getMeeting": {},
    "meetings/queries:listMeetingParticipants": {},
    "meetings/webrtc/signaling:getActiveSessions": {},
    "meetings/webrtc/signaling:getPendingSignals": {},
    "meetings/webrtc/recovery:getRoomState": {},
    "meetings/webrtc/recovery:getRecoveries": {},
    "meetings/webrtc/recovery:getTimeline": {},
    "meetings/chat:listMessages": {"paginationOpts": {"numItems": 100, "cursor": None}},
    "meetings/door:getDoor": {},
    "meetings/door:listWaiting": {},
    "meetings/attendance:listAttendees": {},
}


class Step(NamedTuple):
    """Something that somebody does, perhaps to somebody."""

    kind: str
    who: int
    whom: int


KINDS = ("add", "remove", "role", "unrole", "join", "leave", "message", "session", "connected")
steps = st.builds(Step, st.sampled_from(KINDS), st.integers(0, 3), st.integers(0, 3))
# What happens in one commit, and for how many turns of the loop nothing does afterwards.
commits = st.tuples(st.lists(steps, min_size=1, max_size=3), st.integers(0, 30))


class House:
    """A backend with four people, and a meeting of theirs for each history."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.people: list[Caller] = [backend.sign_in(name) for name in PEOPLE]
        self.meeting = MeetingId("")
        self.truth: list[tuple[int, list[dict[str, Any]]]] = []

    def begin(self) -> None:
        """Start a meeting in which all but the last person take part."""
        host = self.people[HOST]
        made = host.call("meetings/lifecycle:createMeeting", title="Hall", maxParticipants=4)
        self.meeting = MeetingId(made["meetingId"])
        host.call("meetings/lifecycle:startMeeting", meetingId=self.meeting)
        self.truth = []

    def commit(self, steps: list[Step], db: Transaction) -> None:
        """Do several things in one transaction."""
        for step in steps:
            self._do(step, db)

    def _do(self, step: Step, db: Transaction) -> None:
        caller, target = self.people[step.who], UserId(self.people[step.whom].user_id)
        scheduler = TransactionScheduler(db, self.backend.runtime.registry)
        ctx = MutationCtx(db, caller.identity, db.now, self.backend.settings, scheduler, lambda: 0)
        session = f"session of {step.who}"
        match step.kind:
            case "add":
                add_participant(ctx, meeting_id=self.meeting, user_id=target, role="participant")
            case "remove":
                remove_participant(ctx, meeting_id=self.meeting, user_id=target)
            case "role":
                update_participant_role(ctx, meeting_id=self.meeting, user_id=target, new_role="host")
            case "unrole":
                update_participant_role(ctx, meeting_id=self.meeting, user_id=target, new_role="participant")
            case "join":
                join_meeting(ctx, meeting_id=self.meeting)
            case "leave":
                leave_meeting(ctx, meeting_id=self.meeting)
            case "message":
                send_message(ctx, meeting_id=self.meeting, text="Words")
            case "session":
                create_webrtc_session(ctx, meeting_id=self.meeting, session_id=session)
            case _:
                update_session_state(ctx, meeting_id=self.meeting, session_id=session, state="connected")

    async def look(self) -> None:
        """Keep what everybody may see now, each question run for one person alone."""

        def ask(db: Snapshot) -> tuple[int, list[dict[str, Any]]]:
            return db.timestamp, [{path: self._ask(db, one, path) for path in QUERIES} for one in self.people]

        self.truth.append(await self.backend.engine.read(ask))

    def _ask(self, db: Snapshot, person: Caller, path: str) -> Any:
        entry = self.backend.runtime.registry.find_public(path)
        arguments = entry.signature.convert({"meetingId": self.meeting, **QUERIES[path]})
        ctx = QueryCtx(db, person.identity, self.backend.now_ms, self.backend.settings)
        try:
            return plain(json.loads(exact_json(entry.function(ctx, **arguments), entry.signature.simple)))
        except FunctionError as error:
            return error.data()

    def seen_at(self, ts: int) -> list[dict[str, Any]]:
        """Return what everybody might see at a timestamp."""
        return [seen for when, seen in self.truth if when <= ts][-1]


def plain(value: Any) -> Any:
    """Return a result without its cursors, which are signed again in each run."""
    return {**value, "continueCursor": bool(value["continueCursor"])} if "continueCursor" in (value or {}) else value


class Client:
    """A connection of somebody: everything it was shown, with the timestamps."""

    def __init__(self, house: House, number: int) -> None:
        self.number = number
        self.seen: list[tuple[int, dict[str, Any]]] = []
        self.queries: list[QuerySubscription] = []
        self._live = house.backend.runtime.live
        self._woken, self._looked = asyncio.Event(), asyncio.Event()
        self._client = ClientSubscriptions(self._woken.set)
        self._shown: dict[str, Any] = {}
        self._idle = False
        identity = house.people[number].identity
        for tag, (path, args) in enumerate(QUERIES.items()):
            text = json.dumps({"meetingId": house.meeting, **args}).encode()
            request = house.backend.runtime.query_request(path, text, identity, None)
            self.queries.append(QuerySubscription(self._client, tag, request))

    async def look(self) -> None:
        """Have shown what has changed, again and again."""
        while True:
            self._woken.clear()
            self._idle = False
            ts, answers = await self._live.refresh(self._client)
            self._shown |= {query.question.path: self._told(answer) for query, answer in answers.items()}
            self.seen.append((ts, dict(self._shown)))
            self._idle = True
            self._looked.set()
            await self._woken.wait()

    def _told(self, answer: QueryAnswer) -> Any:
        return plain(json.loads(answer.value)) if answer.error is None else answer.error.data()

    async def wait_until(self, ts: int) -> None:
        """Return when nothing is left to be shown up to a timestamp."""
        while not self._idle or (self.seen[-1][0] < ts and self._client.stale):
            self._looked.clear()
            await self._looked.wait()


@pytest.fixture(params=ENGINES)
def house(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(query_batch, "SLICE_SECONDS", -1.0)  # every run is a slice of its own
    generous = Settings(meetings=MeetingSettings(create_burst=100_000, invite_burst=100_000))
    backend = Backend(tmp_path / "data", generous, make_engine=ENGINES[request.param])
    yield House(backend)
    backend.close()


async def live_through(house: House, history: list[tuple[list[Step], int]], seed: int) -> list[Client]:
    """Return the clients after a history. Some come while it goes on."""
    chance = Random(seed)
    await house.look()
    clients = [Client(house, number) for number in range(len(PEOPLE))]
    looking = [asyncio.create_task(client.look()) for client in clients]
    for steps, turns in history:
        try:
            await house.backend.engine.write(partial(house.commit, steps))
        except FunctionError:
            continue
        await house.look()
        if not chance.randrange(4):
            clients.append(Client(house, chance.randrange(len(PEOPLE))))
            looking.append(asyncio.create_task(clients[-1].look()))
        for _ in range(turns):
            await asyncio.sleep(0)
    async with asyncio.timeout(30):
        for client in clients:
            await client.wait_until(house.truth[-1][0])
    for task in looking:
        task.cancel()
    await asyncio.gather(*looking, return_exceptions=True)
    await house.backend.runtime.live.settle()
    for client in clients:
        for query in client.queries:
            house.backend.runtime.live.drop(query)
    return clients


@settings(reuses_the_store, max_examples=EXAMPLES)
@given(st.lists(commits, min_size=1, max_size=12), st.integers(0, 1000))
def test_each_caller_is_shown_the_result_of_a_run_of_their_own(
    house: House, history: list[tuple[list[Step], int]], seed: int
) -> None:
    house.begin()
    for client in house.backend.run(live_through(house, history, seed)):
        assert [ts for ts, _ in client.seen] == sorted(ts for ts, _ in client.seen), "time never goes back"
        for ts, shown in client.seen:
            assert shown == house.seen_at(ts)[client.number]


def test_the_last_words_are_not_for_members_removed_with_them(house: House) -> None:
    house.begin()
    history = [([Step("add", HOST, 1)], 0), ([Step("join", HOST, 0)], 30)]
    history += [([Step("message", HOST, 0), Step("remove", HOST, 1)], 30)]
    host, ann, *_ = house.backend.run(live_through(house, history, 1))
    assert len(host.seen[-1][1]["meetings/chat:listMessages"]["page"]) == 1
    assert {answer["code"] for answer in ann.seen[-1][1].values()} == {"FORBIDDEN"}
    assert all("Words" not in str(shown) for _, shown in ann.seen)
