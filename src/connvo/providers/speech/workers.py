"""The speech workers of a server: started for the first speaker, restarted when they end, ended when none speaks.

Guarantees:
    A server in which no speech is recognised pays nothing for this.
    A worker that ends is replaced: at once if it had worked, and with growing pauses while restarts fail.
    All are gone when `stop` has returned or the server has died.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

import structlog

from connvo.kernel.part_health import PartHealth

from .base import EngineError, Transcription
from .hearing import OnWindows
from .worker_process import Line, SpeechWorker

log = structlog.get_logger()
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 60.0
STEADY_SECONDS = 5.0
# The time in which a worker is usually ready.
READY_SECONDS = 10.0
READY_POLL_SECONDS = 0.05
IDLE_SECONDS = 600.0
IDLE_CHECK_SECONDS = 30.0


class Place:
    """One of the workers, and those that replace it."""

    def __init__(self, kind: str, folder: str, patience: float) -> None:
        self._kind = kind
        self._folder = folder
        self._patience = patience
        self._keeping: asyncio.Task[None] | None = None
        self.worker: SpeechWorker | None = None
        self.lack = "not started"
        self.restarts = 0

    @property
    def usable(self) -> SpeechWorker | None:
        """The worker, if it is ready."""
        worker = self.worker
        return worker if worker is not None and worker.running and worker.ready.is_set() else None

    def start(self) -> None:
        """Start the worker; it becomes ready later."""
        self._keeping = asyncio.create_task(self._keep(), name="speech-place")

    async def stop(self) -> None:
        """End the worker and its restarts."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self.worker is not None:
            await self.worker.end()
        self.lack = "stopped"

    async def _keep(self) -> None:
        pause = 0.0
        while True:
            since = monotonic()
            reason = await self._run()
            steady = monotonic() - since > STEADY_SECONDS
            pause = 0.0 if steady else min(max(2 * pause, FIRST_PAUSE_SECONDS), MAX_PAUSE_SECONDS)
            self.lack = f"{reason}; starts again within {pause:.0f} s"
            log.warning("speech_worker_down", reason=reason, restart_in_seconds=pause)
            await asyncio.sleep(pause)
            self.restarts += 1

    async def _run(self) -> str:
        """Run a worker to its end; return the reason of that."""
        try:
            self.lack = "loads its model"
            self.worker = worker = await SpeechWorker.start(self._kind, self._folder, self._patience)
        except OSError as error:
            return f"cannot be started: {error.strerror or error}"
        return await worker.ended()


class Workers:
    """`count` workers of a kind: `moonshine` recognises too, `cutting` only tells speech from silence."""

    def __init__(self, kind: str, count: int, patience: float, folder: str = "") -> None:
        self._places = [Place(kind, folder, patience) for _ in range(count)]
        self._used_at = 0.0
        self._retiring: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._stopped = False

    async def start(self) -> None:
        """Do nothing yet: workers take memory, and are started when they are needed."""

    async def stop(self) -> None:
        """End the workers; none is started any more."""
        self._stopped = True
        retiring, self._retiring = self._retiring, None
        if retiring is not None:
            retiring.cancel()
            await asyncio.gather(retiring, return_exceptions=True)
        await self._end()

    async def _end(self) -> None:
        await asyncio.gather(*(place.stop() for place in self._places))

    async def _retire(self) -> None:
        """End the workers once they have not been used for a while."""
        while True:
            await asyncio.sleep(IDLE_CHECK_SECONDS)
            if self.busy:
                self._used_at = monotonic()
            elif monotonic() - self._used_at >= IDLE_SECONDS:
                break
        async with self._changing:
            self._retiring = None
            await self._end()

    async def _begin(self) -> None:
        """Start the workers, unless they run or were stopped."""
        async with self._changing:
            if self._retiring is None and not self._stopped:
                for place in self._places:
                    place.start()
                self._retiring = asyncio.create_task(self._retire(), name="speech-retire")

    @property
    def busy(self) -> bool:
        """Return whether a worker has a line or an utterance."""
        workers = [place.usable for place in self._places]
        return any(worker.lines or worker.decoding for worker in workers if worker is not None)

    @property
    def restarts(self) -> int:
        """The number of restarts."""
        return sum(place.restarts for place in self._places)

    def pids(self) -> list[int]:
        """Return the ids of the processes that are ready."""
        return [place.usable.pid for place in self._places if place.usable is not None]

    def health(self) -> PartHealth:
        """Return whether a worker is ready, and the state in words."""
        if self._retiring is None:
            return PartHealth(True, "starts with the first speaker")
        ready = [place for place in self._places if place.usable is not None]
        if ready:
            return PartHealth(True, f"{len(ready)} of {len(self._places)} processes ready")
        return PartHealth(False, self._places[0].lack)

    async def open(self, on_windows: OnWindows, on_lost: Callable[[], None]) -> Line:
        """Return a line at the worker that has the fewest.

        Raises:
            EngineError: No worker is ready.
        """
        worker = await self._ready(lambda worker: worker.lines)
        return worker.open(on_windows, on_lost)

    async def decode(self, samples: bytes) -> Transcription:
        """Return the words of an utterance.

        Raises:
            EngineError: No worker could do it.
        """
        worker = await self._ready(lambda worker: worker.decoding)
        return await worker.decode(samples)

    async def _ready(self, load: Callable[[SpeechWorker], int]) -> SpeechWorker:
        """Return the worker with the least load; wait a moment for one that loads.

        Raises:
            EngineError: None is ready.
        """
        self._used_at = monotonic()
        await self._begin()
        until = monotonic() + READY_SECONDS
        while True:
            usable = [place.usable for place in self._places]
            ready = [worker for worker in usable if worker is not None]
            if ready:
                return min(ready, key=load)
            if self._stopped or monotonic() > until:
                raise EngineError("away", self._places[0].lack)
            self._used_at = monotonic()
            await asyncio.sleep(READY_POLL_SECONDS)
