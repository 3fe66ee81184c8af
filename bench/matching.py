"""Pairing against greedy and brute force, a whole cycle beside calls, and the AUC of learned weights on made worlds."""

import asyncio
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random
from statistics import mean
from time import perf_counter, process_time

from connvo.model.matching import cycle
from connvo.providers.matching import pairing
from connvo.providers.matching.pairing import pair_plainly
from connvo.rules.matching import edges as rules
from connvo.rules.matching.edges import Request, best_edges_first, edges
from connvo.rules.matching.features import NAMES, Features
from connvo.rules.matching.learning import Sample, auc, fit
from connvo.rules.matching.scoring import Weights, score
from connvo.rules.matching.seekers import Seeker
from connvo.rules.matching.waiting import Edge, Waiting
from connvo.rules.matching.windows import HOUR_MS, MINUTE_MS, Window
from connvo.rules.matching.wishes import Named
from connvo.runtime.services import Runtime
from connvo.schema.matching import Match, QueueEntry
from connvo.schema.users import User, UserId
from connvo.store.transaction import Transaction

from .figures import Figure, figure
from .world import backend

NOW = 1_800_000_000_000.0
BAR, MOST = 0.5, 10_000
SIZES = (100, 1_000, 2_000)
LOOKED_AT_WHOLE = 1_000
SMALL_POOLS, SMALL = 200, 10
CYCLE_TARGET, LAG_TARGET, PERCENT, MS = 5.0, 20.0, 100.0, 1e3
TICK_SECONDS = 0.001
INTERESTS = [f"interest {number:02}" for number in range(60)]
ROLES = ["mentor", "mentee", "founder", "investor", "technical", "business", "peer"]
FIELDS = ["software", "data science", "marketing", "retail", "ux design", "medicine", None]
LANGUAGES = ["english", "german", "spanish", "french"]
SAMPLES, WORLDS, UNSEEN = (100, 300, 1_000), 8, 2_000
STEEPNESS, SHOWN, UNKNOWN = 6.0, 0.45, 0.2
OTHER = Weights(
    interest_overlap=0.05, vector_similarity=0.05, experience_gap=0.05, industry_match=0.05,
    timezone_compatibility=0.05, language_overlap=0.35, org_constraint_match=0.05, role_complementarity=0.35,
)  # fmt: skip


def measure(folder: Path) -> list[Figure]:
    """Return what pairing reaches and costs, and what learning gains."""
    if not pairing.has_libraries():
        print("matching: the extra is missing, pairing is not measured")
        return [*asyncio.run(_cycles(folder)), *_learning()]
    return [*_small_pools(), *_large_pools(), *asyncio.run(_cycles(folder)), *_learning()]


def _small_pools() -> list[Figure]:
    """Return the total of pools of ten against brute force, for the optimum and for the best edges first."""
    optimum, greedy = [], []
    for seed in range(SMALL_POOLS):
        asked = _request(_people(Random(seed), SMALL))
        found = edges(asked)
        best = _brute_force(found)
        if best > 0:
            greedy.append(_total(best_edges_first(found, SMALL)) / best * PERCENT)
            optimum.append(_total(_optimum(found)) / best * PERCENT)
    return [
        figure("pairing, 10 wait: total of the optimum against brute force", [mean(optimum)], " %", ">=", 99.99),
        figure("  best edges first", [mean(greedy)], " %"),
    ]


def _large_pools() -> list[Figure]:
    """Return the totals, the people matched and the processor time of ways to pair, without their process."""
    from connvo.providers.matching.candidates import candidates  # of the extra

    found: list[Figure] = []
    for count in SIZES:
        asked = _request(_people(Random(count), count))
        began = process_time()
        among = candidates(asked)
        scored = process_time()
        best = _optimum(among)
        chosen = process_time()
        greedy = best_edges_first(among, count)
        ended = process_time()
        name = f"pairing, {count:,} wait: processor time"
        found += [
            figure(name, [chosen - began], " s", "<=", CYCLE_TARGET),
            figure("  of it for the candidates", [scored - began], " s"),
            figure("  people matched", [2 * len(best) / count * PERCENT], " %"),
            figure("  mean score", [mean(one.score for one in best)], ""),
            figure("  best edges first: total against the optimum", [_total(greedy) / _total(best) * PERCENT], " %"),
            figure("  best edges first: people matched", [2 * len(greedy) / count * PERCENT], " %"),
            figure("  best edges first: processor time", [scored - began + ended - chosen], " s"),
        ]
        if count <= LOOKED_AT_WHOLE:
            part = _total(best) / _heaviest_of_all(asked) * PERCENT
            found.append(figure("  total against that of all edges", [part], " %"))
        if count <= pairing.PLAIN_PEOPLE:
            began = process_time()
            plain = pair_plainly(asked)
            found.append(figure("  without the extra: processor time", [process_time() - began], " s"))
            found.append(figure("  without the extra: matched", [2 * len(plain.pairs) / count * PERCENT], " %"))
    return found


def _heaviest_of_all(asked: Request) -> float:
    """Return the greatest total when all edges are candidates."""
    kept, rules.MAX_CANDIDATES = rules.MAX_CANDIDATES, len(asked.waiting)
    try:
        return _total(_optimum(edges(asked)))
    finally:
        rules.MAX_CANDIDATES = kept


