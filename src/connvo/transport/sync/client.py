"""The client of a connection: its network, and its account once a token was accepted."""

from typing import Protocol

from connvo.kernel.identity import Identity
from connvo.settings import SyncSettings
from connvo.transport.connections import Connection

from .frame_limits import ReadLimits

SocketSlot = tuple[str, str, str]  # a session, the kind of its owner ("account" or "network"), and the owner


class Client:
    """The client of one connection. `limits` bound what it may send.

    `session` is the client's own name of its session. It is no secret, so it identifies a session only together with
    its account or network. `takes_chunks`: it understands Transitions in chunks. `address` and `agent` are those of the
    request that opened the connection.
    """

    def __init__(
        self,
        network: str,
        connection: Connection,
        settings: SyncSettings,
        address: str | None = None,
        agent: str | None = None,
    ) -> None:
        self.network = network
        self.address = address
        self.agent = agent
        self.session = ""
        self.takes_chunks = False
        self.identity: Identity | None = None
        self.limits = ReadLimits(
            settings.stranger_message_bytes,
            settings.message_seconds,
            settings.control_frames_per_second,
            settings.fragments_per_second,
            settings.max_refused_bytes,
        )
        self.connection = connection
        self._settings = settings

    @property
    def key(self) -> str:
        """The account, or the network without one: running calls are counted under it."""
        return self.network if self.identity is None else self.identity.token_identifier

    @property
    def slot(self) -> SocketSlot:
        """The session and its owner: a newer connection replaces an older one of the same slot only."""
        return self.session, "network" if self.identity is None else "account", self.key

    def become(self, identity: Identity | None) -> None:
        """Set the identity of an accepted token, or None after signing out, and adapt the limits."""
        self.identity = identity
        if identity is None:
            self.limits.message_bytes = self._settings.stranger_message_bytes
            self.connection.forget()
        else:
            self.limits.message_bytes = self._settings.max_message_bytes
            self.connection.recognize(identity.token_identifier)


class SlotHolder(Protocol):
    """A connection that holds the slot of its client until a later connection of that client takes it."""

    @property
    def client(self) -> Client:
        """The client of the connection."""
        ...

    async def supersede(self) -> None:
        """End in favour of a later connection; return once none of its mutations runs."""
        ...
