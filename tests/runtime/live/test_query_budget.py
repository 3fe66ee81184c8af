"""One account has so many live queries, whatever connections it makes; and one network before anybody signs in."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import LimitExceeded
from connvo.runtime.live.query_budget import LiveQueryBudget, QueryAllowance
from connvo.settings import SyncSettings
from tests.support.host import ANN

BOB = msgspec.structs.replace(ANN, subject="bob")
SETTINGS = SyncSettings(queries_per_account=3, queries_per_network=2, query_bytes=1024)


def test_an_account_has_one_limit_over_all_its_connections() -> None:
    budget = LiveQueryBudget(SETTINGS)
    first, second, other = (budget.open("192.0.2.1") for _ in range(3))
    for allowance, identity in ((first, ANN), (second, ANN), (other, BOB)):
        allowance.move(identity)
    assert first.person == second.person != other.person
    first.take(1)
    first.take(1)
    second.take(1)
    with pytest.raises(LimitExceeded, match="One account may have 3 live queries"):
        second.take(1)
    other.take(1)
    first.give_back(1)
    second.take(1)
    first.close()
    second.take(1)


def test_strangers_of_a_network_have_one_limit_and_people_of_it_their_own() -> None:
    budget = LiveQueryBudget(SETTINGS)
    here, also_here, elsewhere = (budget.open(network) for network in ("192.0.2.1", "192.0.2.1", "2001:db8::/64"))
    here.take(1)
    also_here.take(1)
    with pytest.raises(LimitExceeded, match="One network without a sign-in may have 2"):
        here.take(1)
    elsewhere.take(1)
    here.move(ANN)
    here.take(1)
    also_here.take(1)
    with pytest.raises(LimitExceeded):
        also_here.take(1)


def test_their_arguments_have_a_limit_together() -> None:
    allowance = LiveQueryBudget(SETTINGS).open("192.0.2.1")
    allowance.take(1000)
    with pytest.raises(LimitExceeded, match="too large together"):
        allowance.take(25)
    allowance.take(24)


STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["take", "back", "ann", "bob", "out", "close"])))


@given(STEPS)
def test_the_counters_agree_with_the_queries(steps: list[tuple[int, str]]) -> None:
    budget = LiveQueryBudget(SETTINGS)
    allowances = [budget.open(network) for network in ("a", "a", "b")]
    held = [0, 0, 0]

    def total(allowance: QueryAllowance) -> int:
        return sum(held[n] for n, one in enumerate(allowances) if one.person == allowance.person)

    for n, step in steps:
        allowance = allowances[n]
        if step == "take":
            most = SETTINGS.queries_per_account if allowance.person[0] else SETTINGS.queries_per_network
            if total(allowance) < most:
                allowance.take(7)
                held[n] += 1
            else:
                with pytest.raises(LimitExceeded):
                    allowance.take(7)
        elif step == "back" and held[n]:
            allowance.give_back(7)
            held[n] -= 1
        elif step == "close":
            allowance.close()
            held[n] = 0
        elif step in ("ann", "bob", "out"):
            allowance.move({"ann": ANN, "bob": BOB, "out": None}[step])
            held[n] = 0
        assert len(budget) == sum(held)
    for allowance in allowances:
        allowance.close()
    assert len(budget) == 0
    assert budget._usage == {}
