"""Pairs without any library: everyone once, the best first, and never worse than half of the best total."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.matching.edges import MAX_CANDIDATES, Request, best_edges_first, edges, pairing
from connvo.rules.matching.scoring import Weights
from connvo.rules.matching.seekers import Seeker
from connvo.rules.matching.waiting import Edge
from tests.support.matching import NOW, named, seekers, waiting
from tests.support.pairing import best_total, pools

ANY = Seeker(wishes=named("a"), roles=named("mentor"))


def request(pool: list[Seeker], seed: int | None = None) -> Request:
    people = [waiting(number, seeker) for number, seeker in enumerate(pool)]
    return Request(waiting=people, weights=Weights(), min_score=0.4, max_matches=100, now=NOW, seed=seed)


@given(st.lists(seekers(), max_size=10))
def test_everyone_is_paired_at_most_once_with_a_score_above_the_bar(pool: list[Seeker]) -> None:
    asked = request(pool)
    found = edges(asked)
    chosen = pairing(asked, best_edges_first(found, 100), len(found), optimal=False)
    people = [entry for pair in chosen.pairs for entry in (pair.first, pair.second)]
    assert len(people) == len(set(people))
    assert all(pair.score >= 0.4 for pair in chosen.pairs)


@given(pools())
def test_the_best_edges_first_have_at_least_half_of_the_best_total(pool: list[Edge]) -> None:
    assert sum(one.weight for one in best_edges_first(pool, 100)) >= best_total(pool) / 2 - 1e-9


@given(pools(), st.integers(0, 3))
def test_at_most_as_many_pairs_as_asked_for(pool: list[Edge], most: int) -> None:
    assert len(best_edges_first(pool, most)) <= most


def test_each_person_keeps_their_best_candidates() -> None:
    found = edges(request([ANY] * 60))
    of = [sum(number in (one.first, one.second) for one in found) for number in range(60)]
    assert min(of) >= MAX_CANDIDATES
    assert len(found) < 60 * 59 / 2


def test_noise_changes_the_order_and_not_the_scores() -> None:
    plain = {(one.first, one.second): one for one in edges(request([ANY] * 6))}
    noisy = {(one.first, one.second): one for one in edges(request([ANY] * 6, seed=7))}
    assert noisy == {(one.first, one.second): one for one in edges(request([ANY] * 6, seed=7))}
    assert {key: one.score for key, one in plain.items()} == {key: one.score for key, one in noisy.items()}
    assert all(0 < abs(noisy[key].weight - plain[key].weight) <= 0.05 for key in plain)
