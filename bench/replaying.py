"""Real histories through a server: over HTTP, and two people's at once over the sync protocol.

Each has to end in its exact text. If it does not, the benchmark fails.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from tests.support.notes.scene import unwire
from tests.support.notes.traces import AGENTS, Agent, concurrent, final_text, flat, flat_patches

from .figures import Figure, figure
from .notes import APPLY, Follower, changes_of
from .served import Server, serving
from .socket_client import SocketClient
from .world import backend, make_halls

BATCH = "notes/mutations:batchApplyNoteOperations"
READ = "notes/queries:getMeetingNotes"
MOST_IN_BATCH = 100
PARTS = 3
TIMEOUT_SECONDS = 30.0
# A server on a busy machine refuses calls before they begin.
OVERLOADED, PAUSE_SECONDS = "TooManyConcurrentRequests", 0.1


def measure(folder: Path) -> list[Figure]:
    """Return the rates.

    Raises:
        ValueError: A text is not that of its history.
    """
    return asyncio.run(_measure(folder / "replaying"))


async def _measure(folder: Path) -> list[Figure]:
    async with backend(folder) as runtime:
        places = await make_halls(runtime, PARTS, AGENTS, AGENTS)
    meetings = [meeting for meeting, _ in places[::AGENTS]]
    with serving(folder, NOTE_BURST="1000000000") as server:
        tokens = server.tokens(*(person for _, person in places[:AGENTS]))
        caller = Caller(server, tokens[0])
        figures = [
            _timed("replay: documented functions over HTTP", lambda: _documented(caller, meetings[0])),
            _timed("replay: notes/sync over HTTP", lambda: _numbered(caller, meetings[1])),
        ]
        began = perf_counter()
        edits = await _at_once(server, tokens, meetings[2])
        figures.append(figure("replay: two people at once", [edits / (perf_counter() - began)], "/s"))
        reader = Caller(server, tokens[1])  # an idle connection is closed meanwhile
        for meeting in meetings:
            if reader.call(READ, meetingId=meeting)["content"] != final_text():
                raise ValueError("the text is another one")
    return figures


class Caller:
    """A member who calls over HTTP, on one connection."""

    def __init__(self, server: Server, token: str) -> None:
        self._connection = HTTPConnection(urlsplit(server.http).netloc, timeout=TIMEOUT_SECONDS)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def call(self, path: str, **args: Any) -> Any:
        """Return the value of a call.

        Raises:
            ValueError: It was refused.
        """
        body = json.dumps({"args": args})
        while (answer := self._ask(path, body)).get("code") == OVERLOADED:
            time.sleep(PAUSE_SECONDS)
        if answer.get("status") != "success":
            raise ValueError(f"{path}: {answer}")
        return answer["value"]

    def _ask(self, path: str, body: str) -> dict[str, Any]:
        self._connection.request("POST", f"/api/run/{path.replace(':', '/')}", body, self._headers)
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return answer


def _timed(name: str, work: Any) -> Figure:
    began = perf_counter()
    edits = work()
    return figure(name, [edits / (perf_counter() - began)], "/s")


def _simple() -> Iterator[dict[str, Any]]:
    """Yield the history as deletes and inserts."""
    for position, deleted, inserted in flat_patches():
        if deleted:
            yield {"type": "delete", "position": position, "length": deleted}
        if inserted:
            yield {"type": "insert", "position": position, "content": inserted}


def _documented(caller: Caller, meeting: str) -> int:
    operations, known = _simple(), 0
    while batch := [{"operation": one, "clientSequence": known} for one in islice(operations, MOST_IN_BATCH)]:
        known += int(caller.call(BATCH, meetingId=meeting, operations=batch)["processed"])
    return known


def _numbered(caller: Caller, meeting: str) -> int:
    number = 0
    for number, operation in enumerate(flat(), 1):
        args = {"clientId": "replay", "number": number, "sequence": number - 1, "changes": changes_of(operation)}
        caller.call(APPLY, meetingId=meeting, **args)
    return number


class Replica(Follower):
    """One of two people who write at once. It takes what was committed when it is told to."""

    def __init__(self, client: SocketClient, meeting: str, name: str) -> None:
        super().__init__(client, meeting, 0)
        self.agent = Agent()
        self._name = name
        self._arrived: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    def taken(self, operation: dict[str, Any]) -> None:
        self._arrived.append(operation)
        self._news.set()

    async def take(self, head: int) -> None:
        """Take all operations up to one."""
        while self.sequence < head:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), TIMEOUT_SECONDS)
        for one in self._arrived:
            self.agent.receive(one["clientId"] == self._name, unwire(one["changes"]))
        self._arrived.clear()

    async def commit(self) -> None:
        """Commit the first operation that is pending, on the text after those that were taken."""
        args = {"number": self.agent.committed + 1, "sequence": self.agent.sequence}
        changes = changes_of(self.agent.pending[0])
        await (await self.client.begin(APPLY, meetingId=self.meeting, clientId=self._name, changes=changes, **args))


async def _at_once(server: Server, tokens: list[str], meeting: str) -> int:
    """Have both write as they did, each seeing of the other what they saw then; return the number of edits."""
    async with SocketClient(server.sync, tokens[0]) as one, SocketClient(server.sync, tokens[1]) as other:
        both = [Replica(one, meeting, "one"), Replica(other, meeting, "other")]
        for replica in both:
            await replica.open()
        head = edits = 0

        async def commit(replica: Replica, count: int) -> None:
            nonlocal head
            while replica.agent.committed < count:
                await replica.take(head)
                await replica.commit()
                head += 1
                await replica.take(head)

        for edit in concurrent():
            edits += 1
            await commit(both[1 - edit.agent], edit.known)
            await both[edit.agent].take(head)
            both[edit.agent].agent.edit(edit.operation)
        for replica in both:
            await commit(replica, replica.agent.committed + len(replica.agent.pending))
        for replica in both:
            await replica.take(head)
            if replica.agent.text.content != final_text():
                raise ValueError("a client shows another text")
    return edits
