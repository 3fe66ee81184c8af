"""What one client may rely on, with a real database behind it and a connection made of queues before it."""

import asyncio
import json
import sqlite3
from collections.abc import Callable

import pytest

from connvo.settings import LimitSettings, StoreSettings, SyncSettings
from connvo.store.sqlite.engine import SqliteEngine
from connvo.store.sqlite.rows import SqliteRows
from connvo.transport.sync import close_codes
from connvo.transport.sync.calls import MUTATIONS_IN_TURN
from tests.protocol.sample.notes import RUNS
from tests.support.sync_client import LOST, SyncClient
from tests.support.sync_house import SyncHarness


def texts(rows: list[dict[str, object]]) -> list[object]:
    return [row["text"] for row in rows]


def test_a_subscription_follows_the_data(house: SyncHarness) -> None:
    writer, reader = house.open(), house.open()
    notes = house.watch(reader, "notes:inChannel")
    assert notes() == []
    house.do(writer, "notes:add", text="a")
    assert texts(notes()) == ["a"]
    house.do(reader, "notes:add", text="b")
    assert texts(notes()) == ["a", "b"]


def test_a_client_sees_its_own_write_when_its_promise_resolves(house: SyncHarness) -> None:
    pipe = house.open()
    notes = house.watch(pipe, "notes:inChannel")
    for n in range(3):
        outcome = house.do(pipe, "notes:add", text=str(n))
        assert outcome["success"]
        assert len(notes()) == n + 1


def test_every_query_of_a_transition_is_at_one_timestamp(house: SyncHarness) -> None:
    writer, reader = house.open(), house.open()
    house.watch(reader, "notes:inChannel")
    house.watch(reader, "notes:count")
    for n in range(5):
        writer.say(writer.client.mutate("notes:add", {"text": str(n), "times": n})[1])
        house.settle(writer)
    assert all(len(shown[0]) == shown[1] for _, shown in reader.client.history if len(shown) == 2)


def test_a_commit_that_touches_nothing_watched_wakes_nobody(house: SyncHarness) -> None:
    writer, reader = house.open(), house.open()
    house.watch(reader, "notes:inChannel", channel="mine")
    before, runs = len(reader.heard), RUNS["mine"]
    house.do(writer, "notes:add", text="x", channel="other")
    assert len(reader.heard) == before
    assert RUNS["mine"] == runs


def test_a_result_that_looks_the_same_is_not_sent_again(house: SyncHarness) -> None:
    writer, reader = house.open(), house.open()
    house.watch(reader, "notes:count", channel="a")
    house.watch(reader, "values:whoami")
    kept = house.do(writer, "notes:add", text="x", channel="a")["result"]
    before = len(reader.heard)
    writer.say(writer.client.mutate("notes:remove", {"noteId": kept})[1])
    writer.say(writer.client.mutate("notes:add", {"text": "y", "channel": "a"})[1])
    house.settle(writer)
    shown = [json.loads(text)["modifications"] for text in reader.heard[before:]]
    assert [change for changes in shown for change in changes if change["queryId"] != 1] == []
    assert all(changes for changes in shown), "no Transition without a reason"


def test_identical_queries_of_several_clients_run_once(house: SyncHarness) -> None:
    readers = [house.open(token=house.token(f"person{n}")) for n in range(5)]
    writer = house.open()
    RUNS.clear()
    views = [house.watch(reader, "notes:inChannel", channel="hall") for reader in readers]
    assert RUNS["hall"] == 1
    house.do(writer, "notes:add", text="x", channel="hall")
    assert [texts(view()) for view in views] == [["x"]] * 5
    assert RUNS["hall"] == 2


def test_parts_that_depend_on_the_caller_are_never_shared(house: SyncHarness) -> None:
    alice, bob, nobody = (
        house.open(token=house.token("alice")),
        house.open(token=house.token("bob")),
        house.open(),
    )
    views = [house.watch(pipe, "values:whoami") for pipe in (alice, bob, nobody)]
    assert [view() for view in views] == ["alice", "bob", None]


def test_mutations_are_applied_in_the_order_of_their_calls(house: SyncHarness) -> None:
    pipe = house.open()
    notes = house.watch(pipe, "notes:inChannel")
    for n in range(300):
        pipe.say(pipe.client.mutate("notes:add", {"text": str(n), "rank": 0})[1])
    house.settle(pipe)
    assert texts(notes()) == [str(n) for n in range(300)]
    assert pipe.client.settled


