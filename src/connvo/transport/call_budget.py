"""The rate limit of calls, shared by all endpoints: for each account, and for each network without a token.

Guarantees: refusing a call costs a dictionary look-up, and the refusal names the seconds to wait. New tokens are
counted separately, so that calls without a token cannot keep a user from signing in. Calls of an account on one node
are taken from its budget on the others within ten seconds.
"""

from collections.abc import Callable, Mapping

from connvo.kernel.errors import request_error
from connvo.kernel.identity import Identity
from connvo.settings import RateSettings

from .budgets import RateBudget
from .connections import Refused, uncounted

# An account that has used more than this part of its burst since the last look is named to the other nodes.
BUSY_PART = 0.1

Digest = Callable[[str], str]


class CallBudget:
    """The calls left to each account and to each network; one object serves HTTP and the sockets of a node."""

    def __init__(self, settings: RateSettings, refused: Refused = uncounted, digest: Digest = str) -> None:
        self._networks = RateBudget(settings.network_burst, settings.network_per_second)
        self._tokens = RateBudget(settings.network_burst, settings.network_per_second)
        self._accounts = RateBudget(settings.account_burst, settings.account_per_second)
        self._network_burst = float(settings.network_burst)
        self._account_burst = float(settings.account_burst)
        self._refused = refused
        self._digest = digest
        self._used: dict[str, float] = {}
        self._elsewhere: dict[str, float] = {}

    def charge(self, network: str, identity: Identity | None, calls: float = 1.0) -> None:
        """Count calls of an account, or of a network without a token; at most its burst at once.

        Raises:
            RequestError: TooManyRequests, with the seconds to wait.
        """
        if identity is None:
            wait = self._networks.take(network, min(calls, self._network_burst))
        else:
            wait = self._take(identity.token_identifier, min(calls, self._account_burst))
        self._check(wait, "calls")

    def charge_token(self, network: str) -> None:
        """Count a token that is about to be verified for the first time.

        Raises:
            RequestError: TooManyRequests, with the seconds to wait.
        """
        self._check(self._tokens.take(network), "tokens")

    def left(self, account: str) -> tuple[float, float]:
        """Return the calls that an account may make at once, and the seconds until the next one is allowed."""
        return self._accounts.left(account), self._accounts.wait(account)

    def take_busy(self) -> dict[str, float]:
        """Return the digests of accounts that used much of their budget since the last question, with their calls."""
        used, self._used = self._used, {}
        least = self._account_burst * BUSY_PART
        return {self._digest(account): calls for account, calls in used.items() if calls > least}

    def charge_elsewhere(self, calls: Mapping[str, float]) -> None:
        """Take the calls that accounts made on other nodes, by their digests, from their budgets here."""
        self._elsewhere = dict(calls)
        for account in self._used:
            self._settle(account)

    def _take(self, account: str, calls: float) -> float:
        if self._elsewhere and account not in self._used:
            self._settle(account)
        wait = self._accounts.take(account, calls)
        if not wait:
            self._used[account] = self._used.get(account, 0.0) + calls
        return wait

    def _settle(self, account: str) -> None:
        spent = self._elsewhere.pop(self._digest(account), 0.0)
        if spent:
            self._accounts.drain(account, spent)

    def _check(self, wait: float, reason: str) -> None:
        if wait > 0:
            self._refused(reason)
            raise request_error("TooManyRequests", retry_after=wait)
