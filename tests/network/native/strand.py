"""One connection of several beside each other to the same person."""

from uuid import uuid4

from connvo.demo.answers import Candidate, Description
from connvo.demo.peer import Peer

from .address import Address
from .relays import IceSetup

RELAY = "relay"


class Strand(Peer):
    """A connection to a page of somebody, by the name `link`."""

    def __init__(self, page: str, setup: IceSetup) -> None:
        super().__init__(page, setup.ice_servers, lambda kind: None, setup.relay_only)
        self.link = uuid4().hex
        self.unanswered = False
        self._by = setup.relays_by
        self._counted = 0

    async def offered(self) -> tuple[Description, list[Candidate]]:
        """Return an offer for them, and the candidates to send after it."""
        self.unanswered = True
        description, candidates = await self.offer()
        return Address(self.link, self.remote_session).on(description), candidates

    async def answered(self, offer: Description, their_link: str) -> tuple[Description, list[Candidate]]:
        """Return the answer to their offer, and the candidates to send after it."""
        description, candidates = await self.answer(offer)
        return Address(self.link, self.remote_session, their_link).on(description), candidates

    async def bind(self, answer: Description) -> None:
        """Take their answer."""
        self.unanswered = False
        await self.accept(answer)

    def grew(self) -> bool:
        """Return whether pictures have been decoded since the last time this was asked."""
        before, self._counted = self._counted, self.negotiation.frames.get("video", 0)
        return self._counted > before

    def way(self) -> str | None:
        """Return the way that media take from here: direct, or relay by udp or tcp; None while there is none."""
        ice = self._connection.getTransceivers()[0].receiver.transport.transport
        pair = ice._connection._nominated.get(1)
        if pair is None:
            return None
        return f"relay by {self._by}" if pair.local_candidate.type == RELAY else "direct"