def test_a_failed_mutation_is_followed_by_a_transition_and_leaves_no_trace(house: SyncHarness) -> None:
    pipe = house.open()
    notes = house.watch(pipe, "notes:inChannel", channel="refused")
    before = pipe.client.transitions
    outcome = house.do(pipe, "errors:mutationRefuses")
    assert outcome["errorData"]["code"] == "CONFLICT"
    assert pipe.client.transitions == before + 1
    outcome = house.do(pipe, "errors:mutationBreaks")
    assert "errorData" not in outcome
    assert "secret" not in outcome["result"]
    assert pipe.client.transitions == before + 2
    assert notes() == []


def test_a_failing_query_does_not_touch_the_others(house: SyncHarness) -> None:
    pipe = house.open()
    refused = house.watch(pipe, "errors:queryRefuses")
    broken = house.watch(pipe, "errors:queryBreaks")
    unknown = house.watch(pipe, "no/such:thing")
    impossible = house.watch(pipe, "no such path!!")
    wrong = house.watch(pipe, "notes:inChannel", chanel="typo")
    internal = house.watch(pipe, "cleanup:purge")
    mutation = house.watch(pipe, "notes:add", text="x")
    notes = house.watch(pipe, "notes:inChannel")
    assert refused()["data"]["code"] == "CONFLICT"
    assert broken()["data"] is None
    assert "secret" not in broken()["failed"]
    assert unknown()["data"]["code"] == internal()["data"]["code"] == "NOT_FOUND"
    assert impossible()["data"]["code"] == wrong()["data"]["code"] == mutation()["data"]["code"] == "VALIDATION_ERROR"
    house.do(pipe, "notes:add", text="a")
    assert texts(notes()) == ["a"]


def test_paths_are_the_same_in_every_spelling(house: SyncHarness) -> None:
    pipe = house.open()
    house.do(pipe, "notes.js:add", text="a")
    assert texts(house.watch(pipe, "notes.js:inChannel")()) == ["a"]


def test_actions_run_side_by_side_and_are_answered_once(house: SyncHarness) -> None:
    pipe = house.open(token=house.token("alice"))
    numbers = []
    for path in ("values:act", "errors:actionRefuses", "errors:actionBreaks", "notes:add"):
        number, messages = pipe.client.act(path, {"x": path} if path == "values:act" else {})
        numbers.append(number)
        pipe.say(messages)
    house.settle(pipe)
    done, refused, broken, wrong = [pipe.client.actions[number] for number in numbers]
    assert done["result"] == {"echo": {"x": "values:act"}, "subject": "alice"}
    assert refused["errorData"]["code"] == "CONFLICT"
    assert "errorData" not in broken
    assert wrong["errorData"]["code"] == "VALIDATION_ERROR"


def test_values_of_every_type_come_back_as_they_went(house: SyncHarness) -> None:
    pipe = house.open()
    given = {"i": {"$integer": "+f////////8="}, "b": {"$bytes": "AP8Q"}, "n": {"$float": "AAAAAAAA+H8="}, "z": None}
    assert house.watch(pipe, "values:echo", **given)() == {"echo": given}


def test_a_query_that_is_added_and_removed_at_once_is_only_removed(house: SyncHarness) -> None:
    pipe = house.open()
    number, add = pipe.client.subscribe("notes:inChannel")
    remove = pipe.client.unsubscribe(number)
    pipe.say([*add, *remove])
    house.settle(pipe)
    assert json.loads(pipe.heard[-1])["modifications"] == [{"type": "QueryRemoved", "queryId": number}]
    assert len(house.backend.runtime.subscriptions) == 0


def test_a_query_without_subscribers_is_forgotten(house: SyncHarness) -> None:
    pipe, other = house.open(), house.open()
    house.watch(pipe, "notes:inChannel")
    house.watch(other, "notes:inChannel")
    assert len(house.backend.runtime.subscriptions) == 1
    pipe.cut()
    house.settle()
    assert len(house.backend.runtime.subscriptions) == 1
    other.say(other.client.unsubscribe(0))
    house.settle(other)
    assert len(house.backend.runtime.subscriptions) == 0


def test_a_slow_reader_skips_values_in_between_and_ends_up_right(house: SyncHarness) -> None:
    writer, reader = house.open(), house.open()
    notes = house.watch(reader, "notes:inChannel", channel="busy")
    before = len(reader.heard)
    reader.read(False)
    RUNS.clear()
    for n in range(50):
        house.do(writer, "notes:add", text=str(n), channel="busy")
    assert RUNS["busy"] <= 2, "nothing is computed for a client that does not read"
    assert len(reader.heard) == before
    reader.read(True)
    house.settle()
    assert len(reader.heard) - before <= 2
    assert len(notes()) == 50


