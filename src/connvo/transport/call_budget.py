"""How often somebody may call, at every endpoint alike: by account, or by network before a token was accepted.

Guarantees: a refused call costs a dictionary look-up and names the seconds to wait.
"""

from ..kernel.errors import request_error
from ..kernel.identity import Identity
from ..settings import RateSettings
from .budgets import RateBudget


class CallBudget:
    """The calls left to each account and to each network; one object serves HTTP and the sockets of a node."""

    def __init__(self, settings: RateSettings) -> None:
        self._networks = RateBudget(settings.network_burst, settings.network_per_second)
        self._accounts = RateBudget(settings.account_burst, settings.account_per_second)

    def charge(self, network: str, identity: Identity | None, calls: float = 1.0) -> None:
        """Count calls of an account, or of a network where nobody has signed in.

        Raises:
            RequestError: TooManyRequests, with the seconds to wait.
        """
        if identity is None:
            wait = self._networks.take(network, calls)
        else:
            wait = self._accounts.take(identity.token_identifier, calls)
        if wait > 0:
            raise request_error("TooManyRequests", retry_after=wait)
