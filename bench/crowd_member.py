"""Members of a large meeting with the live queries of a page, and a join storm: `python -m bench.crowd_member`.

As a program it reads a plan as JSON from its standard input, has everybody join, and prints the result as JSON.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from time import perf_counter
from typing import Any, Literal

import msgspec
from websockets.exceptions import ConnectionClosed

from .socket_client import SocketClient
from .world import LIFECYCLE, SIGNALING

Form = Literal["changes", "lists"]
OPEN_SECONDS = 60.0
CHANGES = "meetings/roster:changesSince"
LISTS = {"members": "meetings/queries:listMeetingParticipants", "sessions": f"{SIGNALING}:getActiveSessions"}
# Beside the members and sessions. The lists go with the documented query of the meeting, as the page had it.
OTHERS: dict[Form, tuple[str, ...]] = {
    "changes": (
        f"{SIGNALING}:getPendingSignals",
        "meetings/queries:getOwnMeeting",
        "meetings/roster:listPrivateCards",
        "meetings/webrtc/recovery:getRoomState",
    ),
    "lists": (
        f"{SIGNALING}:getPendingSignals",
        "meetings/queries:getMeeting",
        "meetings/webrtc/recovery:getRoomState",
    ),
}


class Plan(msgspec.Struct):
    """A storm: everybody joins this meeting within so many seconds."""

    address: str
    meeting: str
    tokens: list[str]
    form: Form
    seconds: float


class Storm(msgspec.Struct):
    """The result: when everybody knew everybody, after the first began, and the bytes that all received until then."""

    seconds: float
    received: int


class Member:
    """Somebody in a meeting, who knows the others by one of two forms."""

    def __init__(self, client: SocketClient, meeting: str, form: Form, changed: Callable[[], None]) -> None:
        self._client = client
        self._meeting = meeting
        self._form: Form = form
        self._changed = changed
        self._known: dict[str, dict[str, Any]] = {"members": {}, "sessions": {}}
        self._since: float | None = None
        self._question: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.session = ""

    @property
    def received(self) -> int:
        """Bytes received so far."""
        return self._client.received

    async def watch(self) -> None:
        """Subscribe to everything that a page shows; return after the first results."""
        about = {"meetingId": self._meeting}
        await asyncio.gather(
            *(self._client.add(self._client.reserve(), path, lambda _: None, **about) for path in OTHERS[self._form])
        )
        if self._form == "changes":
            await self._ask()
        else:
            await asyncio.gather(
                *(
                    self._client.add(self._client.reserve(), path, self._taker(name), **about)
                    for name, path in LISTS.items()
                )
            )

    async def join(self, session: str) -> None:
        """Join with a connected session."""
        about = {"meetingId": self._meeting}
        await self.call(f"{LIFECYCLE}:joinMeeting", **about)
        await self.connect(session)

    async def connect(self, session: str) -> None:
        """Open a session and report it connected."""
        self.session = session
        about = {"meetingId": self._meeting}
        await self.call(f"{SIGNALING}:createWebRTCSession", **about, sessionId=session)
        await self.call(f"{SIGNALING}:updateSessionState", **about, sessionId=session, state="connected")

    async def call(self, path: str, **args: Any) -> int:
        """Call a mutation; return its timestamp."""
        return await (await self._client.begin(path, **args))

    def knows(self, count: int) -> bool:
        """Return whether so many members have joined and are connected."""
        joined = [one for one in self._known["members"].values() if one["presence"] == "joined"]
        connected = [one for one in self._known["sessions"].values() if one["state"] == "connected"]
        return len(joined) == len(connected) == count

    def _taker(self, name: str) -> Callable[[Any], None]:
        key = "userId" if name == "members" else "sessionId"

        def take(found: Any) -> None:
            self._known[name] = {one[key]: one for one in found}
            self._changed()

        return take

    async def _ask(self) -> None:
        """Ask for the changes since the present milestone, and drop the older question."""
        before = self._question
        about = {"meetingId": self._meeting} | ({} if self._since is None else {"since": self._since})
        self._question = self._client.reserve()
        asked = self._client.add(self._question, CHANGES, self._take, **about)
        with suppress(ConnectionClosed):  # the end of a round comes at any moment
            await asyncio.gather(asked, *([] if before is None else [self._client.drop(before)]))

    def _take(self, answer: Any) -> None:
        members, sessions = self._known["members"], self._known["sessions"]
        if answer["complete"]:
            members.clear()
            sessions.clear()
        for user in answer["removed"]:
            members.pop(user, None)
        for session in answer["ended"]:
            sessions.pop(session, None)
        members.update({one["userId"]: one for one in answer["members"]})
        sessions.update({one["sessionId"]: one for one in answer["sessions"]})
        if answer["milestone"] != self._since:
            self._since = answer["milestone"]
            task = asyncio.create_task(self._ask())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._changed()


async def run_storm(plan: Plan) -> Storm:
    """Have everybody join, spread over the plan's seconds."""
    changed = asyncio.Event()
    async with AsyncExitStack() as stack, asyncio.timeout(OPEN_SECONDS):
        clients = [await stack.enter_async_context(SocketClient(plan.address, token)) for token in plan.tokens]
        crowd = [Member(client, plan.meeting, plan.form, changed.set) for client in clients]
        began = perf_counter()

        async def come(number: int) -> None:
            await asyncio.sleep(plan.seconds * number / len(crowd))
            await crowd[number].watch()
            await crowd[number].join(f"storm-{number}")

        await asyncio.gather(*(come(number) for number in range(len(crowd))))
        while not all(member.knows(len(crowd)) for member in crowd):
            changed.clear()
            await changed.wait()
        return Storm(perf_counter() - began, sum(member.received for member in crowd))


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(run_storm(asked))) + b"\n")
