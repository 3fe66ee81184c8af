"""The sign-in of a client: its introduction, the verification of its tokens, and their expiry."""

from typing import NoReturn

import structlog

from connvo.kernel import values
from connvo.kernel.clock import MS, NS_PER_MS
from connvo.kernel.errors import FunctionError, RequestError, is_account_closed
from connvo.kernel.identity import Identity
from connvo.transport.admission import Admission

from . import close_codes
from .client import Client
from .close_codes import Closed
from .messages import Authenticate, Connect, encode
from .outbox import Outbox
from .reconnect_reasons import known_reason
from .services import Services
from .session import ProtocolFault, SyncSession

log = structlog.get_logger()
TOO_MANY_STATUS = 429
SERVER_FAULT_STATUS = 500
MAX_SKEW_MS = 2**52


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


class SignIn:
    """The introduction of one client, its tokens, and the clock it brings along.

    `skew` is how far its clock is ahead, in milliseconds.
    """

    def __init__(self, services: Services, client: Client, session: SyncSession, outbox: Outbox) -> None:
        self._services = services
        self._runtime = services.runtime
        self._client = client
        self._session = session
        self._outbox = outbox
        self._hello: Connect | None = None
        self._observed = 0
        self._account_closed = False
        self.skew = 0

    def connect(self, message: Connect) -> None:
        """Take the first message of the client.

        Raises:
            ProtocolFault: It is not the first, or its timestamp is malformed.
        """
        self._session.connect()
        self._hello = message
        self._client.session = message.session_id
        if message.client_ts is not None:
            skew = message.client_ts - self._runtime.now_ms()
            self.skew = int(max(-MAX_SKEW_MS, min(skew, MAX_SKEW_MS)))
        if message.max_observed_timestamp is not None:
            try:
                self._observed = values.decode_timestamp(message.max_observed_timestamp)
            except values.InvalidValue as error:
                raise ProtocolFault(str(error)) from None

    def observe(self) -> None:
        """Let the session begin with what the client has seen on another connection."""
        if self._observed:
            self._session.advance(self._observed)

    async def authenticate(self, message: Authenticate) -> None:
        """Give the client the identity of its token, None after signing out.

        Raises:
            Closed: The token is refused, or cannot be verified now.
            ProtocolFault: The message does not continue the identity versions.
        """
        self._session.check_identity(message.base_version)
        try:
            identity = await verify(self._services.admission, message, self._client.network)
        except TokenRefused as refused:
            self._refuse(str(refused), attempted=True)
        self._session.authenticated()
        self._account_closed = False
        self._client.become(identity)

    async def welcome(self) -> None:
        """Log the reconnect of an account, and advance the clock to what it has seen, so that it sees nothing older.

        Clients without a token move no clock.

        Raises:
            Closed: The database has not reached that time.
        """
        if self._client.identity is None:
            return
        hello, self._hello = self._hello, None
        if hello is not None and hello.connection_count and self._may_log():
            reason = known_reason(hello.last_close_reason)
            log.info("sync_reconnected", connections=hello.connection_count, last_close_reason=reason)
        observed, self._observed = self._observed, 0
        if not observed or await self._runtime.advance_clock(observed):
            return
        if self._may_log():
            log.warning("sync_client_ahead", ahead_ns=observed - int(self._runtime.now_ms() * NS_PER_MS))
        raise Closed(close_codes.BUSY, close_codes.BEHIND)

    def check_expiry(self) -> None:
        """Check that the token still holds.

        Raises:
            Closed: It has expired; the client was told so.
        """
        identity = self._client.identity
        if identity is None:
            return
        leeway = self._runtime.settings.identity.leeway_seconds * MS
        if identity.expires_at + leeway <= self._runtime.now_ms():
            self._refuse("The token has expired: get a new one", attempted=False)

    def note_error(self, error: FunctionError | None) -> None:
        """Note the error of an answer: it may say that the client's account is deactivated."""
        self._account_closed = self._account_closed or is_account_closed(error)

    def check_account(self, answered: bool) -> None:
        """Check that no error said that the account is deactivated.

        A token that no Transition has confirmed is refused before it is `answered`, so that the client gives up after a
        few tries. Otherwise the client gets the errors first, which end its results.

        Raises:
            Closed: One did; the client was told so.
        """
        is_new = self._session.identity > self._session.sent.identity
        if self._account_closed and (answered or is_new):
            self._refuse("This account is deactivated", attempted=is_new)

    def _may_log(self) -> bool:
        return not self._services.lines.take("")

    def _refuse(self, reason: str, attempted: bool) -> NoReturn:
        base = self._session.sent.identity
        self._outbox.put(encode("AuthError", error=reason, baseVersion=base, authUpdateAttempted=attempted))
        raise Closed(close_codes.NORMAL, close_codes.NOT_AUTHENTICATED)
