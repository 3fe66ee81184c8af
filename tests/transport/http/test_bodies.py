"""Large bodies are held only while there is room for them, and no account takes the room of all others."""

import asyncio
from typing import Any

import pytest

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity
from connvo.settings import ServerSettings
from connvo.transport.http import bodies as module
from connvo.transport.http.bodies import Bodies, Room
from connvo.transport.http.request import ClientGone, Request

LARGE = 100_000
TURNS = 20  # of the loop, in which a body with room is read


class Upload:
    """A body in one piece that is held until `answer` is set; `was_read` once it was taken from the client."""

    def __init__(self, bodies: Bodies, account: str = "alice", size: int = LARGE, **headers: str) -> None:
        announced = headers or {"content-length": str(size)}
        fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in announced.items()]
        self.request = Request({"method": "POST", "path": "/api/mutation", "headers": fields}, self._receive)
        self.identity = Identity(issuer="here", subject=account, expires_at=2e15)
        self.answer = asyncio.Event()
        self.was_read = False
        self._size = size
        self.task = asyncio.create_task(self._hold(bodies))

    async def _receive(self) -> dict[str, Any]:
        self.was_read = True
        return {"type": "http.request", "body": bytes(self._size), "more_body": False}

    async def _hold(self, bodies: Bodies) -> int:
        async with bodies.read(self.request, self.identity) as body:
            await self.answer.wait()
            return len(body)

    async def finish(self) -> int:
        self.answer.set()
        return await self.task


def holding(count: int, seconds: float = 30.0) -> Bodies:
    """Return bodies with room for so many large ones, a quarter of them for each account."""
    return Bodies(ServerSettings(max_body_bytes=LARGE, bodies_bytes=count * LARGE, body_seconds=seconds))


async def read_of(*uploads: Upload) -> list[bool]:
    for _ in range(TURNS):
        await asyncio.sleep(0)
    return [upload.was_read for upload in uploads]


def test_a_large_body_without_room_waits_unread_until_an_earlier_one_is_answered() -> None:
    async def story() -> None:
        bodies = holding(4)
        held = [Upload(bodies, f"account {number}") for number in range(4)]
        late = Upload(bodies, "late")
        assert await read_of(*held, late) == [True] * 4 + [False]
        assert await held[2].finish() == LARGE
        assert await read_of(late) == [True]
        assert await late.finish() == LARGE
        assert [await one.finish() for one in (held[0], held[1], held[3])] == [LARGE] * 3

    asyncio.run(story())


def test_an_account_that_uploads_much_leaves_room_to_others() -> None:
    async def story() -> None:
        bodies = holding(8)
        greedy = [Upload(bodies, "greedy") for _ in range(20)]
        modest = Upload(bodies, "modest")
        read = await read_of(*greedy, modest)
        assert (sum(read[:-1]), read[-1]) == (2, True)
        assert [await one.finish() for one in (modest, *greedy)] == [LARGE] * 21

    asyncio.run(story())


def test_accounts_that_wait_take_turns() -> None:
    async def story() -> None:
        room = Room(1, 1)
        order: list[str] = []

        async def take(person: str) -> None:
            async with room.taken(person, 1):
                order.append(person)
                await asyncio.sleep(0)

        await asyncio.gather(*(take(person) for person in ("a", "a", "a", "b", "b", "c")))
        assert order == ["a", "a", "b", "c", "a", "b"]

    asyncio.run(story())


def test_small_bodies_never_wait() -> None:
    async def story() -> None:
        bodies = holding(4)
        held = [Upload(bodies, f"account {number}") for number in range(4)]
        small = Upload(bodies, "small", module.LARGE_BYTES)
        assert await read_of(*held, small) == [True] * 5
        assert [await one.finish() for one in (*held, small)] == [LARGE] * 4 + [module.LARGE_BYTES]

    asyncio.run(story())


def test_a_body_in_chunks_takes_the_room_of_the_largest() -> None:
    async def story() -> None:
        bodies = holding(4)
        held = [Upload(bodies, f"{number}", size=10, transfer_encoding="chunked") for number in range(4)]
        late = Upload(bodies, "late")
        assert await read_of(*held, late) == [True] * 4 + [False]
        assert [await one.finish() for one in (*held, late)] == [10] * 4 + [LARGE]

    asyncio.run(story())


def test_one_that_finds_no_room_in_time_is_told_when_to_come_again() -> None:
    async def story() -> None:
        bodies = holding(4, seconds=0.01)
        held = [Upload(bodies, f"account {number}") for number in range(4)]
        await read_of(*held)
        late = Upload(bodies, "late")
        with pytest.raises(RequestError) as refused:
            await late.task
        assert (refused.value.code, refused.value.retry_after) == ("TooManyConcurrentRequests", module.RETRY_SECONDS)
        assert not late.was_read
        assert [await one.finish() for one in held] == [LARGE] * 4
        assert await Upload(bodies, "next").finish() == LARGE

    asyncio.run(story())


@pytest.mark.parametrize("ending", [ClientGone(), RequestError("BadJsonBody", "x", 400)], ids=["gone", "refused"])
def test_the_room_of_a_body_is_free_again_however_its_call_ends(ending: Exception) -> None:
    async def story() -> None:
        bodies = holding(1)
        first, waiting = Upload(bodies), Upload(bodies)
        assert await read_of(first, waiting) == [True, False]
        waiting.task.cancel()
        first.task.cancel()
        assert await read_of(waiting) == [False]
        with pytest.raises(type(ending)):
            async with bodies.read(first.request, first.identity):
                raise ending
        last = Upload(bodies)
        assert await read_of(last) == [True]
        assert await last.finish() == LARGE

    asyncio.run(story())
