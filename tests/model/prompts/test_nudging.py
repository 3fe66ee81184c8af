"""The sweep that finds nudges may run anywhere, twice and again: there is never a second nudge."""

import asyncio
from collections.abc import Callable

import pytest

from connvo.model.prompts import nudging
from connvo.model.prompts.room import room_of
from connvo.rules.prompts.nudges import Room
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import Meeting, MeetingId
from tests.support.backend import Backend
from tests.support.prompts import Hinted, stored
from tests.support.scene import Scene
from tests.support.store import ENGINES


def quiet(call: Hinted, seconds: float) -> None:
    """Lets time pass without any job."""
    call.backend.now_ns += int(seconds * 1e9)


def test_looks_at_the_same_moment_show_one_nudge(each_call: Hinted) -> None:
    call = each_call
    quiet(call, 20)
    runtime, ids = call.backend.runtime, [MeetingId(call.meeting_id)]

    async def together() -> None:
        await asyncio.gather(*(runtime.call(nudging.look_at, meeting_ids=ids * 2) for _ in range(5)))

    call.backend.run(together())
    assert [one.kind for one in stored(call.backend)] == ["silence"]


@pytest.mark.parametrize("engine", ENGINES)
def test_two_nodes_show_one_nudge(engine: str, make_backend: Callable[..., Backend]) -> None:
    call = Hinted(make_backend(ENGINES[engine]))
    other = call.backend.add_node()
    for _ in range(8):
        quiet(call, 5)

        async def sweep() -> None:
            await asyncio.gather(call.backend.runtime.scheduler.settle(), other.scheduler.settle())

        call.backend.run(sweep())
    assert [one.kind for one in stored(call.backend)] == ["silence"]


def test_a_sweep_that_died_is_made_up_for_by_the_next(call: Hinted, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(call, 20)

    def dies(*_: object) -> None:
        raise RuntimeError("the node is gone")

    with monkeypatch.context() as patch:
        patch.setattr(nudging, "show", dies)
        call.wait(5)
    assert stored(call.backend) == []
    call.wait(5)
    assert [one.kind for one in stored(call.backend)] == ["silence"]


def test_one_failing_meeting_does_not_keep_others_from_being_found(
    call: Hinted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudging, "LOOKED_AT", 1)
    monkeypatch.setattr(nudging, "SEARCHED", 1)
    first = call.meeting_id
    second = Hinted(call.backend)

    def fails_for_first(ctx: QueryCtx, meeting: Meeting) -> Room:
        if meeting.id == first:
            raise RuntimeError("broken")
        return room_of(ctx, meeting)

    monkeypatch.setattr(nudging, "room_of", fails_for_first)
    second.wait(20)
    assert second.seen(second.host) == ["silence"]


def test_meetings_without_two_people_are_not_looked_at(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(backend)
    scene.start()
    scene.join(scene.host)

    def looked(*_: object) -> None:
        raise AssertionError("nobody to talk to")

    monkeypatch.setattr(nudging, "_look", looked)
    backend.advance(10)
    scene.join(scene.guest)
    scene.end()
    backend.advance(10)
