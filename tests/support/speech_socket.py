"""Speech connections in the process of a test: a real endpoint and functions, a scripted engine, queues as network."""

import asyncio
import json
import struct
from collections.abc import Callable, MutableMapping
from typing import Any

import msgspec

from connvo.app import SPEECH
from connvo.kernel.errors import request_error
from connvo.kernel.identity import Identity
from connvo.kernel.names import canonical_path
from connvo.providers.speech.base import SpeechEngine
from connvo.runtime.call_request import CallRequest
from connvo.runtime.services import Runtime
from connvo.schema.transcripts import Caption
from connvo.settings import RateSettings, SpeechSettings
from connvo.telemetry.instruments import Measurement
from connvo.transport.addresses import DIRECT
from connvo.transport.call_budget import CallBudget
from connvo.transport.speech.endpoint import PATH, SpeechEndpoint
from connvo.transport.speech.services import Services

from .backend import Caller
from .scripted_speech import FRAME_SAMPLES, silence, voice
from .speech import Talk
from .sync_house import Admitting

PATIENCE_SECONDS = 20.0
FRAME_MS = 100.0
UNCLEAN = 1006
QUIET_ROUNDS = 20
ROUND_SECONDS = 0.005


class Mouth:
    """The page of one speaker: numbers its frames, and keeps those that the server has not dealt with."""

    def __init__(self, house: "SpeechHouse", caller: Caller, session: str = "one", **start: Any) -> None:
        self.house = house
        self.caller = caller
        self.start = {"sessionId": session, **start}
        self.sequence = 0
        self.clock_ahead = 0.0
        self.kept: dict[int, bytes] = {}
        self.heard: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self._at = 0.0
        self._to_server: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def connect(self, endpoint: SpeechEndpoint | None = None, **start: Any) -> dict[str, Any]:
        """Begins a connection with `start`; returns the first answer."""
        self.dial(endpoint)
        self.text({**self.first(), **start})
        return await self.until("ready", "paused", "error")

    def dial(self, endpoint: SpeechEndpoint | None = None) -> None:
        """Begins a connection without a word."""
        queue: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._to_server, self.heard, self.closed = queue, [], None
        queue.put_nowait({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": PATH, "headers": [], "client": ("192.0.2.1", 1)}

        async def send(event: MutableMapping[str, Any]) -> None:
            await asyncio.sleep(0)
            if queue is self._to_server:
                self._take(event)

        self.task = asyncio.ensure_future((endpoint or self.house.endpoint).serve(scope, queue.get, send))

    def first(self) -> dict[str, Any]:
        """Returns the first message."""
        token, clock = self.house.token(self.caller), self.house.now_ms + self.clock_ahead
        return {"type": "start", "token": token, "meetingId": self.house.talk.meeting_id, "clock": clock, **self.start}

    def _take(self, event: MutableMapping[str, Any]) -> None:
        if event["type"] == "websocket.send":
            message = json.loads(event["text"])
            self.heard.append(message)
            if "through" in message or message["type"] == "through":
                through = message.get("sequence", message.get("through"))
                self.kept = {number: frame for number, frame in self.kept.items() if number > through}
        elif event["type"] == "websocket.close":
            self.closed = event["code"], event.get("reason", "")
        self._news.set()

    def text(self, message: dict[str, Any] | str) -> None:
        """Sends a text."""
        text = message if isinstance(message, str) else json.dumps(message)
        self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def data(self, data: bytes) -> None:
        """Sends bytes."""
        self._to_server.put_nowait({"type": "websocket.receive", "bytes": data})

    def say(self, samples: bytes, at: float | None = None, send: bool = True) -> None:
        """Sends audio that was captured `at` seconds after the start of the test, or directly after the last."""
        self._at = self._at if at is None else at
        size = FRAME_SAMPLES * 2
        for begin in range(0, len(samples), size):
            piece = samples[begin : begin + size]
            self.sequence += 1
            captured = self.house.began + self._at * 1000.0 + self.clock_ahead
            self.kept[self.sequence] = struct.pack("<Id", self.sequence, captured) + piece
            self._at += len(piece) / 32_000
            if send:
                self.data(self.kept[self.sequence])

    def sentence(self, seconds: float = 1.0, at: float | None = None, send: bool = True) -> None:
        """Says a sentence, with a pause behind it."""
        self.say(voice(seconds) + silence(1.0), at, send)

    def resend(self) -> None:
        """Sends everything again that the server has not dealt with."""
        for frame in self.kept.values():
            self.data(frame)

    async def until(self, *types: str) -> dict[str, Any]:
        """Waits for the next message of these types, and takes it with those before it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for number, message in enumerate(self.heard):
                    if message["type"] in types:
                        del self.heard[: number + 1]
                        return message
                assert self.closed is None, self.closed
                self._news.clear()
                await self._news.wait()

    async def flush(self) -> int:
        """Ends what is said; returns up to which frame everything is dealt with."""
        self.text({"type": "flush"})
        while not (message := await self.until("through")).get("flushed"):
            pass
        return int(message["sequence"])

    async def end(self, code: int = 1000) -> None:
        """Closes the connection and waits for the server."""
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": code})
        await self.gone()

    async def cut(self) -> None:
        """Loses the connection."""
        await self.end(UNCLEAN)

    async def gone(self) -> tuple[int, str] | None:
        """Waits for the end of the connection; returns the server's close."""
        assert self.task is not None
        await asyncio.wait_for(self.task, PATIENCE_SECONDS)
        return self.closed


class SpeechHouse:
    """A meeting whose members are heard by a scripted engine."""

    def __init__(self, talk: Talk, engine: SpeechEngine | None, **settings: Any) -> None:
        self.talk = talk
        self.engine = engine
        self.settings = SpeechSettings(**settings)
        self.measures: list[Measurement] = []
        self.identities: dict[str, Identity] = {}
        self.began = talk.backend.now_ms
        self.endpoints: list[SpeechEndpoint] = []
        self.endpoint = self.run(self._open(talk.backend.runtime, engine))

    @property
    def now_ms(self) -> float:
        """The time of the server."""
        return self.talk.backend.now_ms

    async def _open(self, runtime: Runtime, engine: SpeechEngine | None) -> SpeechEndpoint:
        services = Services(runtime.call, SPEECH, engine, self.settings, runtime.now_ms, self.measures.extend, 0.0)
        admission = Admitting(self._verify, CallBudget(RateSettings(network_burst=100_000)))
        endpoint = SpeechEndpoint(services, admission, DIRECT)
        await endpoint.start()
        self.endpoints.append(endpoint)
        return endpoint

    def another(self, engine: SpeechEngine) -> SpeechEndpoint:
        """Returns the endpoint of another node of the same database."""
        endpoint: SpeechEndpoint = self.run(self._open(self.talk.backend.add_node(), engine))
        return endpoint

    def token(self, caller: Caller, **claims: Any) -> str:
        """Returns a token of a caller."""
        assert caller.identity is not None
        name = f"token-{len(self.identities)}"
        self.identities[name] = msgspec.structs.replace(caller.identity, **claims)
        return name

    async def _verify(self, token: str) -> Identity:
        if token not in self.identities:
            raise request_error("InvalidAuthHeader")
        return self.identities[token]

    def agree(self, mode: str, *people: Caller) -> None:
        """Has the host turn a mode on, and people agree to it."""
        self.talk.host.call("transcripts/session:start", meetingId=self.talk.meeting_id, mode=mode)
        for person in people:
            person.call("transcripts/session:answer", meetingId=self.talk.meeting_id, allowed=True)

    def mouth(self, caller: Caller | None = None, session: str = "one", **start: Any) -> Mouth:
        """Returns the page of a speaker, by default the host's."""
        return Mouth(self, caller or self.talk.host, session, **start)

    def run(self, work: Any) -> Any:
        """Runs a coroutine to its end."""
        return self.talk.backend.run(work)

    def texts(self) -> list[str]:
        """Returns the stored words in order."""
        return [chunk.text for chunk in self.talk.chunks()]

    async def captions(self) -> list[str]:
        """Returns the words that are shown."""
        meeting_id = self.talk.meeting_id
        shown = await self.talk.backend.engine.read(lambda db: db.scan(Caption, "by_speaker", meeting_id))
        return [one.text for one in shown]

    async def settle(self, seen: Callable[[], bool]) -> None:
        """Waits for something that the test looks at, and until the words that came of it are written."""
        quiet = 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while quiet < QUIET_ROUNDS:
                quiet = quiet + 1 if seen() else 0
                await asyncio.sleep(ROUND_SECONDS)

    async def call(self, person: Caller, path: str, **args: Any) -> None:
        """Has a person call a function about the meeting while connections go on."""
        await self.ask(person, path, **args)

    async def ask(self, person: Caller, path: str, **args: Any) -> Any:
        """Returns the value of such a call."""
        args = {"meetingId": self.talk.meeting_id, **args}
        runtime = self.talk.backend.runtime
        outcome = await runtime.run(CallRequest(canonical_path(path), args, person.identity, None, "test"))
        assert outcome.error is None, outcome.error
        return outcome.value

    def measured(self, name: str, *labels: str) -> float:
        """Returns the sum of a metric."""
        found = [one for one in self.measures if one.instrument.name == name and one.labels[: len(labels)] == labels]
        return sum(one.value for one in found)

    def close(self) -> None:
        """Ends all connections."""
        for endpoint in self.endpoints:
            self.run(endpoint.end_connections())
            self.run(endpoint.stop())
