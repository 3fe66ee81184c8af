"""The choice of pairs with the libraries: the optimum, and candidates that agree with the rules."""

import asyncio
from random import Random

import msgspec
import pytest
from hypothesis import given

from connvo.providers.matching import pairing, process
from connvo.providers.matching.pairing import pair, pair_plainly
from connvo.providers.one_call import ProcessFailed
from connvo.rules.matching import edges as rules
from connvo.rules.matching.edges import Request, edges
from connvo.rules.matching.learning import LearningRequest
from connvo.rules.matching.scoring import Weights
from connvo.rules.matching.seekers import Seeker
from connvo.rules.matching.waiting import Edge
from connvo.rules.matching.windows import HOUR_MS, Window
from tests.support.made_worlds import OTHER, pairs
from tests.support.matching import NOW, named, waiting
from tests.support.pairing import best_total, pools
from tests.support.populations import population, request_of

needs_libraries = pytest.mark.skipif(not pairing.has_libraries(), reason="without the extra matching")


@needs_libraries
@given(pools())
def test_the_optimum_equals_brute_force(pool: list[Edge]) -> None:
    from connvo.providers.matching.optimum import heaviest_matching

    chosen = heaviest_matching(pool)
    ends = [end for one in chosen for end in (one.first, one.second)]
    assert len(ends) == len(set(ends))
    assert sum(one.weight for one in chosen) == pytest.approx(best_total(pool))


@needs_libraries
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weights", [Weights(), OTHER])
def test_candidates_are_the_pairs_that_may_meet_with_the_scores_of_the_rules(
    seed: int, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connvo.providers.matching import candidates

    people = population(Random(seed), 70)
    asked = msgspec.structs.replace(request_of(people, min_score=0.4), weights=weights)
    for module in (candidates, rules):
        monkeypatch.setattr(module, "MAX_CANDIDATES", len(people))
    exact = {(one.first, one.second): one for one in edges(asked)}
    found = {(one.first, one.second): one for one in candidates.candidates(asked)}
    assert found.keys() == exact.keys()
    for key, one in found.items():
        assert one.score == pytest.approx(exact[key].score, abs=1e-5)
        assert one.weight == pytest.approx(exact[key].weight, abs=1e-5)


@needs_libraries
def test_candidates_keep_nearly_all_of_the_best_total_of_a_large_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    from connvo.providers.matching.optimum import heaviest_matching

    asked = request_of(population(Random(1), 200), min_score=0.5)
    chosen = pair(asked)
    monkeypatch.setattr(rules, "MAX_CANDIDATES", len(asked.waiting))
    best = sum(one.score for one in heaviest_matching(edges(asked)))
    assert chosen.optimal
    assert sum(one.score for one in chosen.pairs) >= 0.99 * best


@needs_libraries
def test_noise_of_a_cycle_is_that_of_its_seed() -> None:
    from connvo.providers.matching.candidates import candidates

    asked = request_of(population(Random(4), 70), min_score=0.4)
    plain, first, again = (
        {(one.first, one.second): one for one in candidates(msgspec.structs.replace(asked, seed=seed))}
        for seed in (None, 7, 7)
    )
    assert first == again
    assert {key: one.score for key, one in plain.items()} == {key: one.score for key, one in first.items()}
    assert all(0 < abs(first[key].weight - plain[key].weight) <= 0.05 for key in plain)


@pytest.mark.parametrize("count", [50, 250])
def test_of_people_that_are_all_alike_nobody_is_left_over(count: int) -> None:
    alike = Seeker(wishes=named("a"), roles=named("mentor"))
    asked = request_of([waiting(number, alike) for number in range(count)], min_score=0.5)
    assert len(pair(asked).pairs) == count // 2
    assert len(pair_plainly(asked).pairs) == count // 2


def test_without_the_libraries_pairs_are_made_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "find_spec", lambda name: None)
    asked = request_of(population(Random(2), 40), min_score=0.4)
    found = pair(asked)
    assert found == pair_plainly(asked)
    assert not found.optimal
    assert found.pairs


def test_the_process_pairs_and_learns() -> None:
    asked = request_of(population(Random(3), 12), min_score=0.3)
    found = asyncio.run(process.pair(asked))
    assert found.pairs == pair(asked).pairs
    learned = asyncio.run(process.learn(LearningRequest(samples=pairs(Random(1), 60, OTHER, None), weights=Weights())))
    assert learned.weights != Weights()


def test_a_process_that_ends_without_a_result_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "WORKER", "connvo.providers.matching.missing")
    with pytest.raises(ProcessFailed):
        asyncio.run(process.pair(request_of([], min_score=0.3)))


def test_a_process_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SECONDS", 0.0)
    with pytest.raises(ProcessFailed):
        asyncio.run(process.pair(request_of(population(Random(3), 12), min_score=0.3)))


def test_nobody_is_paired_with_those_they_may_not_meet() -> None:
    first = waiting(1, Seeker(), excluded=frozenset({"user 0002"}))
    far = waiting(3, Seeker(), window=Window(NOW + 5 * HOUR_MS, NOW + 6 * HOUR_MS))
    asked = Request(
        waiting=[first, waiting(2, Seeker()), far], weights=Weights(), min_score=0.0, max_matches=9, now=NOW
    )
    assert pair(asked).pairs == []
