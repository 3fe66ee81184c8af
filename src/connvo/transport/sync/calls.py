"""The mutations and actions of one client.

Guarantees: mutations go to the database and are answered in order of arrival, actions whenever they finish. Calls of a
client that disconnects are finished.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from connvo.kernel import values
from connvo.kernel.errors import FunctionError, LimitExceeded, RequestError
from connvo.kernel.identity import Identity
from connvo.runtime.request_dedup import MutationOrder

from .client import Client
from .messages import Action, Mutation
from .outbox import Outbox
from .requests import RunningMutation
from .services import Services
from .session import SyncSession, action_answer

MUTATIONS_IN_TURN = 4


class Calls:
    """The running calls of one client.

    `note_error` gets the error of each answer. `wake` is called when an answer waits in the outbox.
    """

    def __init__(
        self,
        services: Services,
        client: Client,
        session: SyncSession,
        outbox: Outbox,
        note_error: Callable[[FunctionError | None], None],
        wake: Callable[[], None],
    ) -> None:
        self.order = MutationOrder()
        self._services = services
        self._client = client
        self._session = session
        self._outbox = outbox
        self._note_error = note_error
        self._wake = wake
        self._mutations: deque[RunningMutation] = deque()
        self._actions = 0

    @property
    def mutations(self) -> int:
        """The number of running mutations."""
        return len(self._mutations)

    def __bool__(self) -> bool:
        return bool(self._mutations) or self._actions > 0

    async def wait_for_turn(self, message: Mutation) -> None:
        """Let others run after some unanswered mutations, except before those that a running conversation needs."""
        runtime, key = self._services.runtime, self._client.key
        if message.udf_path in runtime.urgent or (len(self._mutations) + 1) % MUTATIONS_IN_TURN:
            return
        try:
            await runtime.live.turns.join(key)
        except BaseException:
            self._services.mutations.leave(key)
            raise

    def begin(self, message: Mutation) -> None:
        """Hand a mutation to the database. The caller has entered it into the count of its account or network."""
        client, running = self._client, self._services.mutations
        key, begun = client.key, False
        try:
            if self._session.begin(message.request_id):
                mutation = self._services.requests.mutate(message, client, self.order)
                begun = True
                mutation.done.add_done_callback(lambda _: running.leave(key))
                self._mutations.append(mutation)
        finally:
            if not begun:
                running.leave(key)

    async def answer_mutations(self) -> RequestError | None:
        """Answer all running mutations; return why the client has to send the others again, if it has to.

        Their outcome is unknown then. Committed effects are still shown: otherwise the client would send them again
        indefinitely.
        """
        while self._mutations:
            outcome = await self._mutations[0].outcome()
            self._mutations.popleft()
            if isinstance(outcome, RequestError):
                self.leave()
                self._mutations.clear()
                self._session.abandon()
                return outcome
            self._note_error(outcome.error)
            self._outbox.put(self._session.answer(outcome.value, outcome.error, outcome.ts, outcome.log_lines))
        return None

    async def end_mutations(self) -> None:
        """Wait until no mutation runs."""
        if self._mutations:
            await asyncio.wait([mutation.done for mutation in self._mutations])

    def act(self, message: Action) -> None:
        """Start an action."""
        key = self._client.key
        if not self._services.actions.enter(key):
            limit = self._services.settings.account_actions
            error = LimitExceeded(f"One account may run {limit} actions at once: wait for one to finish", limit=limit)
            self._outbox.put(action_answer(message.request_id, None, error, []))
            return
        self._actions += 1
        self._services.spawn(self._finish_action(message, self._client.identity, key))

    def leave(self) -> None:
        """Finish the running mutations in the background, as no client waits for their answers."""
        if self._mutations:
            self._services.spawn(_finish(list(self._mutations)))

    async def _finish_action(self, message: Action, identity: Identity | None, key: str) -> None:
        try:
            outcome = await self._services.requests.act(message, self._client, identity)
        finally:
            self._actions -= 1
            self._services.actions.leave(key)
        value = None if outcome.error else values.encode_exact(outcome.value)
        self._note_error(outcome.error)
        self._outbox.put(action_answer(message.request_id, value, outcome.error, outcome.log_lines))
        self._wake()


async def _finish(mutations: Iterable[RunningMutation]) -> None:
    """Finish mutations of disconnected clients."""
    for mutation in mutations:
        await mutation.outcome()
