"""Who is at the other end of a connection: a network, and an account once a token was accepted."""

from typing import Protocol

from connvo.kernel.identity import Identity
from connvo.settings import SyncSettings
from connvo.transport.connections import Connection

from .frame_limits import ReadLimits

SocketSlot = tuple[str, str, str]  # a session, and whose it is: "account" or "network", and which


class Client:
    """The client of one connection. `limits` are what it may send.

    `session` is what the client calls its session. It is no secret, so it means nothing without whose it is.
    """

    def __init__(self, network: str, connection: Connection, settings: SyncSettings) -> None:
        self.network = network
        self.session = ""
        self.identity: Identity | None = None
        self.limits = ReadLimits(
            settings.stranger_message_bytes,
            settings.message_seconds,
            settings.control_frames_per_second,
            settings.fragments_per_second,
        )
        self.connection = connection
        self._settings = settings

    @property
    def key(self) -> str:
        """The account, or the network of a stranger: under this, what is under way is counted."""
        return self.network if self.identity is None else self.identity.token_identifier

    @property
    def slot(self) -> SocketSlot:
        """The session, and whose it is: a newer connection takes the place of an older one of the same seat only."""
        return self.session, "network" if self.identity is None else "account", self.key

    def become(self, identity: Identity | None) -> None:
        """Note a token that was accepted, or that the client has signed out."""
        self.identity = identity
        if identity is None:
            self.limits.message_bytes = self._settings.stranger_message_bytes
            self.connection.forget()
        else:
            self.limits.message_bytes = self._settings.max_message_bytes
            self.connection.recognize(identity.token_identifier)


class SlotHolder(Protocol):
    """A connection in the seat of its client, until a later one of that client takes it."""

    @property
    def client(self) -> Client:
        """Its client."""
        ...

    async def supersede(self) -> None:
        """End for a later connection; return once nothing of it runs any more."""
        ...
