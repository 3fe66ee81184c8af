"""The speech connections of this process: admitted, limited, replaced by later ones, and ended.

Guarantees:
    A connection without a valid first message ends after five seconds, and costs nothing before.
    A client that sends faster than allowed is read more slowly, so a flood waits in its own buffers.
    A later connection of a stream replaces an earlier one.
"""

import asyncio
from contextlib import suppress

import structlog

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity
from connvo.store.engine import StoreError
from connvo.transport.addresses import ClientAddresses
from connvo.transport.admission import Admission
from connvo.transport.asgi import Receive, Scope, Send
from connvo.transport.budgets import Occupancy, RateBudget
from connvo.transport.connections import Connection as Accounted
from connvo.transport.connections import connection_of
from connvo.transport.sync import close_codes
from connvo.transport.sync.frame_limits import ReadLimits
from connvo.transport.sync.websocket_reader import LIMITS_EXTENSION

from . import endings, messages
from .connection import Connection
from .endings import Ended, Left
from .messages import BadMessage, Clock, Flush, Start, read_frame, read_message
from .pressure import Pressure
from .services import Services
from .speaker import Speaker
from .stream import SpeechStream

log = structlog.get_logger()
PATH = "/api/speech"
START_SECONDS = 5.0
MESSAGE_SECONDS = 10.0
CONTROL_FRAMES_PER_SECOND = 10.0
FRAGMENTS_PER_SECOND = 40.0
TEXTS_PER_SECOND = 5.0
SERVER_FAULT_STATUS = 500
TOO_MANY_STATUS = 429
STOP_SECONDS = 5.0


class SpeechEndpoint:
    """All open speech connections of this process."""

    def __init__(self, services: Services, admission: Admission, addresses: ClientAddresses) -> None:
        settings = services.settings
        self._services = services
        self._admission = admission
        self._addresses = addresses
        self._places = Occupancy(settings.streams, settings.streams_per_member)
        self._pressure = Pressure(services)
        self._open: dict[tuple[str, str, str], Connection] = {}
        self._stopping = False
        self.engine = services.engine

    def __len__(self) -> int:
        return len(self._open)

    @property
    def lag(self) -> float:
        """The age of the oldest finished utterance without its words, in seconds."""
        return self._pressure.lag

    async def start(self) -> None:
        """Start the engine; it becomes ready later."""
        self._pressure.start()
        if self.engine is not None:
            await self.engine.start()

    async def end_connections(self) -> None:
        """Disconnect all clients, whose last words are still taken by another node."""
        self._stopping = True
        connections = list(self._open.values())
        for connection in connections:
            connection.end(Ended(close_codes.RESTART, "ServerRestart", close_codes.STOPPING))
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*(connection.left.wait() for connection in connections))

    async def stop(self) -> None:
        """Stop the engine."""
        await self._pressure.stop()
        if self.engine is not None:
            await self.engine.stop()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection until it closes."""
        await receive()
        if self._stopping:
            await send({"type": "websocket.close", "code": close_codes.RESTART})
            return
        peer = scope.get("client")
        network = self._addresses.key(peer[0] if peer else None, dict(scope.get("headers", ())))
        accounted = connection_of(scope)
        accounted.belong_to(network)
        set_limits = scope.get("extensions", {}).get(LIMITS_EXTENSION)
        if set_limits is not None:
            limits = (messages.MESSAGE_BYTES, MESSAGE_SECONDS, CONTROL_FRAMES_PER_SECOND, FRAGMENTS_PER_SECOND)
            set_limits(ReadLimits(*limits))
        await send({"type": "websocket.accept"})
        connection = Connection(receive, send, self._services.settings.frames_per_second)
        accounted.close = lambda: connection.end(Ended(close_codes.BUSY, "Overloaded", close_codes.OVERLOADED))
        try:
            await self._welcome(connection, network, accounted)
        except Left:
            return
        except BadMessage as bad:
            await connection.close(Ended(endings.BAD_MESSAGE, "BadMessage", str(bad)))
        except Ended as ended:
            await connection.close(ended)
        except StoreError as error:
            log.warning("speech_store_unavailable", reason=error.message)
            await connection.close(Ended(close_codes.BUSY, "DatabaseUnavailable", "The database is unavailable"))
        except Exception as error:
            log.error("speech_failed", exc_info=error)
            await connection.close(Ended(close_codes.FAILED, close_codes.BROKEN, "An error of the server"))
        finally:
            connection.leave()

    async def _welcome(self, connection: Connection, network: str, accounted: Accounted) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                first = await connection.receive()
        except TimeoutError:
            raise Ended(endings.NO_START, "NoStart", "No start arrived in time") from None
        start = read_message(first) if isinstance(first, str) else None
        if not isinstance(start, Start):
            raise BadMessage("The first message has to be start")
        identity = await self._identify(start, network)
        accounted.recognize(identity.token_identifier)
        speaker = Speaker(self._services, start, identity)
        await speaker.listening()
        earlier = self._open.get(speaker.key)
        if earlier is not None:
            await earlier.supersede()
        if not self._places.enter(speaker.user_id):
            raise Ended(endings.TOO_MANY, "TooManyStreams", "Too many streams are open: close one, or try again later")
        self._open[speaker.key] = connection
        try:
            await self._serve(connection, SpeechStream(self._pressure, speaker, connection.say, start.clock))
        finally:
            self._places.leave(speaker.user_id)
            if self._open.get(speaker.key) is connection:
                del self._open[speaker.key]
            connection.left.set()

    async def _serve(self, connection: Connection, stream: SpeechStream) -> None:
        complete = False
        try:
            await stream.begin()
            working = asyncio.create_task(stream.run(), name="speech-stream")
            working.add_done_callback(connection.end_after)
            try:
                await self._read(connection, stream)
            except Left as left:
                complete = left.complete
                raise
            finally:
                await stream.close(complete)
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
        finally:
            self._pressure.leave(stream)

    async def _read(self, connection: Connection, stream: SpeechStream) -> None:
        texts = RateBudget(TEXTS_PER_SECOND, TEXTS_PER_SECOND)
        while True:
            message = await connection.receive()
            if isinstance(message, bytes):
                await stream.hear(read_frame(message))
                continue
            await asyncio.sleep(texts.take(""))
            match read_message(message):
                case Flush():
                    await stream.flush()
                case Clock(clock):
                    stream.set_clock(clock)
                case Start():
                    raise BadMessage("start is the first message only")

    async def _identify(self, start: Start, network: str) -> Identity:
        try:
            return await self._admission.verify(start.token, network)
        except RequestError as error:
            unable = error.status >= SERVER_FAULT_STATUS or error.status == TOO_MANY_STATUS
            raise Ended(close_codes.BUSY if unable else endings.NO_TOKEN, error.code, error.message) from None
