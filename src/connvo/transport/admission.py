"""Admission of callers: verifies tokens and counts calls, both within a budget.

Guarantees: a network pays for each token that was not accepted before. Once it has sent too many, its tokens are
refused without checking their signature. Tokens accepted before cost nothing.
"""

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity

from .auth.authenticator import Authenticator, bearer_token
from .call_budget import CallBudget


class Admission:
    """The checks between a request and its call. `budget` counts calls."""

    def __init__(self, auth: Authenticator, budget: CallBudget) -> None:
        self._auth = auth
        self.budget = budget

    async def identify(self, header: bytes | None, network: str) -> Identity | None:
        """Return the caller's identity, None without an Authorization header.

        Raises:
            RequestError: The token is refused, or its network has sent too many.
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
        """Return the identity that a token proves.

        Raises:
            RequestError: The token is refused, or its network has sent too many.
        """
        if not self._auth.has_accepted(token):
            self.budget.charge_token(network)
        return await self._auth.verify(token)

    def record_use(self, identity: Identity) -> None:
        """Record a call of a client that was identified before."""
        self._auth.record_use(identity)
