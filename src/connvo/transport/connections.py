"""Count the connections of this server, and choose the one that leaves when there are too many.

Guarantees: connections without a token cannot keep members out. A new connection is not refused while one without a
token is open: the one that was quiet longest is closed for it, of the same network where that has its fill. The
connections of accounts are never closed for others, within bounds for each account and each network.

Does not know: sockets, requests. `close` of a connection does whatever closing means there.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from .budgets import Occupancy

STATE_KEY = "connvo.connection"
# Connections of members behind one address are kept up to this part of all, however many accounts they have.
NETWORK_SHARE = 2

Refused = Callable[[str], None]


def uncounted(reason: str) -> None:
    """Take the reason of a refusal for which there is no counter."""


class Connection:
    """One connection. `network` is None while it is a trusted proxy's and serves no client."""

    __slots__ = ("_home", "_owner", "account", "close", "network")

    def __init__(self, owner: "Connections | None", network: str | None, close: Callable[[], None]) -> None:
        self._owner = owner
        self._home = network
        self.network = network
        self.account: str | None = None
        self.close = close

    @property
    def is_proxied(self) -> bool:
        """Return whether a trusted proxy opened it."""
        return self._home is None

    def belong_to(self, network: str) -> None:
        """Count a proxied connection under the network of the client it serves; another one has its own already."""
        if self._owner is not None and self._home is None and self.network is None:
            self.network = network
            self._owner.add_stranger(self)

    def release(self) -> None:
        """End what `belong_to` began: the connection is the proxy's again."""
        if self._owner is not None and self._home is None and self.network is not None:
            self._owner.remove(self)
            self.network = None

    def recognize(self, account: str) -> None:
        """Count it as an account's: a token was accepted on it."""
        if self._owner is not None and self.account != account:
            self._owner.recognize(self, account)

    def forget(self) -> None:
        """Count it as a stranger's again: its client has signed out."""
        if self._owner is not None and self.account is not None:
            self._owner.forget(self)

    def touch(self) -> None:
        """Note a sign of life: others are closed before it."""
        if self._owner is not None and self.account is None and self.network is not None:
            self._owner.touch(self)

    def leave(self) -> None:
        """Stop counting it: it is closed, or about to be."""
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.leave(self)


class Connections:
    """Every connection of a server. `refused` counts reasons for the metrics."""

    def __init__(self, limit: int, per_network: int, per_account: int, refused: Refused = uncounted) -> None:
        self._per_network = per_network
        self._refused = refused
        self._total = 0
        self._strangers: OrderedDict[Connection, None] = OrderedDict()
        self._strangers_of: dict[str, OrderedDict[Connection, None]] = {}
        self._accounts = Occupancy(math.inf, per_account)
        self.set_limit(limit)

    def __len__(self) -> int:
        return self._total

    def set_limit(self, limit: int) -> None:
        """Set how many connections may be open in all, while there are none."""
        self.limit = limit
        self._networks = Occupancy(math.inf, limit // NETWORK_SHARE)

    def enter(self, network: str | None, close: Callable[[], None]) -> Connection | None:
        """Count a new connection, None as its network for a trusted proxy's; return None where it must not stay."""
        if self._total >= self.limit and not self._evict(self._strangers):
            self._refused("connections")
            return None
        connection = Connection(self, network, close)
        self._total += 1
        if network is not None:
            self.add_stranger(connection)
        return connection

    def add_stranger(self, connection: Connection) -> None:
        """Count a connection under its network, and close another one of that network where it has its fill."""
        network = connection.network or ""
        mine = self._strangers_of.get(network)
        if mine is not None and len(mine) >= self._per_network:
            self._evict(mine)
        self._strangers_of.setdefault(network, OrderedDict())[connection] = None
        self._strangers[connection] = None

    def remove(self, connection: Connection) -> None:
        """Undo what counts a connection under its network or its account."""
        network = connection.network
        if network is None:
            return
        if connection.account is not None:
            self._accounts.leave(connection.account)
            self._networks.leave(network)
            connection.account = None
        elif connection in self._strangers:
            del self._strangers[connection]
            mine = self._strangers_of[network]
            del mine[connection]
            if not mine:
                del self._strangers_of[network]

    def recognize(self, connection: Connection, account: str) -> None:
        """Count a connection as an account's; where that has its fill, it stays a stranger's."""
        network = connection.network
        if network is None:
            return
        if connection.account is not None:
            self.forget(connection)
        if not self._accounts.enter(account):
            return
        if not self._networks.enter(network):
            self._accounts.leave(account)
            return
        self.remove(connection)
        connection.account = account

    def forget(self, connection: Connection) -> None:
        """Count a connection as a stranger's again."""
        self.remove(connection)
        self.add_stranger(connection)

    def touch(self, connection: Connection) -> None:
        """Move a stranger's connection behind the others."""
        if connection in self._strangers:
            self._strangers.move_to_end(connection)
            self._strangers_of[connection.network or ""].move_to_end(connection)

    def leave(self, connection: Connection) -> None:
        """Stop counting a connection."""
        self.remove(connection)
        self._total -= 1

    def _evict(self, strangers: OrderedDict[Connection, None]) -> bool:
        """Close the connection that was quiet longest; return whether there was one."""
        connection = next(iter(strangers), None)
        if connection is None:
            return False
        self._refused("evicted")
        connection.leave()
        connection.close()
        return True


def connection_of(scope: Mapping[str, Any]) -> Connection:
    """Return the connection of an ASGI scope; one that counts nowhere where another server made the scope."""
    connection = (scope.get("state") or {}).get(STATE_KEY)
    return connection if isinstance(connection, Connection) else Connection(None, None, _nothing)


def _nothing() -> None:
    """Close a connection of another server: that is its own business."""
