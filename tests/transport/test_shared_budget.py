"""An account that calls several nodes has one budget, within ten seconds."""

import pytest

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity
from connvo.settings import RateSettings
from connvo.transport.call_budget import CallBudget

ANN = Identity(issuer="i", subject="ann", expires_at=0.0)
BEN = Identity(issuer="i", subject="ben", expires_at=0.0)
BURST = 100


def node() -> CallBudget:
    settings = RateSettings(network_burst=2, network_per_second=1, account_burst=BURST, account_per_second=0.001)
    return CallBudget(settings, digest=lambda caller: caller.upper())


def allowed(budget: CallBudget, identity: Identity) -> int:
    """Return how many calls are taken until one is refused."""
    for number in range(BURST + 1):
        try:
            budget.charge("192.0.2.1", identity)
        except RequestError:
            return number
    raise AssertionError("nothing was refused")


def test_two_nodes_double_no_budget_once_they_have_talked() -> None:
    one, other = node(), node()
    for _ in range(80):
        one.charge("192.0.2.1", ANN)
    other.charge_elsewhere(one.take_busy())
    assert allowed(other, ANN) == BURST - 80
    assert allowed(other, BEN) == BURST


def test_calls_that_were_made_before_the_news_count_too() -> None:
    one, other = node(), node()
    for budget in (one, other):
        for _ in range(50):
            budget.charge("192.0.2.1", ANN)
    other.charge_elsewhere(one.take_busy())
    assert other.left(ANN.token_identifier)[0] == pytest.approx(0, abs=0.01)
    assert other.left(ANN.token_identifier)[1] > 0


def test_an_account_that_calls_rarely_is_not_named() -> None:
    one = node()
    for _ in range(10):
        one.charge("192.0.2.1", ANN)
    assert one.take_busy() == {}


def test_a_name_in_a_row_is_a_digest_and_is_told_once() -> None:
    one = node()
    for _ in range(20):
        one.charge("192.0.2.1", ANN)
    assert one.take_busy() == {"I|ANN": 20.0}
    assert one.take_busy() == {}
