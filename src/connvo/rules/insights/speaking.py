"""Speaking statistics of a transcript, and what a speaker can make of them."""

from collections import Counter, defaultdict
from itertools import pairwise

from . import wordings
from .languages import words_of
from .report import Replies, Segment, Speaking

MINUTE_MS = 60_000.0


def statistics(segments: tuple[Segment, ...], languages: list[str]) -> tuple[Speaking, ...]:
    """Return the statistics of each speaker, the longest first."""
    spoken: dict[str, float] = defaultdict(float)
    words: dict[str, int] = defaultdict(int)
    fillers: dict[str, int] = defaultdict(int)
    turns: dict[str, list[float]] = defaultdict(list)
    last: str | None = None
    for segment, language in zip(segments, languages, strict=True):
        speaker, length = segment.speaker_id, max(segment.end_ms - segment.start_ms, 0.0)
        spoken[speaker] += length
        words[speaker] += len(words_of(segment.text))
        fillers[speaker] += len(wordings.of(language).fillers.findall(segment.text))
        if speaker == last:
            turns[speaker][-1] += length
        else:
            turns[speaker].append(length)
        last = speaker
    total = sum(spoken.values())
    found = [
        Speaking(
            user_id=speaker,
            ms=ms,
            share=ms / total if total else 0.0,
            turns=len(turns[speaker]),
            longest_ms=max(turns[speaker]),
            words=words[speaker],
            fillers=fillers[speaker],
            pace=words[speaker] / (ms / MINUTE_MS) if ms else 0.0,
        )
        for speaker, ms in spoken.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.ms, one.user_id)))


def replies(segments: tuple[Segment, ...]) -> tuple[Replies, ...]:
    """Return how often the people of each pair spoke right after each other."""
    counts: Counter[tuple[str, str]] = Counter()
    for before, after in pairwise(segments):
        if before.speaker_id != after.speaker_id:
            first, second = sorted((before.speaker_id, after.speaker_id))
            counts[first, second] += 1
    return tuple(Replies(first=first, second=second, count=count) for (first, second), count in sorted(counts.items()))