def test_a_resumed_client_is_shown_everything_in_one_transition(house: SyncHarness) -> None:
    client = SyncClient()
    pipe = house.open(client, token=house.token("alice"))
    house.watch(pipe, "notes:inChannel")
    house.watch(pipe, "notes:count")
    house.watch(pipe, "values:whoami")
    pipe.cut()
    house.do(house.open(), "notes:add", text="while away")
    again = house.connect(client)
    house.settle(again)
    assert len(again.heard) == 1
    assert {change["queryId"] for change in json.loads(again.heard[0])["modifications"]} == {0, 1, 2}
    assert json.loads(again.heard[0])["endVersion"]["identity"] == 1
    assert client.results[1] == 1


def test_an_identity_alone_makes_no_transition(house: SyncHarness) -> None:
    client = SyncClient()
    pipe = house.connect(client)
    pipe.said.pop()
    pipe.say(client.authenticate(house.token("alice")))
    house.settle(pipe)
    assert pipe.heard == []


def test_a_mutation_sent_again_is_answered_as_before(house: SyncHarness) -> None:
    client = SyncClient()
    pipe = house.open(client)
    notes = house.watch(pipe, "notes:inChannel")
    number, messages = client.mutate("notes:add", {"text": "once"})
    pipe.say(messages)
    pipe.deliver()
    house.step(3)
    pipe.cut()
    house.settle()
    house.do(house.open(), "notes:add", text="another")
    house.settle(house.connect(client))
    assert client.outcomes[number]["success"]
    assert sorted(map(str, texts(notes()))) == ["another", "once"]


def test_another_caller_does_not_get_the_answer_of_a_session(house: SyncHarness) -> None:
    alice = SyncClient()
    pipe = house.open(alice, token=house.token("alice"))
    house.do(pipe, "notes:add", text="alice's")
    thief = SyncClient()
    thief.session = alice.session
    stranger = house.open(thief, token=house.token("mallory"))
    outcome = house.do(stranger, "notes:add", text="mallory's")
    assert outcome["result"] not in {answer["result"] for answer in alice.outcomes.values()}


def test_the_same_request_twice_at_once_is_answered_once(house: SyncHarness) -> None:
    pipe = house.open()
    _, messages = pipe.client.mutate("notes:add", {"text": "once"})
    pipe.say([*messages, *messages])
    house.settle(pipe)
    assert pipe.client.settled
    assert house.watch(pipe, "notes:count")() == 1


def test_a_newer_connection_of_a_session_takes_over(house: SyncHarness) -> None:
    client = SyncClient()
    old = house.open(client)
    for n in range(200):
        old.say(client.mutate("notes:add", {"text": str(n), "rank": 0})[1])
    old.deliver()
    house.step(2)
    old.read(False)
    new = house.connect(client)
    house.settle(new)
    notes = house.watch(new, "notes:inChannel")
    assert texts(notes()) == [str(n) for n in range(200)]
    old._gone = True
    old.read(True)
    house.settle()
    assert old.task.done()


def test_an_older_connection_of_a_session_is_ended(house: SyncHarness) -> None:
    old = house.open()
    new = house.open(old.client)
    assert old.closed == (close_codes.NORMAL, close_codes.SUPERSEDED)
    assert new.open
    assert len(house.sockets) == 1


def test_the_effects_of_an_action_outlive_its_client(house: SyncHarness) -> None:
    pipe, other = house.open(), house.open()
    number, messages = pipe.client.act("values:slow", {"seconds": 0})
    pipe.say(messages)
    pipe.deliver()
    house.step(2)
    pipe.cut()
    house.settle()
    assert house.watch(other, "notes:count", channel="slow")() == 1
    house.settle(house.connect(pipe.client))
    assert pipe.client.actions[number] is LOST


def test_an_account_that_has_seen_the_future_moves_the_clock(house: SyncHarness) -> None:
    client = SyncClient()
    client.newest_ts = house.backend.now_ns + 2 * 10**9
    pipe = house.open(client, token=house.token("alice"))
    house.watch(pipe, "notes:count")
    assert client.newest_ts >= house.backend.now_ns
    house.do(pipe, "notes:add", text="x")
    assert client.settled


def test_a_future_that_no_backup_explains_is_not_believed(house: SyncHarness) -> None:
    client = SyncClient()
    client.newest_ts = house.backend.now_ns + 3600 * 10**9
    client.token = house.token("alice")
    pipe = house.connect(client)
    house.settle(pipe)
    assert pipe.closed == (close_codes.BUSY, close_codes.BEHIND), "a clock ahead is no fault of the server"


