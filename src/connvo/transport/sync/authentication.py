"""Verification of the token in an Authenticate message."""

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity
from connvo.transport.admission import Admission

from . import close_codes
from .close_codes import Closed
from .messages import Authenticate

TOO_MANY_STATUS = 429
SERVER_FAULT_STATUS = 500


class TokenRefused(Exception):
    """A refused token; the reason is for the client."""


async def verify(admission: Admission, message: Authenticate, network: str) -> Identity | None:
    """Return the identity in a message, None for a client that signs out.

    Raises:
        TokenRefused: The token is not accepted.
        Closed: The token cannot be verified now; the client has to reconnect later.
    """
    if message.token_type == "None":
        return None
    if message.token_type == "Admin":
        raise TokenRefused("There is no admin key on this server")
    try:
        return await admission.verify(message.value or "", network)
    except RequestError as error:
        if error.status >= SERVER_FAULT_STATUS:
            raise Closed(close_codes.BUSY, close_codes.KEYS_UNREACHABLE) from None
        if error.status == TOO_MANY_STATUS:
            raise Closed(close_codes.BUSY, close_codes.OVERLOADED) from None
        raise TokenRefused(error.message) from None
