"""Tokens, feed names and room secrets for Janus, all derived from one secret of the server.

Guarantees:
    Only this server can make them; each is the same every time.

Does not know:
    The rooms that exist at Janus, and who may enter them.
"""

import hashlib
import hmac

from .base import MediaRoom, RoomMember

# Length of the HMAC in tokens and secrets: 128 bits.
MAC_CHARACTERS = 32


class JanusNames:
    """The names of one server at Janus."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, room: MediaRoom, user_id: str) -> str:
        """Return the member's token for a room. It is valid while Janus has it in its lists."""
        return f"{room.room_id}.{user_id}.{self._mac('token', room.room_id, user_id)}"

    def room_secret(self, room: MediaRoom) -> str:
        """Return the secret with which a room is changed, listed and ended."""
        return self._mac("room", room.room_id)

    def feed(self, room: MediaRoom, seat: RoomMember) -> str:
        """Return the name under which a session publishes: its member, the session, and a proof of this server."""
        session = self._mac("session", room.room_id, seat.user_id, seat.session_id)
        return f"{seat.user_id}.{session}{self._feed_proof(room, seat.user_id, session)}"

    def is_ours(self, room: MediaRoom, feed: str) -> bool:
        """Return whether this server has given a feed its name in this room."""
        user_id, _, name = feed.partition(".")
        session, proof = name[:MAC_CHARACTERS], name[MAC_CHARACTERS:]
        return hmac.compare_digest(proof.encode(), self._feed_proof(room, user_id, session).encode())

    def _feed_proof(self, room: MediaRoom, user_id: str, session: str) -> str:
        return self._mac("feed", room.room_id, user_id, session)

    def _mac(self, *words: str) -> str:
        text = "\n".join(("janus", *words)).encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()[:MAC_CHARACTERS]
