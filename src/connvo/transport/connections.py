"""The count of this server's connections, and the choice of the one to close when there are too many.

Guarantees: connections without a token cannot keep members out. A new connection is accepted while one without a token
is open: the one that was idle longest is closed for it, of the same network if that is at its limit. Connections of
accounts are never closed for others, within bounds for each account and network.

Does not know: sockets and requests. The `close` of a connection does the closing.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping

from .budgets import Occupancy

STATE_KEY = "connvo.connection"
# The accounts behind one address keep at most one part in this many of all connections.
NETWORK_SHARE = 2

Refused = Callable[[str], None]


def uncounted(reason: str) -> None:
    """Ignore the reason of a refusal, where there is no counter."""


class Connection:
    """An open connection. `network` is None while a trusted proxy holds it without serving a client."""

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
        """Count a proxied connection under the network of the client it serves; others have their network already."""
        if self._owner is not None and self._home is None and self.network is None:
            self.network = network
            self._owner.add_stranger(self)

    def release(self) -> None:
        """Undo `belong_to`: the connection belongs to the proxy again."""
        if self._owner is not None and self._home is None and self.network is not None:
            self._owner.remove(self)
            self.network = None

    def recognize(self, account: str) -> None:
        """Count the connection under an account whose token was accepted on it."""
        if self._owner is not None and self.account != account:
            self._owner.recognize(self, account)

    def forget(self) -> None:
        """Count the connection under its network again: its client has signed out."""
        if self._owner is not None and self.account is not None:
            self._owner.forget(self)

    def touch(self) -> None:
        """Record activity: idle connections are closed before it."""
        if self._owner is not None and self.account is None and self.network is not None:
            self._owner.touch(self)

    def leave(self) -> None:
        """Stop counting the connection: it is closed, or about to be."""
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.leave(self)


class Connections:
    """All connections of a server. `refused` counts refusals by reason for the metrics."""

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
        """Set the total limit; call it only while no connection is open."""
        self.limit = limit
        self._networks = Occupancy(math.inf, limit // NETWORK_SHARE)

    def enter(self, network: str | None, close: Callable[[], None]) -> Connection | None:
        """Count a new connection; return None when the server is full.

        The network is None for a connection of a trusted proxy.
        """
        if self._total >= self.limit and not self._evict(self._strangers):
            self._refused("connections")
            return None
        connection = Connection(self, network, close)
        self._total += 1
        if network is not None:
            self.add_stranger(connection)
        return connection

    def add_stranger(self, connection: Connection) -> None:
        """Count a connection under its network, and close an idle one if that network is at its limit."""
        network = connection.network or ""
        mine = self._strangers_of.get(network)
        if mine is not None and len(mine) >= self._per_network:
            self._evict(mine)
        self._strangers_of.setdefault(network, OrderedDict())[connection] = None
        self._strangers[connection] = None

    def remove(self, connection: Connection) -> None:
        """Stop counting a connection under its network or account, but not in the total."""
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
        """Count a connection under an account; at the account's limit it stays without one."""
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
        """Count a connection under its network again."""
        self.remove(connection)
        self.add_stranger(connection)

    def touch(self, connection: Connection) -> None:
        """Make a connection without an account the last to be closed."""
        if connection in self._strangers:
            self._strangers.move_to_end(connection)
            self._strangers_of[connection.network or ""].move_to_end(connection)

    def leave(self, connection: Connection) -> None:
        """Stop counting a connection."""
        self.remove(connection)
        self._total -= 1

    def _evict(self, strangers: OrderedDict[Connection, None]) -> bool:
        """Close the connection that was idle longest; return whether there was one."""
        connection = next(iter(strangers), None)
        if connection is None:
            return False
        self._refused("evicted")
        connection.leave()
        connection.close()
        return True


def connection_of(scope: Mapping[str, object]) -> Connection:
    """Return the connection of an ASGI scope, or an uncounted one if another server made the scope."""
    state = scope.get("state")
    connection = state.get(STATE_KEY) if isinstance(state, dict) else None
    return connection if isinstance(connection, Connection) else Connection(None, None, _nothing)


def _nothing() -> None:
    """Leave closing to the other server that owns the connection."""
