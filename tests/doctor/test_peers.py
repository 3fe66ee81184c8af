"""Whom a TURN server should relay to, by where it is reached."""

import asyncio
from ipaddress import ip_address
from typing import Any

import pytest

from connvo.doctor.peers import NEVER, PRIVATE, PUBLIC, judge_peers
from connvo.doctor.report import Outcome
from connvo.doctor.stun import Endpoint
from connvo.doctor.turn import FORBIDDEN, Allocated, Refused

INTERNET, NETWORK, MACHINE = "8.8.4.4", "192.168.1.2", "127.0.0.1"
HERE = "9.9.9.9"


class Permitting:
    """A client of a server that grants permissions for some addresses, and refuses others with a code."""

    def __init__(self, granted: set[str], code: int = FORBIDDEN) -> None:
        self._granted = {ip_address(one) for one in granted}
        self._code = code

    async def permit(self, peer: Endpoint) -> None:
        if peer.address not in self._granted:
            raise Refused("permission", self._code, "no")


def judged(server: str, granted: set[str], code: int = FORBIDDEN, here: str = HERE) -> Outcome | None:
    client: Any = Permitting(granted, code)
    allocated = Allocated(Endpoint(ip_address(server), 50_000), Endpoint(ip_address(here), 40_000), False)
    return asyncio.run(judge_peers(client, allocated, ip_address(server)))


@pytest.mark.parametrize("server", [INTERNET, NETWORK, MACHINE, "2600::1"])
def test_the_public_and_nothing_else_is_right_everywhere(server: str) -> None:
    assert judged(server, {*PUBLIC, HERE}) is None


@pytest.mark.parametrize(
    ("server", "state"), [(INTERNET, "failed"), ("2600::1", "failed"), (NETWORK, "warning"), (MACHINE, "warning")]
)
def test_one_that_denies_the_public_has_failed_on_the_internet(server: str, state: str) -> None:
    found = judged(server, {*NEVER, *PRIVATE})
    assert found is not None
    assert (found.state, "no public address" in found.says) == (state, True)


@pytest.mark.parametrize("address", [*NEVER, *PRIVATE])
def test_one_address_inside_is_told_of_a_server_on_the_internet(address: str) -> None:
    found = judged("2600::1" if ":" in address else INTERNET, {*PUBLIC, HERE, address})
    assert found is not None
    assert (found.state, found.says) == ("warning", f"relays to {ip_address(address)}")


def test_in_a_private_network_its_own_are_right_and_the_machine_is_not() -> None:
    assert judged(NETWORK, {*PUBLIC, HERE, *PRIVATE}) is None
    found = judged(NETWORK, {*PUBLIC, HERE, *PRIVATE, "127.0.0.1"})
    assert found is not None and found.says == "relays to 127.0.0.1"


def test_on_one_machine_nothing_is_wrong_with_being_open() -> None:
    assert judged(MACHINE, {*PUBLIC, HERE, *PRIVATE, *NEVER}) is None


def test_a_public_address_of_this_machine_that_is_denied_is_told() -> None:
    found = judged(INTERNET, {*PUBLIC})
    assert found is not None
    assert (found.state, HERE in found.says) == ("warning", True)
    assert judged(INTERNET, {*PUBLIC}, here="192.168.1.7") is None, "a private one is denied with good reason"


def test_another_answer_than_yes_or_no_is_an_error() -> None:
    with pytest.raises(Refused):
        judged(INTERNET, set(), code=500)
