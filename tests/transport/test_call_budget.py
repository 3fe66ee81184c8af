"""A network is counted until a token was accepted, then the account; neither pays for the other."""

import pytest

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity
from connvo.settings import RateSettings
from connvo.transport.call_budget import CallBudget

ANN = Identity(issuer="i", subject="ann", expires_at=0.0)
BEN = Identity(issuer="i", subject="ben", expires_at=0.0)


def budget() -> CallBudget:
    return CallBudget(
        RateSettings(network_burst=2, network_per_second=0.001, account_burst=3, account_per_second=0.001)
    )


def test_strangers_of_one_network_share_a_budget_and_others_have_their_own() -> None:
    calls = budget()
    calls.charge("192.0.2.1", None)
    calls.charge("192.0.2.1", None)
    with pytest.raises(RequestError) as refused:
        calls.charge("192.0.2.1", None)
    assert (refused.value.code, refused.value.status) == ("TooManyRequests", 429)
    assert refused.value.retry_after and refused.value.retry_after > 900
    calls.charge("192.0.2.2", None)


def test_an_account_has_one_budget_wherever_it_calls_from() -> None:
    calls = budget()
    for network in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        calls.charge(network, ANN)
    with pytest.raises(RequestError):
        calls.charge("192.0.2.4", ANN)
    calls.charge("192.0.2.1", BEN)