def test_a_database_that_cannot_be_read_ends_the_connection_and_is_no_answer(
    house: SyncHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, writer = house.open(), house.open()
    notes = house.watch(pipe, "notes:inChannel")
    house.do(writer, "notes:add", text="a")
    with monkeypatch.context() as broken:
        broken.setattr(SqliteRows, "all", fail_to_read)
        pipe.say(pipe.client.subscribe("notes:count")[1])
        house.settle(pipe)
    assert pipe.closed == (close_codes.FAILED, close_codes.BROKEN)
    again = house.open(pipe.client)
    assert again.client.settled
    assert texts(notes()) == ["a"]


def fail_to_read(*_: object) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def test_a_connection_has_so_many_live_queries_and_no_more(make_house: Callable[..., SyncHarness]) -> None:
    house = make_house(sync=SyncSettings(queries=2))
    pipe = house.open(token=house.token("alice"))
    views = [house.watch(pipe, "notes:count", channel=str(n)) for n in range(3)]
    assert [view() for view in views[:2]] == [0, 0]
    assert views[2]()["data"]["code"] == "LIMIT_EXCEEDED"
    pipe.say(pipe.client.unsubscribe(0))
    assert house.watch(pipe, "notes:count", channel="3")() == 0


def test_overload_ends_the_connection_and_loses_nothing(make_house: Callable[..., SyncHarness]) -> None:
    house = make_house(limits=LimitSettings(queued_mutations=5))
    client = SyncClient()
    pipe = house.open(client)
    for n in range(8):
        pipe.say(client.mutate("notes:add", {"text": str(n), "rank": 0})[1])
    house.settle(pipe)
    assert pipe.closed == (close_codes.BUSY, close_codes.OVERLOADED)
    while not client.settled:
        house.settle(house.connect(client))
    assert texts(house.watch(house.open(), "notes:inChannel")()) == [str(n) for n in range(8)]


def test_when_the_database_fails_no_mutation_is_called_failed_and_none_overtakes_another(
    make_house: Callable[..., SyncHarness], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make_house(store=StoreSettings(group_size=1))
    client = SyncClient()
    pipe = house.open(client)
    engine, calls = house.backend.engine, iter(range(100))
    assert isinstance(engine, SqliteEngine)
    groups = engine._groups
    committed = groups._committed

    def fail_the_second(error: BaseException | None) -> None:
        committed(sqlite3.OperationalError("the disk is full") if next(calls) == 1 else error)

    monkeypatch.setattr(groups, "_committed", fail_the_second)
    for n in range(4):
        pipe.say(client.mutate("notes:add", {"text": str(n), "rank": 0})[1])
    house.settle(pipe)
    assert pipe.closed == (close_codes.BUSY, "DatabaseUnavailable")
    monkeypatch.undo()
    seen = house.watch(house.open(), "notes:inChannel")
    assert texts(seen())[:1] == ["0"]
    assert not {"2", "3"} & set(texts(seen())), "not those behind it either"
    house.open(client)
    assert client.settled
    assert all(outcome["success"] for outcome in client.outcomes.values())
    assert texts(seen()) == ["0", "1", "2", "3"]


MANY = 12


@pytest.mark.parametrize("urgent", [False, True])
def test_many_mutations_of_one_client_wait_for_turns_unless_a_conversation_needs_them(
    house: SyncHarness, monkeypatch: pytest.MonkeyPatch, urgent: bool
) -> None:
    turn = asyncio.Event()
    waiting: list[str] = []

    async def join(person: str) -> None:
        waiting.append(person)
        await turn.wait()

    busy, other = house.open(), house.open()
    runtime = house.backend.runtime
    monkeypatch.setattr(runtime.live.turns, "join", join)
    monkeypatch.setattr(runtime, "urgent", frozenset({"notes:add"} if urgent else ()))
    numbers = []
    for n in range(MANY):
        number, messages = busy.client.mutate("notes:add", {"text": str(n)})
        numbers.append(number)
        busy.say(messages)
    house.settle(busy)
    answered = [number for number in numbers if number in busy.client.outcomes]
    assert len(answered) == MANY if urgent else len(answered) < MUTATIONS_IN_TURN
    assert len(waiting) == (0 if urgent else 1)
    assert house.do(other, "notes:add", text="x")["success"], "others go on meanwhile"
    turn.set()
    house.settle(busy)
    assert all(busy.client.outcomes[number]["success"] for number in numbers)
    before = MANY if urgent else MUTATIONS_IN_TURN - 1
    order = [str(n) for n in range(MANY)]
    assert texts(house.watch(other, "notes:inChannel")()) == [*order[:before], "x", *order[before:]]
