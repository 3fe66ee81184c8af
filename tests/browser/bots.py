"""Members without a browser: each follows the roster over the sync socket, as a page does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, BrokenBarrierError, Event

from tests.support.live import LiveServer
from tests.support.roster import CHANGES, Roster
from tests.support.sync_client import SyncClient
from tests.support.sync_line import Line, dialled

SIGNALLING = "meetings/webrtc/index"
PATIENCE_SECONDS = 60.0


@contextmanager
def bots(server: LiveServer, code: str, names: list[str], size: int) -> Iterator[Barrier]:
    """Have members come by a link, ready to join at once: when the last party waits at the barrier.

    They stay until the end of the context, by which each must have seen a call of `size` connected people.
    """
    together, over = Barrier(len(names) + 1, timeout=PATIENCE_SECONDS), Event()
    with ThreadPoolExecutor(len(names)) as threads:
        running = [threads.submit(_take_part, server, code, name, size, together, over) for name in names]
        try:
            yield together
        finally:
            together.abort()
            over.set()
            errors = [error for bot in running if (error := bot.exception(PATIENCE_SECONDS)) is not None]
            for error in errors:
                if not isinstance(error, BrokenBarrierError):
                    raise error


def _take_part(server: LiveServer, code: str, name: str, size: int, together: Barrier, over: Event) -> None:
    subject = name.lower().replace(" ", "-")
    token = server.token(subject)
    account = {"workosUserId": subject, "email": f"{subject}@example.org", "displayName": name}
    server.call(token, "users/mutations:upsertUser", **account)
    meeting = server.call(token, "meetings/links:acceptLink", code=code)["meetingId"]
    client = SyncClient()
    client.token = token
    with dialled(client, server.url) as line:
        follower = _Follower(line, meeting)
        together.wait()
        about = {"meetingId": meeting, "sessionId": f"bot-{name}"}
        line.mutate("meetings/lifecycle:joinMeeting", meetingId=meeting)
        line.mutate(f"{SIGNALLING}:createWebRTCSession", **about)
        facts = {"audio": True, "video": True, "screen": False, "generation": 1}
        line.mutate(f"{SIGNALLING}:updateSessionState", **about, state="connected", metadata=facts)
        line.until(lambda: follower.connected() >= size)
        over.wait(PATIENCE_SECONDS)


class _Follower:
    """The roster of one bot."""

    def __init__(self, line: Line, meeting: str) -> None:
        self._line = line
        self._about = {"meetingId": meeting}
        self._roster = Roster()
        self._question = line.watch(CHANGES, **self._about)

    def connected(self) -> int:
        """Take the newest answer; return how many people are connected."""
        answer = self._line.client.results.get(self._question)
        if answer is not None:
            self._take(answer)
        return sum(one["state"] == "connected" for one in self._roster.sessions.values())

    def _take(self, answer: dict[str, object]) -> None:
        before = self._roster.since
        self._roster.apply(answer)
        if self._roster.since == before:
            return
        number, messages = self._line.client.subscribe(CHANGES, self._about | self._roster.question)
        self._line.say([*messages, *self._line.client.unsubscribe(self._question)])
        self._question = number
