"""The effect of a new description or candidate on the signals still waiting between two members.

Decides which waiting signals a new one supersedes, which move behind it, and which belong to a finished negotiation. It
reads ICE user fragments (RFC 8839, section 5.4). A track is one direction of a pair, from one session to one member.
Waiting signals are given oldest first.

Guarantees:
    A superseded description is never delivered after its successor.
    Candidates are delivered after their description.
    Nothing else is dropped or moved.

Does not know:
    SDP beyond the fragments, and storage.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

DescriptionType: TypeAlias = Literal["offer", "answer", "pranswer", "rollback"]
SignalKind: TypeAlias = Literal["offer", "answer", "pranswer", "rollback", "candidate"]

RETIRED_KEPT = 8
# A description has one fragment per transport; no real one has more than this. Further fragments are ignored.
UFRAGS_KEPT = 32

_REPLIES = frozenset({"answer", "pranswer"})
_SUPERSEDED_BY_OFFER = frozenset({"offer", "pranswer", "rollback"})
_UFRAG_LINE = re.compile(r"^a=ice-ufrag:[ \t]*([^\s]{1,256})", re.MULTILINE)
_UFRAG_EXTENSION = re.compile(r" ufrag ([^\s]{1,256})")


class Track(msgspec.Struct, frozen=True):
    """One session's negotiation with one member.

    `described`: the newest description is still valid. `ufrags` are those of the newest description, `retired` those
    of earlier ones that it no longer has.
    """

    described: bool = False
    ufrags: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


class Waiting(msgspec.Struct, frozen=True):
    """A signal that is not processed yet. A candidate's `ufrags` are its own, or else its description's.

    `early`: a candidate whose description has not arrived yet.
    """

    ref: str
    session: str
    kind: SignalKind
    ufrags: tuple[str, ...] = ()
    early: bool = False


class Moved(msgspec.Struct, frozen=True):
    """A candidate that moves behind the new description, with its new values."""

    ref: str
    ufrags: tuple[str, ...]
    early: bool


class Plan(msgspec.Struct, frozen=True):
    """The steps of storing a description: drop signals, store it, then store the moved ones behind it in this order."""

    drop: tuple[str, ...]
    move: tuple[Moved, ...]
    track: Track


class CandidatePlace(msgspec.Struct, frozen=True):
    """The values under which a new candidate is stored."""

    ufrags: tuple[str, ...]
    early: bool


class Withdrawal(msgspec.Struct, frozen=True):
    """The effect of a new offer on the other direction.

    `drop` are answers, `early` candidates that now wait for the next answer, and `sessions` those whose newest
    description is dropped.
    """

    drop: tuple[str, ...]
    early: tuple[str, ...]
    sessions: frozenset[str]


def sdp_ufrags(sdp: str) -> tuple[str, ...]:
    """Return the ICE user fragments of a description, each once."""
    return tuple(dict.fromkeys(_UFRAG_LINE.findall(sdp)))[:UFRAGS_KEPT]


def candidate_ufrag(candidate: str, username_fragment: str | None) -> str | None:
    """Return the user fragment a candidate was made for: the field, else the `ufrag` extension of its text."""
    if username_fragment:
        return username_fragment
    found = _UFRAG_EXTENSION.search(candidate)
    return found[1] if found else None


def place_candidate(track: Track, ufrag: str | None) -> CandidatePlace | None:
    """Return how to store a candidate, or None for one of a finished negotiation.

    Without a description the candidate is early. Otherwise it belongs to the description, even if its fragment is
    missing or unknown.
    """
    if ufrag is not None and ufrag in track.retired:
        return None
    own = () if ufrag is None else (ufrag,)
    if not track.described:
        return CandidatePlace(own, early=True)
    return CandidatePlace(own or track.ufrags, early=False)


def plan_offer(track: Track, session: str, ufrags: tuple[str, ...], waiting: Sequence[Waiting]) -> Plan:
    """Return the steps of storing a new offer of `session`, given the waiting signals of the same member.

    `waiting` holds the signals of the session and of the member's closed sessions: the offer supersedes all their
    offers. Their answers stay, because the other side may be waiting for one.
    """
    return _plan(track, ufrags, [(signal, _fate_at_offer(signal, track, session, ufrags)) for signal in waiting])


def plan_reply(track: Track, ufrags: tuple[str, ...], waiting: Sequence[Waiting]) -> Plan:
    """Return the steps of storing a new answer or provisional answer, given the session's waiting signals.

    It supersedes an older answer. Early candidates, and candidates behind a superseded answer, move behind the new
    answer or are dropped with the old one. All others stay.
    """
    fates = [(one, _fate_at_reply(one, track, ufrags, _is_reply(before))) for one, before in _in_context(waiting)]
    return _plan(track, ufrags, fates)


def plan_rollback(track: Track) -> Plan:
    """Return the steps of storing a rollback: none. It is delivered behind the offer that it takes back."""
    return Plan((), (), track)


def withdraw_replies(waiting: Sequence[Waiting]) -> Withdrawal:
    """Return the signals of the other member that a new offer invalidates.

    These are all answers, because they answer an older offer; their candidates wait for the next answer. Offers stay:
    both sides need them to resolve a collision. This is valid only if an answer cannot be meant for another session of
    the offering member.
    """
    newest = {signal.session: signal for signal in waiting if _is_offer_or_reply(signal)}
    return Withdrawal(
        drop=tuple(signal.ref for signal in waiting if _is_reply(signal)),
        early=tuple(one.ref for one, before in _in_context(waiting) if _loses_its_reply(one, before)),
        sessions=frozenset(session for session, signal in newest.items() if _is_reply(signal)),
    )


Fate: TypeAlias = Literal["keep", "move", "drop"]


def _plan(track: Track, ufrags: tuple[str, ...], fates: Sequence[tuple[Waiting, Fate]]) -> Plan:
    """Return the steps of storing a description, from the fate of each waiting signal."""
    return Plan(
        drop=tuple(signal.ref for signal, fate in fates if fate == "drop"),
        move=tuple(_moved(signal, ufrags) for signal, fate in fates if fate == "move"),
        track=_described(track, ufrags),
    )


def _in_context(waiting: Iterable[Waiting]) -> Iterator[tuple[Waiting, Waiting | None]]:
    """Yield each signal with the newest offer or reply that its session sent before it."""
    newest: dict[str, Waiting] = {}
    for signal in waiting:
        yield signal, newest.get(signal.session)
        if _is_offer_or_reply(signal):
            newest[signal.session] = signal


def _fate_at_offer(signal: Waiting, offered: Track, session: str, ufrags: tuple[str, ...]) -> Fate:
    if signal.kind != "candidate":
        return "drop" if signal.kind in _SUPERSEDED_BY_OFFER else "keep"
    if _overlap(signal.ufrags, ufrags):
        return "move"
    track = offered if signal.session == session else Track()
    if signal.early:
        return _fate_of_early(signal, track, ufrags)
    # No description had this fragment so far: the candidate has overtaken its own.
    ahead = bool(signal.ufrags and track.ufrags and ufrags) and not _known(signal, track)
    return "keep" if ahead else "drop"


def _fate_at_reply(signal: Waiting, track: Track, ufrags: tuple[str, ...], replaced: bool) -> Fate:
    """Return the fate of a signal; `replaced` if it is behind an older answer that the new one supersedes."""
    if signal.kind != "candidate":
        return "drop" if _is_reply(signal) else "keep"
    if signal.early:
        return _fate_of_early(signal, track, ufrags)
    if _overlap(signal.ufrags, ufrags):
        return "move" if replaced or not _overlap(signal.ufrags, track.ufrags) else "keep"
    if not replaced:
        return "keep"
    if not (signal.ufrags and track.ufrags and ufrags):
        return "move"  # without fragments on both sides it is unknown whether it is outdated
    return "drop" if _known(signal, track) else "keep"


def _fate_of_early(signal: Waiting, track: Track, ufrags: tuple[str, ...]) -> Fate:
    """Move an early candidate, unless it was made for a withdrawn description with other fragments."""
    if _overlap(signal.ufrags, ufrags):
        return "move"
    return "drop" if ufrags and _known(signal, track) else "move"


def _loses_its_reply(signal: Waiting, before: Waiting | None) -> bool:
    """Return whether a candidate belongs to the answer that its session sent `before`."""
    if signal.kind != "candidate" or signal.early or before is None or not _is_reply(before):
        return False
    return not signal.ufrags or not before.ufrags or _overlap(signal.ufrags, before.ufrags)


def _moved(signal: Waiting, ufrags: tuple[str, ...]) -> Moved:
    """Return a candidate as it belongs to the description, unless its fragment says that it waits for a later one."""
    later = bool(signal.ufrags and ufrags) and not _overlap(signal.ufrags, ufrags)
    return Moved(signal.ref, signal.ufrags or ufrags, early=later)


def _is_reply(signal: Waiting | None) -> bool:
    return signal is not None and signal.kind in _REPLIES


def _is_offer_or_reply(signal: Waiting) -> bool:
    return signal.kind == "offer" or signal.kind in _REPLIES


def _known(signal: Waiting, track: Track) -> bool:
    return _overlap(signal.ufrags, (*track.ufrags, *track.retired))


def _described(track: Track, ufrags: tuple[str, ...]) -> Track:
    """Return the track after a description. One without fragments retires none, as it is unknown which it replaces."""
    if not ufrags:
        return Track(described=True, ufrags=(), retired=track.retired)
    retired = [u for u in dict.fromkeys((*track.retired, *track.ufrags)) if u not in ufrags]
    return Track(described=True, ufrags=ufrags, retired=tuple(retired[-RETIRED_KEPT:]))


def _overlap(left: Iterable[str], right: Iterable[str]) -> bool:
    return not frozenset(left).isdisjoint(right)
