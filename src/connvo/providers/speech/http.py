"""A recogniser at a server with OpenAI's transcription API: one request for each utterance.

Guarantees:
    An answer is read only up to a bound, and believed only if it has the form of one.
    No text of earlier utterances is sent along, and nothing is translated.

Does not know: how much a request costs.
"""

import io
import math
import wave
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from connvo.kernel.http_client import web_client
from connvo.kernel.part_health import PartHealth
from connvo.settings import SpeechSettings, split

from .base import SAMPLE_BYTES, SAMPLE_RATE, EngineError, Transcription

if TYPE_CHECKING:
    import httpx2

PATH = "/audio/transcriptions"
ANSWER_BYTES = 256 * 1024
CONNECT_SECONDS = 3.0
OK = 200
SERVER_FAULT = 500
BUSY = {429, 503}
REFUSED = {401, 402, 403, 404, 405}
# Names of languages in full, as some servers return them; others are left out.
LANGUAGE_NAMES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "polish": "pl", "russian": "ru", "ukrainian": "uk", "turkish": "tr", "arabic": "ar",
    "chinese": "zh", "japanese": "ja", "korean": "ko", "hindi": "hi", "swedish": "sv", "czech": "cs",
}  # fmt: skip


class Segment(msgspec.Struct, frozen=True):
    """A part of an answer with the model's own doubts."""

    avg_logprob: float | None = None
    no_speech_prob: float | None = None


class Answer(msgspec.Struct, frozen=True):
    """The answer of a server; `segments` are there if it knows the detailed form."""

    text: str
    language: str | None = None
    segments: list[Segment] | None = None


class HttpRecogniser:
    """The server at the address of the settings."""

    name = "http"
    interim = False

    def __init__(self, settings: SpeechSettings) -> None:
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None
        self._health = PartHealth(True, "not asked yet")
        self.slots = settings.requests
        self.languages = frozenset(split(settings.languages))

    async def start(self) -> None:
        """Open the client; nothing is sent."""
        import httpx2

        key = self._settings.key
        headers = {"authorization": f"Bearer {key}"} if key else {}
        limit = httpx2.Timeout(self._settings.timeout_seconds, connect=CONNECT_SECONDS)
        self._client = web_client(timeout=limit, headers=headers, trust_env=False)

    async def stop(self) -> None:
        """Close the client."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def health(self) -> PartHealth:
        """Return whether the last request had an answer."""
        return self._health

    async def recognise(self, samples: bytes, language: str | None) -> Transcription:
        """Return the words in an utterance.

        Raises:
            EngineError: There is no answer, or none that makes sense.
        """
        try:
            found = read_answer(await self._ask(samples, language))
        except EngineError as error:
            self._health = PartHealth(False, str(error))
            raise
        self._health = PartHealth(True, "answers")
        return found

    async def _ask(self, samples: bytes, language: str | None) -> bytes:
        import httpx2

        if self._client is None:
            raise EngineError("away", "the client is not open")
        form = {"model": self._settings.model, "response_format": "verbose_json", "temperature": "0"}
        if language is not None:
            form["language"] = language
        sent = {"file": ("speech.wav", wav(samples), "audio/wav")}
        address = (self._settings.url or "").rstrip("/") + PATH
        try:
            async with self._client.stream("POST", address, data=form, files=sent) as response:
                return await _body(response)
        except httpx2.TimeoutException:
            raise EngineError("slow", "the server did not answer in time") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise EngineError("away", f"the server cannot be reached ({type(error).__name__})") from None


def wav(samples: bytes) -> bytes:
    """Return audio as a file of WAVE format."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(SAMPLE_BYTES)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(samples)
    return file.getvalue()


def read_answer(body: bytes) -> Transcription:
    """Return the words of an answer.

    Raises:
        EngineError: It is none.
    """
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise EngineError("nonsense", "the server's answer is no transcription", again=False) from None
    segments = answer.segments or []
    return Transcription(
        text=answer.text,
        language=_tag(answer.language),
        no_speech=max(_finite(one.no_speech_prob for one in segments), default=None),
        log_probability=_mean(_finite(one.avg_logprob for one in segments)),
    )


async def _body(response: "httpx2.Response") -> bytes:
    status = response.status_code
    if status in BUSY:
        raise EngineError("busy", f"the server is busy (HTTP {status})", retry_after=_seconds(response))
    if status in REFUSED:
        raise EngineError("refused", f"the server refuses (HTTP {status}): check its address, key and model")
    if status >= SERVER_FAULT:
        raise EngineError("away", f"the server failed (HTTP {status})")
    if status != OK:
        raise EngineError("nonsense", f"the server does not take this audio (HTTP {status})", again=False)
    body = b""
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > ANSWER_BYTES:
            raise EngineError("nonsense", "the server's answer is too long", again=False)
    return body


def _seconds(response: "httpx2.Response") -> float | None:
    """Return the seconds of a Retry-After header; dates are ignored."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _tag(language: str | None) -> str | None:
    if not language:
        return None
    name = language.strip().lower()
    tag = LANGUAGE_NAMES.get(name, name)
    return tag if len(tag) in (2, 3) and tag.isascii() and tag.isalpha() else None


def _finite(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None and math.isfinite(value)]


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
