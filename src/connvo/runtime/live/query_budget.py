"""The budget of live queries: per account, and per network for connections without a sign-in.

Guarantees: more connections give an account no more queries, and connections without a sign-in give a network no more.
A query counts from its start to its removal, or to the end of its connection.
"""

from typing import TypeAlias

from connvo.kernel.errors import LimitExceeded
from connvo.kernel.identity import Identity
from connvo.settings import SyncSettings

Payer: TypeAlias = tuple[bool, str]  # whether it is an account, and which account or network


class Usage:
    """The live queries of one payer, and the bytes of their arguments."""

    __slots__ = ("queries", "argument_bytes")

    def __init__(self) -> None:
        self.queries = 0
        self.argument_bytes = 0


class LiveQueryBudget:
    """The live queries of this node by payer. Payers without any are forgotten."""

    def __init__(self, settings: SyncSettings) -> None:
        self._settings = settings
        self._usage: dict[Payer, Usage] = {}

    def __len__(self) -> int:
        return sum(usage.queries for usage in self._usage.values())

    def held_by(self, account: str) -> int:
        """Return the live queries of an account."""
        usage = self._usage.get((True, account))
        return 0 if usage is None else usage.queries

    def open(self, network: str) -> "QueryAllowance":
        """Return the allowance of a new connection. Until a user signs in, its queries count for the network."""
        return QueryAllowance(self, network)

    def take(self, payer: Payer, argument_bytes: int) -> None:
        """Count one more query of a payer.

        Raises:
            LimitExceeded: The payer has the most queries allowed, or their arguments are too large together.
        """
        is_account, _ = payer
        usage = self._usage.get(payer) or Usage()
        limit = self._settings.queries_per_account if is_account else self._settings.queries_per_network
        if usage.queries >= limit:
            payers = "account" if is_account else "network without a sign-in"
            raise LimitExceeded(f"One {payers} may have {limit} live queries", limit=limit)
        limit = self._settings.query_bytes
        if usage.argument_bytes + argument_bytes > limit:
            raise LimitExceeded(
                f"The arguments of live queries are too large together (limit: {limit} bytes)", limit=limit
            )
        usage.queries += 1
        usage.argument_bytes += argument_bytes
        self._usage[payer] = usage

    def give_back(self, payer: Payer, queries: int, argument_bytes: int) -> None:
        """Count fewer queries of a payer."""
        usage = self._usage.get(payer)
        if usage is None:
            return
        usage.queries -= queries
        usage.argument_bytes -= argument_bytes
        if not usage.queries:
            del self._usage[payer]


class QueryAllowance:
    """The live queries of one connection."""

    __slots__ = ("_budget", "_network", "_payer", "_own")

    def __init__(self, budget: LiveQueryBudget, network: str) -> None:
        self._budget = budget
        self._network = network
        self._payer: Payer = (False, network)
        self._own = Usage()

    @property
    def person(self) -> Payer:
        """The account or network that the queries count for."""
        return self._payer

    def take(self, argument_bytes: int) -> None:
        """Count one more query.

        Raises:
            LimitExceeded: The account or network has no room for it, in number or in bytes.
        """
        self._budget.take(self._payer, argument_bytes)
        self._own.queries += 1
        self._own.argument_bytes += argument_bytes

    def give_back(self, argument_bytes: int) -> None:
        """Stop counting a removed query."""
        self._budget.give_back(self._payer, 1, argument_bytes)
        self._own.queries -= 1
        self._own.argument_bytes -= argument_bytes

    def move(self, identity: Identity | None) -> None:
        """Give every query back; later ones count for this account, or for the network again."""
        self.close()
        self._payer = (False, self._network) if identity is None else (True, identity.token_identifier)

    def close(self) -> None:
        """Give every query back, as the connection has ended."""
        self._budget.give_back(self._payer, self._own.queries, self._own.argument_bytes)
        self._own = Usage()
