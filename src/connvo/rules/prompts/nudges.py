"""Nudges during a call: what is worth a quiet hint to everyone, to the hosts, or to one person. Times in ms.

Guarantees:
    Nothing is concluded from speech that could not be heard: a member whose words do not arrive is never called silent.
    A hint about how one person speaks is for that person alone.

Does not know:
    How seldom nudges come (`rests`), and who has dismissed some.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from connvo.rules.transcripts.chunks import word_count

from .cues import question_at_end
from .kinds import NudgeKind, PromptAudience
from .openers import listed, quoted

SECOND_MS = 1_000.0
MINUTE_MS = 60 * SECOND_MS

# A lull of so long has this relevance.
SILENCES = ((60 * SECOND_MS, 0.9), (30 * SECOND_MS, 0.8), (15 * SECOND_MS, 0.7))
# A longer one is no lull: the members do something else.
MAX_SILENCE_MS = 5 * MINUTE_MS

SHARE_WINDOW_MS = 5 * MINUTE_MS
MIN_SPEECH_MS = 2 * MINUTE_MS
MAX_SHARE = 0.8
# For many members: so many times the equal share.
UNEQUAL = 2.4

SILENT_WINDOW_MS = 10 * MINUTE_MS
MAX_SMALL = 8
MAX_NAMES = 3

UNANSWERED_MS = 60 * SECOND_MS
# A question that is older than this is over.
MAX_QUESTION_MS = 3 * MINUTE_MS

# About two minutes of talk.
MATTER_WORDS = 150

LEFT_MS = 5 * MINUTE_MS
MIN_PLANNED_MS = 2 * LEFT_MS

RELEVANCE: dict[NudgeKind, float] = {
    "silence": 0.7,
    "imbalance": 0.8,
    "silent_member": 0.85,
    "question": 0.75,
    "time": 0.8,
    "suggestion": 0.6,
}
# The texts of nudges that are over: without names, and without words of a transcript.
OVER: dict[str, str] = {
    "question": "A question had no answer for a minute.",
    "silent_member": "Not everyone had spoken for ten minutes.",
    "suggestion": "A question about what was said was suggested.",
}
UNNAMED = "A member"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in the call who may speak.

    `heard`: their words arrive when they speak. `muted`: they cannot be speaking.
    """

    id: str
    name: str | None = None
    is_host: bool = False
    joined_at: float
    heard: bool = False
    muted: bool = False


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A paragraph of one speaker, by the speaker's clock; `id` is its segment."""

    id: str
    speaker: str
    start_ms: float
    end_ms: float
    text: str


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A call at a moment.

    `turns` are those of the last ten minutes at least, in order. `active_at` is the last activity of any kind, and
    `spoke_at` the last speech, both by the server's clock. `planned` is the planned length, `planned_end` its end;
    `acted`: words of the meeting have set something to do.
    """

    now: float
    members: tuple[Member, ...]
    turns: tuple[Turn, ...] = ()
    active_at: float
    spoke_at: float | None = None
    screen_shared: bool = False
    planned: float | None = None
    planned_end: float | None = None
    acted: bool = False


class Nudge(msgspec.Struct, frozen=True, kw_only=True):
    """One hint. `sources` are the people whose words or names it has, `cites` the segments that it rests on."""

    kind: NudgeKind
    content: str
    relevance: float
    audience: PromptAudience = "all"
    person: str | None = None
    cites: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class OpenQuestion(NamedTuple):
    """A question after which no member has spoken."""

    turn: Turn
    text: str


def due(room: Room) -> list[Nudge]:
    """Return the hints that fit the moment, the most relevant first; nothing for a person who is alone."""
    if len(room.members) < 2:
        return []
    found = [_silence(room), _imbalance(room), _silent_member(room), _question(room), _time(room)]
    return sorted((one for one in found if one is not None), key=lambda one: -one.relevance)


def silence_relevance(room: Room) -> float | None:
    """Return the relevance of the present lull, or None if there is none."""
    all_heard = all(one.heard or one.muted for one in room.members) and any(one.heard for one in room.members)
    if not all_heard or room.screen_shared:
        return None
    since = max([room.active_at, room.spoke_at or 0.0, *(one.joined_at for one in room.members)])
    quiet = room.now - since
    if quiet > MAX_SILENCE_MS:
        return None
    return next((relevance for least, relevance in SILENCES if quiet >= least), None)


def is_nearly_up(planned_end: float | None, now: float) -> bool:
    """Return whether the last minutes of the planned time have begun."""
    return planned_end is not None and 0 < planned_end - now <= LEFT_MS


def has_matter(room: Room, since: float) -> bool:
    """Return whether enough was said after a time to suggest a question about it."""
    fresh = [turn for turn in room.turns if turn.end_ms > since]
    return sum(word_count(turn.text) for turn in fresh) >= MATTER_WORDS


def has_passed(kind: str, room: Room, shown_at: float, about: Iterable[str]) -> bool:
    """Return whether the cause of a nudge is over; `about` are the people whose words or names it has."""
    if kind == "silence":
        return max(room.active_at, room.spoke_at or 0.0) > shown_at
    if kind == "question":
        asked = set(about)
        return any(turn.speaker not in asked and turn.end_ms > shown_at for turn in room.turns)
    if kind == "silent_member":
        silent = set(about)
        return any(turn.speaker in silent and turn.end_ms > shown_at for turn in room.turns)
    return False


def _silence(room: Room) -> Nudge | None:
    relevance = silence_relevance(room)
    asked = _open_question(room)
    # After a question the others may think about it.
    if relevance is None or (asked is not None and _quiet_ms(room) < MAX_QUESTION_MS):
        return None
    return Nudge(
        kind="silence",
        content="It has gone quiet. Which question has not been asked yet, or are you ready for the next point?",
        relevance=relevance,
    )


def _imbalance(room: Room) -> Nudge | None:
    if not all(one.heard or one.muted for one in room.members):
        return None
    spoken = _spoken_ms(room, SHARE_WINDOW_MS)
    total = sum(spoken.values())
    if total < MIN_SPEECH_MS:
        return None
    most = min(MAX_SHARE, UNEQUAL / len(room.members))
    speaker = max(spoken, key=lambda one: spoken[one])
    if spoken[speaker] / total < most or all(one.id != speaker for one in room.members):
        return None
    return Nudge(
        kind="imbalance",
        content="You have spoken for most of the last five minutes. From whom would you like to hear more?",
        relevance=RELEVANCE["imbalance"],
        audience="person",
        person=speaker,
    )


def _silent_member(room: Room) -> Nudge | None:
    """Find members who have been in for ten minutes and said nothing, while the others spoke."""
    if len(room.members) > MAX_SMALL:
        return None
    spoken = _spoken_ms(room, SILENT_WINDOW_MS)
    silent = [
        one
        for one in room.members
        if one.heard and not one.is_host and room.now - one.joined_at >= SILENT_WINDOW_MS and one.id not in spoken
    ]
    if not silent or sum(spoken.values()) < MIN_SPEECH_MS:
        return None
    named = silent[:MAX_NAMES]
    names = listed([" ".join((one.name or UNNAMED).split()) for one in named])
    has = "has" if len(named) == 1 else "have"
    return Nudge(
        kind="silent_member",
        content=f"{names} {has} not spoken for ten minutes. Would they like to add something?",
        relevance=RELEVANCE["silent_member"],
        audience="hosts",
        sources=tuple(one.id for one in named),
    )


def _question(room: Room) -> Nudge | None:
    asked = _open_question(room)
    if asked is None or not UNANSWERED_MS <= _quiet_ms(room) < MAX_QUESTION_MS:
        return None
    if not any(one.heard for one in room.members if one.id != asked.turn.speaker):
        return None
    return Nudge(
        kind="question",
        content=f"This question has no answer yet: {quoted(asked.text)}",
        relevance=RELEVANCE["question"],
        cites=(asked.turn.id,),
        sources=(asked.turn.speaker,),
    )


def _time(room: Room) -> Nudge | None:
    if room.planned is None or room.planned < MIN_PLANNED_MS or not room.turns or room.acted:
        return None
    if not is_nearly_up(room.planned_end, room.now):
        return None
    return Nudge(
        kind="time",
        content="The planned time is nearly up. Who does what next, and by when?",
        relevance=RELEVANCE["time"],
        audience="hosts",
    )


def _open_question(room: Room) -> OpenQuestion | None:
    """Return the question with which the last turn ended, if any."""
    if not room.turns:
        return None
    last = max(room.turns, key=lambda turn: turn.end_ms)
    text = question_at_end(last.text)
    return None if text is None else OpenQuestion(last, text)


def _quiet_ms(room: Room) -> float:
    """Return the time since the last speech."""
    return 0.0 if room.spoke_at is None else room.now - room.spoke_at


def _spoken_ms(room: Room, window: float) -> dict[str, float]:
    """Return how long each person spoke in the time before now; a person who did not speak is absent."""
    since = room.now - window
    spoken: dict[str, float] = {}
    for turn in room.turns:
        length = min(turn.end_ms, room.now) - max(turn.start_ms, since)
        if length > 0:
            spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + length
    return spoken
