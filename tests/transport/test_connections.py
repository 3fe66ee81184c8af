"""Connections without a token make room for others and for members, and each is counted once, until it closes."""

from typing import Any

import pytest

from connvo.transport.connections import STATE_KEY, Connection, Connections, connection_of

ALICE, BOB = "issuer|alice", "issuer|bob"


class House:
    """Connections, those that were closed for others, and the reasons that were counted."""

    def __init__(self, limit: int = 8, per_network: int = 3, per_account: int = 2) -> None:
        self.closed: list[str] = []
        self.reasons: list[str] = []
        self.connections = Connections(limit, per_network, per_account, self.reasons.append)

    def enter(self, name: str, network: str | None = "10.0.0.1") -> Connection:
        connection = self.connections.enter(network, lambda: self.closed.append(name))
        assert connection is not None
        return connection


def test_a_network_that_has_its_fill_loses_the_connection_that_was_quiet_longest() -> None:
    house = House()
    first = house.enter("a")
    house.enter("b")
    house.enter("c")
    first.touch()
    house.enter("d")
    assert house.closed == ["b"]
    assert len(house.connections) == 3
    assert house.reasons == ["evicted"]


def test_a_network_takes_nothing_from_another_while_there_is_room() -> None:
    house = House()
    house.enter("other", "10.0.0.2")
    for number in range(9):
        house.enter(f"a{number}")
    assert "other" not in house.closed
    assert len(house.connections) == 4


def test_when_all_are_taken_the_quietest_stranger_makes_room() -> None:
    house = House(limit=8, per_network=3)
    for number in range(8):
        house.enter(str(number), f"10.0.0.{number}")
    house.enter("new", "10.0.1.1")
    assert house.closed == ["0"]
    assert len(house.connections) == 8


def test_a_member_is_not_closed_for_strangers() -> None:
    house = House(limit=8, per_network=3)
    member = house.enter("member")
    member.recognize(ALICE)
    for number in range(50):
        house.enter(str(number), f"10.0.{number}.1")
        house.enter(f"same {number}")
    assert "member" not in house.closed
    assert member.account == ALICE


def test_members_alone_are_not_closed_for_anybody() -> None:
    house = House(limit=4, per_account=4)
    for number in range(4):
        house.enter(str(number), f"10.0.0.{number}").recognize(f"account {number}")
    assert house.connections.enter("10.0.0.9", lambda: None) is None
    assert (house.closed, house.reasons) == ([], ["connections"])


def test_an_account_keeps_only_so_many() -> None:
    house = House(limit=8, per_network=3, per_account=2)
    mine = [house.enter(str(number)) for number in range(3)]
    for connection in mine:
        connection.recognize(ALICE)
    assert [connection.account for connection in mine] == [ALICE, ALICE, None]
    mine[0].leave()
    mine[2].recognize(ALICE)
    assert mine[2].account == ALICE


def test_accounts_of_one_network_keep_at_most_half_of_all() -> None:
    house = House(limit=8, per_network=8, per_account=2)
    mine = [house.enter(str(number)) for number in range(6)]
    for number, connection in enumerate(mine):
        connection.recognize(f"account {number}")
    assert [connection.account is not None for connection in mine] == [True] * 4 + [False] * 2


def test_a_client_that_signs_out_counts_under_its_network_again() -> None:
    house = House(per_network=1)
    member = house.enter("member")
    member.recognize(ALICE)
    house.enter("stranger")
    assert house.closed == []
    member.forget()
    assert house.closed == ["stranger"]
    house.enter("next")
    assert house.closed == ["stranger", "member"]


def test_another_account_takes_the_place_of_the_first() -> None:
    house = House(per_account=1)
    one, two = house.enter("one"), house.enter("two")
    one.recognize(ALICE)
    one.recognize(BOB)
    two.recognize(ALICE)
    assert (one.account, two.account) == (BOB, ALICE)


def test_a_proxys_connection_counts_for_the_client_it_serves() -> None:
    house = House(per_network=1)
    proxied = [house.enter(str(number), None) for number in range(3)]
    assert house.closed == []
    proxied[0].belong_to("10.0.0.1")
    proxied[1].belong_to("10.0.0.2")
    proxied[2].belong_to("10.0.0.1")
    assert house.closed == ["0"]
    proxied[2].release()
    house.enter("direct", "10.0.0.1")
    assert house.closed == ["0"]


def test_a_direct_connection_keeps_its_own_network() -> None:
    house = House()
    connection = house.enter("a", "10.0.0.1")
    connection.belong_to("10.0.0.2")
    connection.release()
    assert connection.network == "10.0.0.1"
    assert not connection.is_proxied


def test_leaving_twice_counts_once_and_nothing_stays() -> None:
    house = House(per_account=1, per_network=1)
    for _ in range(5):
        stranger, member, proxied = house.enter("s"), house.enter("m", "10.0.0.2"), house.enter("p", None)
        member.recognize(ALICE)
        assert member.account == ALICE
        proxied.belong_to("10.0.0.3")
        for connection in (stranger, member, proxied):
            connection.leave()
            connection.leave()
            connection.touch()
            connection.recognize(BOB)
        assert len(house.connections) == 0
    assert house.closed == []


@pytest.mark.parametrize("scope", [{}, {"state": None}, {"state": {}}, {"state": {STATE_KEY: "no connection"}}])
def test_a_scope_of_another_server_has_a_connection_that_counts_nowhere(scope: dict[str, Any]) -> None:
    connection = connection_of(scope)
    connection.belong_to("10.0.0.1")
    connection.recognize(ALICE)
    connection.forget()
    connection.close()
    connection.leave()
    assert connection.account is None
