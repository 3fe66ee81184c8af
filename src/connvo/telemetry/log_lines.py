"""Keep log lines harmless and few, whatever clients send.

Guarantees: no control character, line separator or direction mark reaches the log, in text or JSON; values, fields
and lines a minute are bounded; suppressed lines are counted.
Does not know: the meaning of an event, or the client that caused it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator

import structlog
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

MAX_VALUE_CHARS = 500
MAX_FIELDS = 24
WINDOW_SECONDS = 60.0
DEFAULT_LINES_A_MINUTE = 10
MAX_KEYS = 512
OTHER = "other"
ELLIPSIS = "…"
# Operators act on these, and no client can cause them.
NEVER_SUPPRESSED = frozenset(
    {"node_died", "lease_lost", "lease_not_renewed", "lease_failed", "turn_server_down", "turn_server_up"}
)
# Fields that distinguish lines of one event; their values come from the code, never from a client.
KEY_FIELDS = ("code", "error", "status")
# Their arguments and further lines may repeat what a client sent.
ASYNCIO = "asyncio"
NETWORK_LOGGERS = ("uvicorn", "websockets", ASYNCIO, "httpx", "httpx2", "httpcore", "httpcore2")
SUPPRESSED_FIELD = "suppressed"

EventDict = structlog.typing.EventDict
Scalar = str | int | float | bool | None


def clean_text(text: str, max_chars: int = MAX_VALUE_CHARS) -> str:
    """Return a text with everything that is not printable escaped, cut to `max_chars`."""
    kept = text[: max_chars + 1]
    if not kept.isprintable():
        kept = "".join(char if char.isprintable() else _escaped(char) for char in kept)
    return kept if len(kept) <= max_chars else kept[: max_chars - 1] + ELLIPSIS


def clean_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Clean every field of a line; a structlog processor, the last one before the line is rendered."""
    cleaned = {clean_text(str(name)): _clean_value(value) for name, value in list(event.items())[:MAX_FIELDS]}
    left_out = len(event) - len(cleaned)
    return cleaned | ({"fields_left_out": left_out} if left_out > 0 else {})


def add_suppressed(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add how many lines like this one were suppressed before it; a structlog processor."""
    suppressed = getattr(event.get("_record"), SUPPRESSED_FIELD, 0)
    if suppressed:
        event[SUPPRESSED_FIELD] = suppressed
    return event


class LineWindows:
    """The line counts of each kind in the current minute; kinds beyond `MAX_KEYS` share one."""

    def __init__(self, lines_a_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lines = lines_a_minute
        self._monotonic = monotonic
        self._windows: dict[tuple[str, ...], _Window] = {}

    def take(self, *key: str) -> int | None:
        """Count a line; return how many of its kind were suppressed before it, None if it is suppressed itself."""
        if key not in self._windows and len(self._windows) >= MAX_KEYS:
            key = (OTHER,)
        return self._windows.setdefault(key, _Window()).take(self._monotonic(), self._lines)

    def suppressed(self) -> dict[str, int]:
        """Return the lines suppressed since the start, by the first word of their kind."""
        counts: dict[str, int] = {}
        for key, window in self._windows.items():
            counts[key[0]] = counts.get(key[0], 0) + window.total
        return counts


class OneLineAMinute:
    """A logger of events that any client can cause: one line of each kind per minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._windows = LineWindows(1, monotonic)

    def write(self, level: Callable[..., object], event: str, key: tuple[str, ...], /, **facts: object) -> None:
        """Write a line with `level`, adding how many of its kind were suppressed before it, or suppress it."""
        earlier = self._windows.take(*key)
        if earlier is not None:
            level(event, **facts, **({"more_since_last_line": earlier} if earlier else {}))


class LineBudget(logging.Filter):
    """A filter of the log handler that passes the first lines of each kind per minute and counts the others.

    Lines below `INFO` always pass, because an operator has turned them on.
    """

    def __init__(
        self, lines_a_minute: int = DEFAULT_LINES_A_MINUTE, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._windows = LineWindows(lines_a_minute, monotonic)
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written, and store in the record how many were suppressed before it."""
        event = record.msg.get("event", "") if isinstance(record.msg, dict) else ""
        if record.levelno < logging.INFO or event in NEVER_SUPPRESSED:
            return True
        with self._lock:
            suppressed = self._windows.take(*_key_of(record))
        if suppressed:
            setattr(record, SUPPRESSED_FIELD, suppressed)
        return suppressed is not None

    def suppressed(self) -> dict[str, int]:
        """Return the lines suppressed since the start, by event."""
        with self._lock:
            return self._windows.suppressed()


class _Window:
    """The line count of one kind in the current minute."""

    __slots__ = ("ends_at", "suppressed", "total", "written")

    def __init__(self) -> None:
        self.ends_at = 0.0
        self.written = 0
        self.suppressed = 0
        self.total = 0

    def take(self, now: float, lines: int) -> int | None:
        """Count a line; return how many were suppressed before it, None if it is suppressed itself."""
        if now >= self.ends_at:
            self.ends_at, self.written = now + WINDOW_SECONDS, 0
        if self.written >= lines:
            self.suppressed += 1
            self.total += 1
            return None
        self.written += 1
        earlier, self.suppressed = self.suppressed, 0
        return earlier


class SuppressedLines(Collector):
    """A collector for suppressed log lines; one budget serves the whole process."""

    def __init__(self, budget: Callable[[], LineBudget | None]) -> None:
        self._budget = budget

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the counter."""
        family = CounterMetricFamily(
            "connvo_log_lines_suppressed", "Log lines beyond the limit of their event.", labels=["event"]
        )
        budget = self._budget()
        for event, count in sorted(budget.suppressed().items() if budget else ()):
            family.add_metric([event], count)
        yield family


def without_quotes(record: logging.LogRecord) -> logging.LogRecord:
    """Return the record of a library without anything that a client may have sent; return our own unchanged."""
    if isinstance(record.msg, dict):
        return record
    text = _template(record) if _library(record) in NETWORK_LOGGERS else record.getMessage().partition("\n")[0]
    bare = logging.makeLogRecord(record.__dict__)
    bare.msg, bare.args = text, ()
    return bare


def _template(record: logging.LogRecord) -> str:
    """Return the first line of a message without its arguments, which asyncio fills in itself, in brackets."""
    text = str(record.msg).partition("\n")[0]
    return text.partition("(")[0] if _library(record) == ASYNCIO else text


def _library(record: logging.LogRecord) -> str:
    return record.name.partition(".")[0]


def _key_of(record: logging.LogRecord) -> tuple[str, ...]:
    if not isinstance(record.msg, dict):
        return (record.name, _template(record)[:MAX_VALUE_CHARS])
    event = record.msg
    fields = (*KEY_FIELDS, "function") if record.levelno >= logging.ERROR else KEY_FIELDS
    return (str(event.get("event", "")), *(str(event.get(field, "")) for field in fields))


def _clean_value(value: object) -> Scalar:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return clean_text(value if isinstance(value, str) else repr(value))


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
