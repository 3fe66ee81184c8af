"""The rate limit of calls, shared by all endpoints: for each account, and for each network without a token.

Guarantees: refusing a call costs a dictionary look-up, and the refusal names the seconds to wait. New tokens are
counted separately, so that calls without a token cannot keep a user from signing in.
"""

from connvo.kernel.errors import request_error
from connvo.kernel.identity import Identity
from connvo.settings import RateSettings

from .budgets import RateBudget
from .connections import Refused, uncounted


class CallBudget:
    """The calls left to each account and to each network; one object serves HTTP and the sockets of a node."""

    def __init__(self, settings: RateSettings, refused: Refused = uncounted) -> None:
        self._networks = RateBudget(settings.network_burst, settings.network_per_second)
        self._tokens = RateBudget(settings.network_burst, settings.network_per_second)
        self._accounts = RateBudget(settings.account_burst, settings.account_per_second)
        self._network_burst = float(settings.network_burst)
        self._account_burst = float(settings.account_burst)
        self._refused = refused

    def charge(self, network: str, identity: Identity | None, calls: float = 1.0) -> None:
        """Count calls of an account, or of a network without a token; at most its burst at once.

        Raises:
            RequestError: TooManyRequests, with the seconds to wait.
        """
        if identity is None:
            wait = self._networks.take(network, min(calls, self._network_burst))
        else:
            wait = self._accounts.take(identity.token_identifier, min(calls, self._account_burst))
        self._check(wait, "calls")

    def charge_token(self, network: str) -> None:
        """Count a token that is about to be verified for the first time.

        Raises:
            RequestError: TooManyRequests, with the seconds to wait.
        """
        self._check(self._tokens.take(network), "tokens")

    def _check(self, wait: float, reason: str) -> None:
        if wait > 0:
            self._refused(reason)
            raise request_error("TooManyRequests", retry_after=wait)
