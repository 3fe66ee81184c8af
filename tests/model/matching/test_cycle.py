"""Cycles that overlap, fail, or lose their server: each person is in one open match, and each match has one meeting."""

from collections.abc import Callable

import pytest

from connvo.model.matching import cycle, jobs
from connvo.model.matching.proposals import propose
from connvo.providers.matching import process
from connvo.providers.one_call import ProcessFailed
from connvo.rules.matching.edges import Request
from connvo.schema.matching import Match, MatchingCycle, QueueEntry
from connvo.settings import MatchingSettings
from tests.support.backend import Backend, CallFailed
from tests.support.matching import CANCEL, CURRENT, STATUS, Pool
from tests.support.store import ENGINES


@pytest.fixture(params=ENGINES)
def pool(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Pool:
    """People who can meet, on each database."""
    return Pool(make_backend(ENGINES[request.param]))


def open_matches(pool: Pool) -> list[Match]:
    return pool.backend.read(lambda db: db.scan(Match, "by_due", "proposed"))


def test_of_overlapping_proposals_one_wins(pool: Pool) -> None:
    first, second, third = (pool.enter(pool.person(name)) for name in ("ann", "bo", "cy"))
    call = pool.backend.runtime.call
    found = [
        pool.backend.run(call(propose, first=one, second=other))
        for one, other in ((first, second), (second, third), (third, first), (second, first), (third, third))
    ]
    assert [score is not None for score in found] == [True, False, False, False, False]
    assert len(open_matches(pool)) == 1


def test_a_proposal_looks_again_at_an_entry_that_has_left(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    first, second = pool.enter(ann), pool.enter(bo)
    bo.call(CANCEL)
    assert pool.backend.run(pool.backend.runtime.call(propose, first=first, second=second)) is None


def test_one_job_is_pending_however_many_enter(pool: Pool) -> None:
    for number in range(4):
        pool.enter(pool.person(f"p{number}"))
    pool.backend.advance(2.1)
    row = pool.backend.read(lambda db: db.first(MatchingCycle, "by_key", ""))
    assert row is not None
    assert row.number == 1
    assert len(open_matches(pool)) == 2


def test_without_two_that_wait_no_cycle_runs(pool: Pool) -> None:
    pool.enter(pool.person("ann"))
    pool.backend.advance(10)
    before = pool.backend.read(lambda db: db.first(MatchingCycle, "by_key", ""))
    pool.backend.advance(120)
    assert pool.backend.read(lambda db: db.first(MatchingCycle, "by_key", "")) == before


def test_a_cycle_every_30_seconds_finds_those_whose_bar_has_fallen(pool: Pool) -> None:
    ann, bo = pool.person("ann"), pool.person("bo")
    # They share one of two wishes and no role: a score between the bars.
    pool.enter(ann, interests=["Climbing", "Chess"], roles=["mentor"])
    pool.enter(bo, interests=["Climbing", "Jazz"], roles=["peer"])
    minutes = 0
    while ann.call(CURRENT) is None:
        pool.backend.advance(60)
        minutes += 1
    assert 9 <= minutes <= 11
    assert ann.call(CURRENT)["partner"]["_id"] == bo.user_id


def test_a_process_that_fails_costs_one_cycle(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(request: Request) -> None:
        raise ProcessFailed("it failed")

    with monkeypatch.context() as broken:
        broken.setattr(process, "pair", fail)
        ann, bo = pool.person("ann"), pool.person("bo")
        pool.enter(ann)
        pool.enter(bo)
        pool.backend.advance(3)
        assert ann.call(STATUS)["status"] == "waiting"
        with pytest.raises(CallFailed, match="SERVICE_UNAVAILABLE"):
            pool.cycle()
    pool.backend.advance(31)
    assert ann.call(CURRENT)["partner"]["_id"] == bo.user_id


def test_every_tenth_cycle_has_noise_of_its_own(pool: Pool) -> None:
    seeds = [pool.backend.run(pool.backend.runtime.call(cycle.begin)).seed for _ in range(20)]
    noisy = [place for place, seed in enumerate(seeds) if seed is not None]
    assert noisy == [9, 19]
    assert seeds[9] != seeds[19]


def test_with_matching_off_nothing_runs(make_backend: Callable[..., Backend]) -> None:
    pool = Pool(make_backend(matching=MatchingSettings(enabled=False)))
    pool.backend.run(pool.backend.runtime.call(jobs.run_cycle))
    pool.backend.run(pool.backend.runtime.call(cycle.run))
    assert pool.backend.read(lambda db: db.first(MatchingCycle, "by_key", "")) is None


def test_old_rows_are_forgotten(pool: Pool) -> None:
    pool.propose(pool.person("ann"), pool.person("bo"))
    pool.backend.advance(10)
    pool.backend.now_ns += int(366 * 86_400 * 1e9)
    pool.backend.run(pool.backend.runtime.call(jobs.forget_matches))
    pool.backend.advance(1)
    for kind in (Match, QueueEntry):
        assert pool.backend.read(lambda db, kind=kind: db.scan(kind, "by_creation")) == []  # type: ignore[misc]
