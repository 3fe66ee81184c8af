"""Declare the metrics that functions record, each with its name, its labels and, for a histogram, its buckets.

A function passes a value to `ctx.measure`, which records it once the transaction is on disk. A label has few values,
and never identifies a user or a meeting.
"""

from collections.abc import Callable
from typing import TypeAlias

import msgspec

SECONDS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0, 120.0)


class Instrument(msgspec.Struct, frozen=True):
    """A metric: a histogram if it has `buckets`, otherwise a counter."""

    name: str
    description: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()


class Measurement(msgspec.Struct, frozen=True):
    """A value of a metric, with `labels` in the order of its instrument."""

    instrument: Instrument
    value: float
    labels: tuple[str, ...]


Measured: TypeAlias = Callable[[list[Measurement]], None]


def discard_measurements(measures: list[Measurement]) -> None:
    """Ignore the values, where no metrics are collected."""


RUNGS = Instrument(
    "recovery_rungs", "Failed connections by the answer of the recovery ladder.", ("provider", "error", "rung")
)
CONNECT_SECONDS = Instrument(
    "connect_seconds", "From the beginning of a session until it is connected.", ("provider", "candidate"), SECONDS
)
RECOVER_SECONDS = Instrument(
    "recover_seconds", "From the first failure until connected again, by the last rung.", ("provider", "rung"), SECONDS
)
ROOM_MOVES = Instrument("room_moves", "Rooms that moved to another provider.", ("left", "reached"))
ROOM_CLOSINGS = Instrument("room_closings", "Rooms that could neither be used nor moved.", ("provider",))
PROVIDER_FAILURES = Instrument(
    "provider_failures", "Calls that a provider did not answer as it should.", ("provider", "reason")
)
SPEECH_SECONDS = Instrument(
    "speech_seconds", "Seconds of audio: heard, decoded to words, or dropped as holding none.", ("what",)
)
SPEECH_PAUSES = Instrument("speech_pauses", "Streams of speech that paused.", ("reason",))
SPEECH_DELAY_SECONDS = Instrument(
    "speech_delay_seconds", "From the last word of an utterance until it was stored or shown.", ("taken",), SECONDS
)
CALL_SECONDS_OF_A_MODEL = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 240.0, 480.0)
AI_SECONDS = Instrument(
    "ai_call_seconds",
    "Calls of the language model, by `answered` or the reason.",
    ("outcome",),
    CALL_SECONDS_OF_A_MODEL,
)
AI_TOKENS = Instrument("ai_tokens", "Tokens of the language model, as it counted them.", ("direction",))
AI_REJECTED = Instrument("ai_rejected", "Statements of the language model that a check dropped.", ("check",))
MATCHES = Instrument("matches", "Matches by the state that they reached.", ("outcome",))
QUEUE_ENTRIES = Instrument(
    "matching_entries", "Entries of the matching queue by the status that they reached.", ("status",)
)
MATCHING_SECONDS = Instrument(
    "matching_cycle_seconds", "Pairing of those who wait, from the first read to the last proposal.", (), SECONDS
)
EMBEDDING_TEXTS = Instrument(
    "embedding_texts", "Texts given to the embedding model, by `made` or the reason of its failure.", ("outcome",)
)
EMBEDDING_SECONDS = Instrument("embedding_seconds", "Calls of the embedding model that made vectors.", (), SECONDS)
SEARCH_SECONDS = Instrument("search_seconds", "Searches by meaning, with the vector of their text.", (), SECONDS)
ALL = (
    RUNGS, CONNECT_SECONDS, RECOVER_SECONDS, ROOM_MOVES, ROOM_CLOSINGS, PROVIDER_FAILURES, SPEECH_SECONDS,
    SPEECH_PAUSES, SPEECH_DELAY_SECONDS, AI_SECONDS, AI_TOKENS, AI_REJECTED, MATCHES,
    MATCHING_SECONDS, QUEUE_ENTRIES, EMBEDDING_TEXTS, EMBEDDING_SECONDS, SEARCH_SECONDS,
)  # fmt: skip
