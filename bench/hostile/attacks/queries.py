"""Attacks by live queries that one person keeps busy, and by snapshots."""

import asyncio
from typing import Any

from bench.hostile.ground import Ended, Ground, Line, Socket, bearer

from .registry import attack

LIFECYCLE = "meetings/lifecycle"
MEETINGS = 100
QUERIES = 1_000
ADDED_TOGETHER = 50
WRITERS = 8
BIO = "x" * 900
CHANGES_SECONDS = 0.3


@attack("3 x 1,000 live lists of 100 meetings of one account", seconds=14, accounts=1)
async def live_meetings(ground: Ground) -> None:
    """Make meetings, watch their list in a thousand spellings, and go in and out of one."""
    token = ground.target.tokens[0]
    line = await ground.dial()
    made = []
    for number in range(MEETINGS):
        created = await ground.call(line, f"{LIFECYCLE}:createMeeting", token, title=f"Meeting {number}")
        if created is None:
            break
        made.append(created["meetingId"])
    if not made:
        return
    await ground.call(line, f"{LIFECYCLE}:startMeeting", token, meetingId=made[0])
    sockets = [
        await _watching(
            ground, token, "meetings/queries:listUserMeetings", [{"limit": 100 + n / 1000} for n in range(QUERIES)]
        )
        for _ in range(3)
    ]
    while ground.running:
        for step in ("joinMeeting", "leaveMeeting"):
            await ground.call(line, f"{LIFECYCLE}:{step}", token, meetingId=made[0])
    for socket in sockets:
        socket.cancel()


@attack("5 x 1,000 live catalogues without a token", seconds=10, accounts=1)
async def live_catalogues(ground: Ground) -> None:
    """Watch the catalogue in a thousand spellings while somebody changes their interests."""
    arguments = [{"limit": 100 + n / 1000} for n in range(QUERIES)]
    sockets = [await _watching(ground, None, "interests/queries:listCatalog", arguments) for _ in range(5)]
    token = ground.target.tokens[0]
    line = await ground.dial()
    catalogue = await ground.call(line, "interests/queries:listCatalog", token) or []
    keys = [entry["key"] for entry in catalogue[:4]]
    number = 0
    while ground.running and keys:
        number += 1
        await ground.call(
            line,
            "users/mutations:updateUserInterests",
            token,
            userId=ground.target.users[0],
            interests=keys[number % 2 :: 2],
        )
        await asyncio.sleep(CHANGES_SECONDS)
    for socket in sockets:
        socket.cancel()


@attack("a snapshot pinned every second beside writes", seconds=12, accounts=WRITERS)
async def pins(ground: Ground) -> None:
    """Keep old snapshots open while the database grows."""

    async def one(number: int) -> None:
        line = await ground.dial()
        if number == 0:
            while ground.running:
                status, _ = await line.request("POST", "/api/query_ts", b"{}")
                ground.note(f"snapshot {status}")
                await asyncio.sleep(1.0)
            return
        await _write(ground, line, number)

    await ground.crowd(WRITERS, one)


@attack("the same writes without a snapshot", seconds=12, accounts=WRITERS)
async def writes(ground: Ground) -> None:
    """Change profiles as fast as it goes."""

    async def one(number: int) -> None:
        if number:
            await _write(ground, await ground.dial(), number)

    await ground.crowd(WRITERS, one)


async def _write(ground: Ground, line: Line, number: int) -> None:
    count = 0
    while ground.running:
        count += 1
        await ground.call(
            line, "profiles/mutations:createProfile", ground.target.tokens[number], displayName="A", bio=f"{count}{BIO}"
        )


@attack("queries at timestamps of long ago", accounts=1)
async def old_snapshots(ground: Ground) -> None:
    """Ask as of timestamps that nobody was given."""

    async def one(number: int) -> None:
        line = await ground.dial()
        stamp = 0
        while ground.running:
            stamp += 1
            body = (
                b'{"path":"interests/queries:listCatalog","args":{},"ts":"%s"}' % b"AAAAAAAAAAA="
                if stamp % 2
                else b'{"path":"interests/queries:listCatalog","args":{},"ts":"////////fw=="}'
            )
            status, _ = await line.request("POST", "/api/query_at_ts", body, bearer(None))
            ground.note(str(status))

    await ground.crowd(4, one)


async def _watching(ground: Ground, token: str | None, path: str, arguments: list[dict[str, Any]]) -> asyncio.Task[str]:
    """Return the task that listens on a socket with live queries."""
    socket = await ground.socket()
    await socket.greet(token)
    hearing = asyncio.create_task(_until_closed(ground, socket))
    for version, first in enumerate(range(0, len(arguments), ADDED_TOGETHER)):
        added = [
            {"type": "Add", "queryId": first + place, "udfPath": path, "args": [args]}
            for place, args in enumerate(arguments[first : first + ADDED_TOGETHER])
        ]
        try:
            await socket.say("ModifyQuerySet", baseVersion=version, newVersion=version + 1, modifications=added)
        except Ended:
            break
    return hearing


async def _until_closed(ground: Ground, socket: Socket) -> str:
    how = await socket.until_closed()
    ground.note(how)
    return how
