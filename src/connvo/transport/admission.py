"""Let callers in: their tokens at a price, their calls within a budget.

Guarantees: a network pays for each token that was not accepted before, and once it has sent too many, tokens are
refused before their signature is looked at. Those that were accepted before cost nothing.
"""

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity

from .auth.authenticator import Authenticator, bearer_token
from .call_budget import CallBudget


class Admission:
    """What stands between a request and its call. `budget` counts calls."""

    def __init__(self, auth: Authenticator, budget: CallBudget) -> None:
        self._auth = auth
        self.budget = budget

    async def identify(self, header: bytes | None, network: str) -> Identity | None:
        """Return who calls, None without an Authorization header.

        Raises:
            RequestError: The token is not accepted, or its network has sent too many.
        """
        if header is None:
            return None
        try:
            token = bearer_token(header)
        except RequestError:
            self.budget.charge_token(network)
            raise
        return await self.verify(token, network)

    async def verify(self, token: str, network: str) -> Identity:
        """Return whose token this is.

        Raises:
            RequestError: The token is not accepted, or its network has sent too many.
        """
        if not self._auth.has_accepted(token):
            self.budget.charge_token(network)
        return await self._auth.verify(token)

    def record_use(self, identity: Identity) -> None:
        """Take note of a call by somebody who was let in before."""
        self._auth.record_use(identity)
