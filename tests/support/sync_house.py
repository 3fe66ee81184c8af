"""A backend with sample functions and its sync sockets, in the test's own process."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from connvo.kernel.errors import request_error
from connvo.kernel.identity import Identity
from connvo.runtime.registry import Registry
from connvo.settings import RateSettings, Settings
from connvo.store.sqlite.engine import SqliteEngine
from connvo.telemetry.metrics import Metrics
from connvo.transport.admission import Admission
from connvo.transport.call_budget import CallBudget
from connvo.transport.call_metrics import CallMetrics
from connvo.transport.sync.connections import Sockets

from .backend import ISSUER, Backend
from .sync_client import SyncClient
from .sync_pipe import Pipe

REGISTRY = Registry("connvo.functions", "connvo.model", "tests.protocol.sample")
# Time stands still here, so nothing would ever be given back.
GENEROUS = RateSettings(network_burst=1_000_000, account_burst=1_000_000)
LOOP_ROUNDS = 20
QUIET_ROUNDS = 3
TURN_SECONDS = 0.002


class Person(NamedTuple):
    """Somebody with an account: the connection, the token, the user's id."""

    pipe: Pipe
    token: str
    id: str


class Admitting(Admission):
    """Verifies tokens as a house says."""

    def __init__(self, verify: Callable[[str], Awaitable[Identity]], budget: CallBudget) -> None:
        self._verify = verify
        self.budget = budget
        self.users: list[str] = []

    def record_use(self, identity: Identity) -> None:
        self.users.append(identity.subject)

    async def verify(self, token: str, network: str) -> Identity:
        return await self._verify(token)


class SyncHarness:
    """Clients come and go; time stands still but for `pass_time`. Tokens are names that `token` hands out."""

    def __init__(self, folder: Path, **sections: Any) -> None:
        self.backend = Backend(folder, Settings(**({"rates": GENEROUS} | sections)), REGISTRY)
        self.keys_away = False
        self._closed = False
        self._moved = 0.0
        loop = self.backend.runner.get_loop()
        real_time = loop.time
        loop.time = lambda: real_time() + self._moved  # type: ignore[method-assign]
        self.metrics = Metrics("test")
        self.verified: list[str] = []
        self._identities: dict[str, Identity] = {}
        self.pipes: list[Pipe] = []
        self.sockets = self._sockets()

    def _sockets(self) -> Sockets:
        runtime = self.backend.runtime
        self.admission = Admitting(self._verify, CallBudget(runtime.settings.rates))
        return Sockets(runtime, self.admission, CallMetrics(self.metrics, {}))

    def token(self, subject: str, lifetime: float = 3600.0, **claims: Any) -> str:
        """Return a token; `lifetime` in seconds."""
        identity = Identity(
            issuer=ISSUER,
            subject=subject,
            email=f"{subject}@example.org",
            expires_at=self.backend.now_ms + lifetime * 1e3,
        )
        name = f"{subject}-{len(self._identities)}"
        self._identities[name] = msgspec.structs.replace(identity, **claims)
        return name

    async def _verify(self, token: str) -> Identity:
        self.verified.append(token)
        await asyncio.sleep(0)
        if self.keys_away:
            raise request_error("AuthProviderUnreachable")
        if token not in self._identities:
            raise request_error("InvalidAuthHeader")
        return self._identities[token]

    def connect(
        self, client: SyncClient | None = None, path: str = "/api/1.48.0/sync", peer: str = "192.0.2.1"
    ) -> Pipe:
        """Open a connection; what the client says first is under way."""

        async def make() -> Pipe:
            return Pipe(self.sockets, client or SyncClient(), path, peer)

        pipe: Pipe = self.backend.run(make())
        self.pipes.append(pipe)
        return pipe

    def open(self, client: SyncClient | None = None, token: str | None = None) -> Pipe:
        """Open a connection and wait until the client is up to date."""
        client = client or SyncClient()
        client.token = token
        pipe = self.connect(client)
        self.settle(pipe)
        return pipe

    def settle(self, *delivering: Pipe) -> None:
        """Deliver what is under way on these connections and let the server work until it has nothing to do."""
        for pipe in delivering:
            pipe.deliver()
        self.backend.run(self._settle())

    def pass_time(self, seconds: float) -> None:
        """Move every clock, fire what is due by then and let the server work."""
        self._moved += seconds
        self.backend.advance(seconds)
        self.settle()

    def rest(self, seconds: float) -> None:
        """Let real time pass."""
        self.backend.run(asyncio.sleep(seconds))
        self.settle()

    def step(self, rounds: int) -> None:
        """Let the server work for a few rounds of the loop."""

        async def work() -> None:
            for _ in range(rounds):
                await asyncio.sleep(0)

        self.backend.run(work())

    async def _settle(self) -> None:
        quiet, before = 0, None
        assert isinstance(self.backend.engine, SqliteEngine)
        while quiet < QUIET_ROUNDS:
            for _ in range(LOOP_ROUNDS):
                await asyncio.sleep(0)
            await self.backend.engine._queue.wait_idle()
            await self.backend.runtime.settle()
            if self.backend.runtime.live._tasks:  # people have their turns in real time
                await asyncio.sleep(TURN_SECONDS)
                quiet = 0
                continue
            now = (self.backend.runtime.tail.seq, [len(pipe.heard) for pipe in self.pipes], len(self.sockets))
            quiet, before = (quiet + 1 if now == before else 0), now

    def do(self, pipe: Pipe, path: str, **args: Any) -> dict[str, Any]:
        """Have a client call a mutation, and return its outcome."""
        number, messages = pipe.client.mutate(path, args)
        pipe.say(messages)
        self.settle(pipe)
        return pipe.client.outcomes[number]

    def value(self, pipe: Pipe, path: str, **args: Any) -> Any:
        """Have a client call a mutation that must succeed, and return its value."""
        outcome = self.do(pipe, path, **args)
        assert outcome["success"], outcome
        return outcome["result"]

    def person(self, name: str) -> "Person":
        """Return somebody with an account and a connection."""
        token = self.token(name)
        pipe = self.open(token=token)
        user_id = self.value(pipe, "users/mutations:upsertUser", workosUserId=name, email=f"{name}@example.org")
        return Person(pipe, token, user_id)

    def watch(self, pipe: Pipe, path: str, **args: Any) -> Callable[[], Any]:
        """Have a client subscribe; return a function that gives what its user sees."""
        number, messages = pipe.client.subscribe(path, args)
        pipe.say(messages)
        self.settle(pipe)
        return lambda: pipe.client.results[number]

    def close(self) -> None:
        """Lose every connection and stop; closing twice is the same as once."""
        if self._closed:
            return
        self._closed = True
        for pipe in self.pipes:
            pipe.cut()
        self.settle()
        for pipe in self.pipes:
            if not pipe.task.done():
                raise AssertionError("a connection is still served after its client has gone")
            pipe.task.result()
        self.backend.close()
