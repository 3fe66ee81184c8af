"""The stale queries of one client, answered on one snapshot.

Guarantees: the guard and the body of a shared query are answers on the same snapshot, so a caller who has lost a right
in a commit sees nothing of that commit. A stale guard alone runs no body again, and a stale body no guard.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeAlias

import msgspec

from connvo.kernel.errors import LimitExceeded

from .client_subscriptions import ClientSubscriptions, QuerySubscription, Refresh
from .live_answers import LiveAnswer, LiveAnswers
from .query_batch import QueryBatch, QueryResult
from .requests import AnyRun, BodyRun, GuardRun, QueryAnswer, QueryRequest

# The cost of sending an answer, besides its run.
SENDING_SECONDS, BYTES_SENT_PER_SECOND = 0.00003, 2e8

Answers = dict[QuerySubscription, QueryAnswer]
# Records a run of a function: its path, the seconds it took and, if it failed, the code of its error.
Ran: TypeAlias = Callable[[str, float, str | None], None]


def unrecorded(path: str, seconds: float, code: str | None) -> None:
    """Ignore a run, where none is counted."""


class Answering:
    """The answers to the live queries of clients, out of those that other clients have, or by new runs."""

    def __init__(self, answers: LiveAnswers, ran: Ran = unrecorded) -> None:
        self._answers = answers
        self._ran = ran
        self._personal: set[str] = set()

    def party(self, client: ClientSubscriptions) -> Hashable:
        """Return the party with which a client takes turns: its person, or the members of its meeting if it is large.

        They take their turns as one, so that others do not wait for each of them when they all come at once.
        """
        watched = (query.question.guard for query in client.stale if query.question.paced)
        subject = client.subject or next((guard.values for guard in watched if guard), None)
        return client.person if subject is None or not self._answers.is_crowd(subject) else subject

    def plans(self, refreshes: Iterable[Refresh]) -> list[list[AnyRun]]:
        """Return the runs that each refresh certainly needs first; of those that may be shared, only one."""
        planned: set[AnyRun] = set()
        return [self._plan(refresh.client.stale, {}, planned) for refresh in refreshes]

    async def answer_all(
        self,
        batch: QueryBatch,
        seq: int,
        refresh: Refresh,
        stale: Iterable[QuerySubscription],
        max_seconds: float,
        answers: Answers,
    ) -> bool:
        """Collect the answers to stale queries; return False if that takes too long or the client has gone."""
        queries = sorted(stale, key=_tag)
        guards: Answers = {}
        for query in queries:
            if query.dropped or (run := query.question.guard) is None:
                continue
            if not await _may_go_on(batch, refresh, max_seconds):
                return False
            guards[query] = await self._answer_guard(batch, seq, refresh, query, run)
        if guards and batch.plans:
            batch.plan(self._plan(queries, guards, set()))
        for query in queries:
            if not await _may_go_on(batch, refresh, max_seconds):
                return False
            answer = None if query.dropped else await self._answer(batch, seq, refresh, query, guards.get(query))
            if answer is not None:
                answers[query] = answer
                cost = SENDING_SECONDS + len(answer.value) / BYTES_SENT_PER_SECOND
                refresh.spend(cost, cost)
        return True

    def drop(self, query: QuerySubscription) -> None:
        """Unsubscribe a query from its answers."""
        self._subscribe_guard(query, None)
        self._subscribe_body(query, None)

    def _plan(self, queries: Iterable[QuerySubscription], guards: Answers, planned: set[AnyRun]) -> list[AnyRun]:
        """Return the runs that queries need and that are not in `planned`; add them there.

        `guards` are the answers of the guards that have run already.
        """
        runs: list[AnyRun] = []
        for query in queries:
            run = self._missing(query, guards.get(query))
            key = run
            if isinstance(run, QueryRequest) and run.path not in self._personal:
                key = run.without_identity()
            if run is not None and key is not None and key not in planned:
                planned.add(key)
                runs.append(run)
        return runs

    def _missing(self, query: QuerySubscription, said: QueryAnswer | None) -> AnyRun | None:
        """Return the next run that a query needs; None if its answers are known, and for a caller who is refused.

        `said` is the answer of its guard, if that has run already.
        """
        request = query.question
        if request.guard is None:
            held = query.body is not None and not query.body.stale
            shared = held or self._answers.known(request) or self._answers.known(request.without_identity())
            return None if shared else request
        if said is None:
            guard = query.guard
            if guard is None or guard.stale:
                guard = self._answers.known(request.guard)
            if guard is None:
                return request.guard
            said = guard.answer
        if said.error is not None or (query.is_for(said.audience) and query.body and not query.body.stale):
            return None
        body = request.body(said.audience)
        return None if self._answers.known(body) else body

    async def _answer(
        self, batch: QueryBatch, seq: int, refresh: Refresh, query: QuerySubscription, guard: QueryAnswer | None
    ) -> QueryAnswer | None:
        """Return the answer to one live query, or None when it was removed meanwhile."""
        if guard is None:
            answer = await self._answer_whole(batch, seq, refresh, query)
        elif guard.error is None:
            answer = await self._answer_body(batch, seq, refresh, query, guard.audience)
        else:
            answer = guard
            self._subscribe_body(query, None)
        if query.dropped:
            self.drop(query)
            return None
        if answer.journal != query.question.journal:
            query.question = msgspec.structs.replace(query.question, journal=answer.journal)
        try:
            query.client.count(query, len(answer.value))
        except LimitExceeded as error:
            self.drop(query)
            return QueryAnswer(error=error)
        return answer

    async def _answer_guard(
        self, batch: QueryBatch, seq: int, refresh: Refresh, query: QuerySubscription, run: GuardRun
    ) -> QueryAnswer:
        """Return what the guard of a shared query says of its caller."""
        held = query.guard
        if held is None or not self._answers.holds(held, seq):
            held = self._known(run, seq)
        if held is not None:
            self._subscribe_guard(query, held)
            return held.answer
        result = await batch.answer(run)
        refresh.spend(result.seconds, result.seconds)
        kept = self._answers.keep(run, result, seq)
        self._subscribe_guard(query, kept)
        return _given(query, kept, result.answer)

    async def _answer_body(
        self, batch: QueryBatch, seq: int, refresh: Refresh, query: QuerySubscription, audience: Hashable
    ) -> QueryAnswer:
        """Return the answer to a shared query for an audience."""
        held = self._held(query, seq) if query.is_for(audience) else None
        if held is None:
            run = query.question.body(audience)
            held = self._known(run, seq)
            if held is None:
                result = await self._run(batch, run)
                kept = self._answers.keep(run, result, seq)
                self._subscribe_body(query, kept)
                refresh.spend(result.seconds, kept.share)
                return _given(query, kept, result.answer)
            self._subscribe_body(query, held)
        refresh.spend(0.0, held.share)
        return held.answer

    async def _answer_whole(
        self, batch: QueryBatch, seq: int, refresh: Refresh, query: QuerySubscription
    ) -> QueryAnswer:
        """Return the answer to a query without a guard. It is shared unless its run has looked at the caller."""
        request = query.question
        held = self._held(query, seq) or self._known(request, seq) or self._known(request.without_identity(), seq)
        if held is not None:
            self._subscribe_body(query, held)
            return held.answer
        result = await self._run(batch, request)
        refresh.spend(result.seconds, result.seconds)
        if result.answer.personal:
            self._personal.add(request.path)
        else:
            request = request.without_identity()
        kept = self._answers.keep(request, result, seq)
        self._subscribe_body(query, kept)
        return _given(query, kept, result.answer)

    async def _run(self, batch: QueryBatch, run: QueryRequest | BodyRun) -> QueryResult:
        result = await batch.answer(run)
        self._ran(run.path, result.elapsed, None if result.answer.error is None else result.answer.error.code)
        return result

    def _held(self, query: QuerySubscription, seq: int) -> LiveAnswer | None:
        """Return the answer that a query subscribes to, if it holds and its page ends where that of the query ends."""
        held = query.body
        if held is None or held.answer.journal != query.question.journal or not self._answers.holds(held, seq):
            return None
        return held

    def _known(self, run: AnyRun, seq: int) -> LiveAnswer | None:
        """Return the answer of a run that a new subscriber may have on the snapshot of `seq`."""
        known = self._answers.known(run)
        return known if known is not None and self._answers.holds(known, seq) else None

    def _subscribe_guard(self, query: QuerySubscription, found: LiveAnswer | None) -> None:
        before, query.guard = query.guard, found
        self._answers.subscribe(query, found, before)

    def _subscribe_body(self, query: QuerySubscription, found: LiveAnswer | None) -> None:
        before, query.body = query.body, found
        if found is not None and isinstance(found.run, BodyRun) and found.run.paced:
            query.client.subject = found.run.subject
        self._answers.subscribe(query, found, before)


async def _may_go_on(batch: QueryBatch, refresh: Refresh, max_seconds: float) -> bool:
    """Wait for a slice of time if there is none; return whether the client waits, and its time is not used up."""
    if batch.is_over:
        await batch.next_slice()
    return refresh.is_wanted(max_seconds)


def _given(query: QuerySubscription, kept: LiveAnswer, answer: QueryAnswer) -> QueryAnswer:
    """Return an answer as given to a query, which is stale if a newer one is kept or will be."""
    if kept.stale or kept.answer is not answer:
        kept.tell_one(query)
    return answer


def _tag(query: QuerySubscription) -> int:
    return query.tag
