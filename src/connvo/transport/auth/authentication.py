"""The parts that identify callers, connected: trusted issuers, their keys, and the record of used sign-ins.

Guarantees: all parts share one client for the providers' servers, which closes with them.

Does not know: HTTP requests, the database.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from connvo.kernel.identity import Identity
from connvo.settings import IdentitySettings

from .authenticator import Authenticator
from .discovery import Discovery
from .issuers import issuers_of
from .jwks import Fetcher
from .local_issuer import LocalIssuer
from .session_notes import SessionNotes
from .workos import workos_users


class Authentication:
    """The authenticator of a server, with what it needs. `data` is the folder of the local issuer's key.

    `now` returns the time in seconds since the epoch. `note` stores that a sign-in was used.

    Raises:
        LocalIssuerError: The key of the local issuer cannot be used.
    """

    def __init__(
        self,
        settings: IdentitySettings,
        data: Path,
        now: Callable[[], float],
        note: Callable[[Identity], Awaitable[bool]],
    ) -> None:
        self._settings = settings
        self._notes = SessionNotes(note)
        self.fetcher = Fetcher()
        self.local_issuer = LocalIssuer.open(data) if settings.local_issuer_on else None
        self.discovery = Discovery(settings.issuer, self.fetcher.get) if settings.issuer else None
        users = workos_users(settings, self.fetcher.get)
        issuers = issuers_of(settings, self.local_issuer, self.fetcher.get, self.discovery, users)
        self.authenticator = Authenticator(issuers, settings, now, on_use=self._notes.record)

    def start(self) -> None:
        """Start reading the provider's discovery document; call it on the event loop."""
        if self.discovery is not None:
            self.discovery.start()

    async def stop_reading(self) -> None:
        """Stop the discovery, and wait until used sign-ins are recorded: the database must still be open."""
        if self.discovery is not None:
            await self.discovery.stop()
        await self._notes.settle()

    async def close(self) -> None:
        """Close the client for the providers' servers."""
        await self.fetcher.close()

    def page_origins(self) -> list[str]:
        """Return the provider origins that the page connects to; none until its discovery document was read."""
        if self._settings.workos_client_id:
            return [self._settings.workos_origin]
        provider = None if self.discovery is None else self.discovery.provider
        return [] if provider is None else provider.origins()
