"""Set up logging: structured lines on standard error, without personal data, bounded by `log_lines`."""

import logging
import sys
import traceback
from typing import TextIO

import structlog

from .log_lines import DEFAULT_LINES_A_MINUTE, NETWORK_LOGGERS, LineBudget, add_suppressed, clean_fields, without_quotes

MAX_FRAMES = 8

Processor = structlog.typing.Processor


def configure_logging(level: str, form: str, lines_a_minute: int = DEFAULT_LINES_A_MINUTE) -> None:
    """Send every log line, our own and those of libraries, to standard error as `text` or `json`.

    `lines_a_minute` bounds the lines of one event; suppressed ones are counted.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _describe_exception,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = LineHandler(sys.stderr)
    handler.addFilter(LineBudget(lines_a_minute))
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[add_suppressed, remove_meta, clean_fields, renderer]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # Their lines below WARNING repeat ours, or contain addresses and payloads.
    for name in NETWORK_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))


class LineHandler(logging.StreamHandler[TextIO]):
    """A handler that writes log lines, without what lines of libraries quote."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return super().format(without_quotes(record))


def describe(error: BaseException) -> dict[str, object]:
    """Return the loggable facts of an exception: its type and place, never its text or its values."""
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    where = [f"{frame.filename.rpartition('/connvo/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "where": " < ".join(reversed(where))}


def _describe_exception(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event.update(describe(error))
    return event