async def _cycles(folder: Path) -> list[Figure]:
    """Return how long whole cycles take, from the first read to the last proposal, and how late the loop is then."""
    found: list[Figure] = []
    for count in SIZES:
        async with backend(folder / f"matching-{count}") as runtime:
            await _fill(runtime, count)
            lags: list[float] = []
            watch = asyncio.create_task(_watch(lags))
            began = perf_counter()
            await runtime.call(cycle.run)
            took = perf_counter() - began
            watch.cancel()
            proposed = await runtime.engine.read(lambda db: db.count(Match, "by_due", "proposed", limit=MOST))
        late = sorted(lags)[int(0.99 * (len(lags) - 1))]
        found.append(figure(f"cycle, {count:,} wait: to the last proposal", [took], " s", "<=", CYCLE_TARGET))
        found.append(figure("  lag of the event loop meanwhile, p99", [late], " ms", "<=", LAG_TARGET))
        found.append(figure("  proposals", [float(proposed)], ""))
    return found


def _learning() -> list[Figure]:
    """Return the AUC on new pairs of weights learned from pairs that the weights in force scored well."""
    found: list[Figure] = []
    held = Weights()
    for name, right in (("right", held), ("wrong", OTHER)):
        random = Random(1)
        unseen = [_samples(random, UNSEEN, right, None) for _ in range(WORLDS)]
        before = mean(_auc(one, held) for one in unseen)
        found.append(figure(f"weights in force {name}: their AUC", [before], ""))
        found.append(figure("  best possible", [mean(_auc(one, right) for one in unseen)], ""))
        for count in SAMPLES:
            after = mean(_auc(one, fit(_samples(random, count, right, held), held)) for one in unseen)
            found.append(figure(f"  learned from {count:,}", [after], "", ">=", before - 0.02))
    return found


async def _watch(lags: list[float]) -> None:
    while True:
        began = perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        lags.append((perf_counter() - began - TICK_SECONDS) * MS)


async def _fill(runtime: Runtime, count: int) -> None:
    people = _people(Random(count), count)
    for start in range(0, count, SMALL_POOLS):
        await runtime.engine.write(lambda db, some=people[start : start + SMALL_POOLS]: _store(db, some))  # type: ignore[misc]


def _store(db: Transaction, people: list[Waiting]) -> None:
    for one in people:
        user = db.insert(
            User(token_identifier=one.user_id, workos_user_id="", email="", created_at=db.now, updated_at=db.now)
        )
        db.insert(
            QueueEntry(
                user_id=UserId(user.id),
                available_from=db.now,
                available_to=db.now + (one.window.end - NOW),
                seeker=one.seeker,
                waited_since=db.now - (NOW - one.waited_since),
                created_at=db.now,
                updated_at=db.now,
            )
        )


def _people(random: Random, count: int) -> list[Waiting]:
    found = [
        Waiting(
            entry_id=f"entry {number}",
            user_id=f"user {number}",
            window=Window(NOW, NOW + random.choice([1, 2, 4]) * HOUR_MS),
            waited_since=NOW - random.uniform(0, 10 * MINUTE_MS),
            seeker=_seeker(random),
        )
        for number in range(count)
    ]
    return sorted(found, key=lambda one: one.waited_since)


def _seeker(random: Random) -> Seeker:
    popularity = [1 / (place + 1) for place in range(len(INTERESTS))]
    return Seeker(
        interests=_named(random.choices(INTERESTS, popularity, k=8)),
        wishes=_named(random.choices(INTERESTS, popularity, k=3)),
        roles=_named(random.sample(ROLES, 2)),
        org_id=random.choice(["one", "two", "three", None]),
        level=random.choice([None, 1, 2, 3, 4, 5, 6]),
        field=random.choice(FIELDS),
        languages=tuple(sorted({"english", random.choice(LANGUAGES)})),
        utc_offset=random.choice([None, 0.0, 60.0, -300.0, 330.0]),
    )


def _named(keys: Iterable[str]) -> tuple[Named, ...]:
    return tuple(Named(key, key) for key in sorted(set(keys)))


def _request(people: list[Waiting]) -> Request:
    return Request(waiting=people, weights=Weights(), min_score=BAR, max_matches=1_000, now=NOW)


def _optimum(found: list[Edge]) -> list[Edge]:
    from connvo.providers.matching.optimum import heaviest_matching

    return heaviest_matching(found)


def _total(found: Iterable[Edge]) -> float:
    return sum(one.weight for one in found)


def _brute_force(found: list[Edge]) -> float:
    weights = {(one.first, one.second): one.weight for one in found}

    @cache
    def best(left: tuple[int, ...]) -> float:
        if len(left) < 2:
            return 0.0
        first, *others = left
        total = best(tuple(others))
        for other in others:
            if (first, other) in weights:
                total = max(total, weights[first, other] + best(tuple(one for one in others if one != other)))
        return total

    return best(tuple(range(SMALL)))


def _samples(random: Random, count: int, right: Weights, held: Weights | None) -> list[Sample]:
    found: list[Sample] = []
    while len(found) < count:
        values = {name: None if random.random() < UNKNOWN else random.betavariate(4, 4) for name in NAMES}
        features = Features(**values)
        if held is None or score(features, held) >= SHOWN:
            chance = 1 / (1 + math.exp(-STEEPNESS * (score(features, right) - 0.5)))
            found.append(Sample(features, random.random() < chance))
    return found


def _auc(samples: list[Sample], weights: Weights) -> float:
    return auc(samples, weights) or 0.0
