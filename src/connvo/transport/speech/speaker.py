"""The words of one speaker on their way to the database.

Guarantees: a failure of the database loses no words: the caller learns that they were not taken.
"""

import asyncio
from typing import Any, Literal

import structlog

from connvo.kernel.errors import FunctionError, Invalid, Unauthorized
from connvo.kernel.identity import Identity
from connvo.providers.speech.base import Final, Partial
from connvo.store.engine import StoreError

from . import endings
from .endings import Ended
from .messages import AUTO, Start
from .services import Listening, Services
from .timeline import Timeline

log = structlog.get_logger()
RETRY_SECONDS = (0.1, 0.5, 1.0, 2.0)
MIN_SPAN_MS = 1.0

Taken = Literal["stored", "shown", "refused", "failed"]


class Speaker:
    """A member who is heard in a meeting. `session` names their stream over all of its connections.

    `user_id` is known once `listening` was asked.
    """

    def __init__(self, services: Services, start: Start, identity: Identity) -> None:
        self._services = services
        self._language = None if start.language == AUTO else start.language
        self.meeting_id = start.meeting_id
        self.session = start.session_id
        self.identity = identity
        self.user_id = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The stream: a later connection of it replaces an earlier one."""
        return self.meeting_id, self.user_id, self.session

    def language(self, listening: Listening) -> str | None:
        """Return the primary tag of what the speaker chose to speak, None if the engine is to find out."""
        chosen = self._language or listening.language
        return None if chosen is None else chosen.partition("-")[0].lower()

    async def listening(self) -> Listening:
        """Return whether the speaker may be heard now.

        Raises:
            Ended: They are not a member who may speak, or their token has expired.
            StoreError: The database does not answer.
        """
        if self.identity.expires_at + self._services.leeway_ms <= self._services.now_ms():
            raise Ended(endings.NO_TOKEN, "Unauthenticated", "The token has expired: get a new one")
        functions, about = self._services.functions, {"meeting_id": self.meeting_id, "stream": self.session}
        try:
            found: Listening = await self._services.call(functions.listen, self.identity, **about)
        except FunctionError as error:
            close = endings.NO_TOKEN if isinstance(error, Unauthorized) else endings.NOT_ALLOWED
            raise Ended(close, error.code, error.message) from None
        self.user_id = found.user_id
        return found

    async def say(self, final: Final, times: Timeline) -> Taken:
        """Store or show final words; `failed` if the database does not take them."""
        for pause in (*RETRY_SECONDS, None):
            try:
                taken: Taken = await self._services.call(
                    self._services.functions.take_final,
                    **self._words(final, times),
                    stream=self.session,
                    first=float(times.sequence_of(final.start)),
                )
                return taken
            except Invalid as error:
                # Such as words of a clock that is wrong.
                log.info("speech_refused", reason=error.message)
                return "refused"
            except (StoreError, FunctionError) as error:
                log.warning("speech_not_stored", reason=error.message)
            if pause is not None:
                await asyncio.sleep(pause)
        return "failed"

    async def murmur(self, partial: Partial, times: Timeline) -> None:
        """Show words that are being spoken; those that cannot be shown are dropped."""
        try:
            await self._services.call(self._services.functions.take_interim, **self._words(partial, times))
        except (StoreError, FunctionError) as error:
            log.debug("speech_not_shown", reason=error.message)

    async def fall_silent(self) -> None:
        """Remove the words that were being spoken."""
        try:
            await self._services.call(
                self._services.functions.end_stream, meeting_id=self.meeting_id, user_id=self.user_id
            )
        except (StoreError, FunctionError) as error:
            log.debug("speech_not_ended", reason=error.message)

    def _words(self, words: Final | Partial, times: Timeline) -> dict[str, Any]:
        now = self._services.now_ms()
        start = min(times.time_of(words.start), now - MIN_SPAN_MS)
        return {
            "meeting_id": self.meeting_id,
            "user_id": self.user_id,
            "text": words.text,
            "confidence": words.confidence,
            "start_ms": start,
            "end_ms": max(min(times.end_of(words.end), now), start + MIN_SPAN_MS),
            "language": words.language,
        }
