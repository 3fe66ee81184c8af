"""What a new description or candidate does to those still waiting between two people.

Owns: which waiting signals a new one supersedes, which move behind it, which belong to a negotiation that is over.
Promises: no description before its successor surfaces after it; candidates come behind their description; nothing
else is ever dropped or moved. Knows ICE user fragments (RFC 8839, section 5.4), not SDP. Must not know storage.

A track is one direction of a pair: from one session to one person. What waits is given oldest first.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

import msgspec

DescriptionType: TypeAlias = Literal["offer", "answer", "pranswer", "rollback"]
SignalKind: TypeAlias = Literal["offer", "answer", "pranswer", "rollback", "candidate"]

RETIRED_KEPT = 8
# A description has one fragment per transport. More than this are no real description; what is not kept is unknown.
UFRAGS_KEPT = 32

_REPLIES = frozenset({"answer", "pranswer"})
_SUPERSEDED_BY_OFFER = frozenset({"offer", "pranswer", "rollback"})
_UFRAG_LINE = re.compile(r"^a=ice-ufrag:[ \t]*([^\s]{1,256})", re.MULTILINE)
_UFRAG_EXTENSION = re.compile(r" ufrag ([^\s]{1,256})")


class Track(msgspec.Struct, frozen=True):
    """One session's negotiation with one person.

    `described`: the newest description still counts. `ufrags` are those of the newest description, `retired` those
    of earlier ones that it no longer has.
    """

    described: bool = False
    ufrags: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


class Waiting(msgspec.Struct, frozen=True):
    """A signal that is still to be processed. A candidate's `ufrags` are its own, or else its description's.

    `early`: a candidate whose description is still to come.
    """

    ref: str
    session: str
    kind: SignalKind
    ufrags: tuple[str, ...] = ()
    early: bool = False


class Moved(msgspec.Struct, frozen=True):
    """A candidate that goes behind the new description, and what it is from then on."""

    ref: str
    ufrags: tuple[str, ...]
    early: bool


class Plan(msgspec.Struct, frozen=True):
    """What storing a description entails: drop, store it, then the moved ones behind it in this order."""

    drop: tuple[str, ...]
    move: tuple[Moved, ...]
    track: Track


class CandidatePlace(msgspec.Struct, frozen=True):
    """How a new candidate is stored."""

    ufrags: tuple[str, ...]
    early: bool


class Withdrawal(msgspec.Struct, frozen=True):
    """What a new offer does to the other direction: answers to drop, candidates that now wait for the next answer,
    and the sessions whose newest description is among the dropped."""

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
    """Return how to store a candidate, or None for one of a negotiation that is over.

    Without a description it is early. With one it belongs to it, also when its fragment is missing or unknown.
    """
    if ufrag is not None and ufrag in track.retired:
        return None
    own = () if ufrag is None else (ufrag,)
    if not track.described:
        return CandidatePlace(own, early=True)
    return CandidatePlace(own or track.ufrags, early=False)


def plan_offer(track: Track, session: str, ufrags: tuple[str, ...], waiting: Sequence[Waiting]) -> Plan:
    """Return what a new offer of `session` entails for what waits from the same person.

    `waiting` holds the signals of the session and of that person's sessions that are over: the offer takes the place of
    all their offers. Their answers stay: the other side may be waiting for one.
    """
    drop: list[str] = []
    move: list[Moved] = []
    for signal in waiting:
        if signal.kind in _SUPERSEDED_BY_OFFER:
            drop.append(signal.ref)
        elif signal.kind == "candidate":
            sent_under = track if signal.session == session else Track()
            _settle(signal, _fate_at_offer(signal, sent_under, ufrags), ufrags, drop, move)
    return Plan(tuple(drop), tuple(move), _described(track, ufrags))


def plan_reply(track: Track, ufrags: tuple[str, ...], waiting: Sequence[Waiting]) -> Plan:
    """Return what a new answer or provisional answer entails for what waits from the same session.

    It takes the place of an older one. Candidates stay where they are, but for those that were early and those behind a
    replaced answer: they go behind the new one, or with the old one.
    """
    drop: list[str] = []
    move: list[Moved] = []
    replaced = False
    for signal in waiting:
        if signal.kind in _REPLIES:
            drop.append(signal.ref)
            replaced = True
        elif signal.kind == "offer":
            replaced = False
        elif signal.kind == "candidate":
            _settle(signal, _fate_at_reply(signal, track, ufrags, replaced), ufrags, drop, move)
    return Plan(tuple(drop), tuple(move), _described(track, ufrags))


def plan_rollback(track: Track) -> Plan:
    """Return what a rollback entails: nothing. It is delivered behind the offer it takes back."""
    return Plan((), (), track)


def withdraw_replies(waiting: Sequence[Waiting]) -> Withdrawal:
    """Return what a new offer makes void of what the other person has sent.

    Every answer, for it answers an older offer; the candidates that belong to it wait for the next one. Offers stay:
    both sides need them to resolve a collision. Only valid where the answer cannot be meant for another session of the
    person who offers.
    """
    drop: list[str] = []
    early: list[str] = []
    replies: dict[str, tuple[str, ...]] = {}
    for signal in waiting:
        if signal.kind in _REPLIES:
            drop.append(signal.ref)
            replies[signal.session] = signal.ufrags
        elif signal.kind == "offer":
            replies.pop(signal.session, None)
        elif signal.kind == "candidate" and not signal.early and signal.session in replies:
            theirs = replies[signal.session]
            if not signal.ufrags or not theirs or _overlap(signal.ufrags, theirs):
                early.append(signal.ref)
    return Withdrawal(tuple(drop), tuple(early), frozenset(replies))


_Fate: TypeAlias = Literal["keep", "move", "drop"]


def _fate_at_offer(signal: Waiting, track: Track, ufrags: tuple[str, ...]) -> _Fate:
    if _overlap(signal.ufrags, ufrags):
        return "move"
    if signal.early:
        return _fate_of_early(signal, track, ufrags)
    # A fragment that no description had so far: the candidate has overtaken its own.
    ahead = bool(signal.ufrags and track.ufrags and ufrags) and not _known(signal, track)
    return "keep" if ahead else "drop"


def _fate_at_reply(signal: Waiting, track: Track, ufrags: tuple[str, ...], replaced: bool) -> _Fate:
    """`replaced`: the candidate stands behind an older answer that the new one takes the place of."""
    if signal.early:
        return _fate_of_early(signal, track, ufrags)
    if _overlap(signal.ufrags, ufrags):
        return "move" if replaced or not _overlap(signal.ufrags, track.ufrags) else "keep"
    if not replaced:
        return "keep"
    if not (signal.ufrags and track.ufrags and ufrags):
        return "move"  # without fragments on both sides nobody can tell that it is over
    return "drop" if _known(signal, track) else "keep"


def _fate_of_early(signal: Waiting, track: Track, ufrags: tuple[str, ...]) -> _Fate:
    """It waited for this description, unless it was made for a withdrawn one with other fragments."""
    if _overlap(signal.ufrags, ufrags):
        return "move"
    return "drop" if ufrags and _known(signal, track) else "move"


def _settle(signal: Waiting, fate: _Fate, ufrags: tuple[str, ...], drop: list[str], move: list[Moved]) -> None:
    if fate == "drop":
        drop.append(signal.ref)
    elif fate == "move":
        # It belongs to the description from now on, unless its fragment says that it waits for a later one.
        later = bool(signal.ufrags and ufrags) and not _overlap(signal.ufrags, ufrags)
        move.append(Moved(signal.ref, signal.ufrags or ufrags, early=later))


def _known(signal: Waiting, track: Track) -> bool:
    return _overlap(signal.ufrags, (*track.ufrags, *track.retired))


def _described(track: Track, ufrags: tuple[str, ...]) -> Track:
    """Return the track after a description. One without fragments retires nothing: what it ends is unknown."""
    if not ufrags:
        return Track(described=True, ufrags=(), retired=track.retired)
    retired = [u for u in dict.fromkeys((*track.retired, *track.ufrags)) if u not in ufrags]
    return Track(described=True, ufrags=ufrags, retired=tuple(retired[-RETIRED_KEPT:]))


def _overlap(left: Iterable[str], right: Iterable[str]) -> bool:
    return not frozenset(left).isdisjoint(right)
