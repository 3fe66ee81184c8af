"""The breaker of the language model: shared by all nodes, and tried by one call at a time."""

import pytest

from connvo.model.ai import health
from connvo.rules.insights.attempts import CallFailure
from connvo.runtime.context import MutationCtx
from connvo.schema.ai import AiHealth
from connvo.settings import AiSettings, Settings
from tests.support.backend import Backend

from .conftest import Desk

SECOND_NS = 10**9


def fail(desk: Desk, *reasons: CallFailure) -> None:
    """Records failures."""
    for reason in reasons:
        desk.work(lambda ctx, reason=reason: health.note_failure(ctx, reason))  # type: ignore[misc]


def admitted(desk: Desk) -> bool:
    """Returns whether a call may be made; if so, it counts as made."""
    return desk.work(health.admit)


def pass_time(desk: Desk, seconds: float) -> None:
    """Moves the clock."""
    desk.backend.now_ns += int(seconds * SECOND_NS)


def test_a_healthy_model_is_asked_and_costs_no_row(desk: Desk) -> None:
    before = desk.backend.commit_count()
    assert admitted(desk)
    desk.work(health.note_success)
    assert desk.backend.commit_count() == before


def test_three_failures_in_a_row_open_it_for_all_nodes(desk: Desk) -> None:
    fail(desk, "slow", "unreachable")
    assert admitted(desk)
    fail(desk, "rate_limited")
    assert not admitted(desk)
    node = desk.backend.add_node()
    seen = desk.backend.run(node.engine.read(lambda db: db.scan(AiHealth, "by_server")))
    assert [one.breaker.trips for one in seen] == [1]


def test_failures_of_calls_that_took_minutes_are_consecutive(desk: Desk) -> None:
    fail(desk, "slow")
    pass_time(desk, 240)
    fail(desk, "slow")
    pass_time(desk, 240)
    fail(desk, "slow")
    assert not admitted(desk)


@pytest.mark.parametrize("reason", ["unusable", "cut", "declined", "context_cut"])
def test_a_useless_answer_is_no_failure_of_the_server(desk: Desk, reason: CallFailure) -> None:
    fail(desk, reason, reason, reason, reason)
    assert admitted(desk)


def test_a_refused_key_opens_it_at_once(desk: Desk) -> None:
    fail(desk, "refused")
    assert not admitted(desk)


def test_after_its_pause_one_call_tries_at_a_time(desk: Desk) -> None:
    fail(desk, "refused")
    pass_time(desk, 6)
    assert [admitted(desk) for _ in range(3)] == [True, False, False]
    desk.work(health.note_success)
    assert [admitted(desk) for _ in range(3)] == [True] * 3


def test_a_try_that_is_lost_with_its_node_is_made_again(desk: Desk) -> None:
    fail(desk, "refused")
    pass_time(desk, 6)
    assert admitted(desk) and not admitted(desk)
    pass_time(desk, 300)
    assert admitted(desk)


def test_another_model_has_a_breaker_of_its_own(desk: Desk) -> None:
    fail(desk, "refused")
    other = Settings(ai=AiSettings(url="http://127.0.0.1:9/v1", model="other"))

    def ask(ctx: MutationCtx) -> bool:
        ctx.settings = other
        return health.admit(ctx)

    assert desk.work(ask)


def test_availability_names_the_model_and_why_it_fails(desk: Desk) -> None:
    assert desk.work(health.availability).state == "works"
    fail(desk, "refused")
    found = desk.work(health.availability)
    assert (found.model, found.state, found.reason) == ("m", "failing", "refused")
    assert found.retry_at == pytest.approx(desk.backend.now_ms + 5_000, abs=1_000)


def test_without_a_model_there_is_none(backend: Backend) -> None:
    assert Desk(backend).work(health.availability) == health.Availability()
