"""Two people who negotiate as wildly as the network lets them, and what may never happen to what they send.

`Negotiating` is a hypothesis machine over a `World`: the bare rules, or a whole backend. Descriptions of a session are
posted in the order they were made; candidates overtake freely, also their own description.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeAlias

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

Person: TypeAlias = Literal["x", "y"]
PEOPLE: tuple[Person, ...] = ("x", "y")
REPLIES = ("answer", "pranswer")
MAX_SESSIONS = 2
MAX_REJOINS = 3


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A description or candidate. `made` is when; a candidate's `ufrag` is its own, or None for a bare one."""

    tag: str
    by: Person
    session: str
    kind: str
    ufrag: str | None
    made: int


class World(Protocol):
    """Where signals wait."""

    def open(self, person: Person, session: str) -> None:
        """Open a session."""
        ...

    def close(self, person: Person, session: str) -> None:
        """Close a session."""
        ...

    def rejoin(self, person: Person, session: str) -> None:
        """End a session whose signals are kept."""
        ...

    def post(self, item: Sent) -> None:
        """Send something to the other person."""
        ...

    def waiting(self, person: Person) -> list[str]:
        """Return the tags of what waits for a person, in order."""
        ...

    def process(self, person: Person, count: int) -> None:
        """Mark the first signals to a person as processed."""
        ...

    def check(self) -> None:
        """Assert what this world promises beside."""
        ...


def other(person: Person) -> Person:
    """Return the one a person sends to."""
    return "y" if person == "x" else "x"


class Negotiating(RuleBasedStateMachine):
    """The machine; a subclass gives it a world."""

    def world(self) -> World:
        """Return a new world."""
        raise AssertionError("a subclass makes the world")

    def __init__(self) -> None:
        super().__init__()
        self.at = self.world()
        self.clock = 0
        self.open: dict[Person, list[str]] = {"x": [], "y": []}
        self.closed: set[str] = set()
        self.rejoined: set[str] = set()
        self.made: list[Sent] = []
        self.outbox: list[Sent] = []
        self.posted: list[Sent] = []
        # Offers that were posted while their sender had no other open session: they void the other's answers.
        self.voiding: set[str] = set()
        self.delivered: dict[Person, list[str]] = {"x": [], "y": []}
        for person in PEOPLE:
            self.open_session(person)

    def tick(self) -> int:
        """Return a new number, greater than any before."""
        self.clock += 1
        return self.clock

    # What happens

    @rule(person=st.sampled_from(PEOPLE))
    def open_session(self, person: Person) -> None:
        """A person gets another device, or one after all of theirs are gone."""
        if len(self.open[person]) < MAX_SESSIONS:
            session = f"{person}{self.tick()}"
            self.at.open(person, session)
            self.open[person].append(session)

    @rule(person=st.sampled_from(PEOPLE), pick=st.integers(0, 99))
    def close_session(self, person: Person, pick: int) -> None:
        """A person closes a session."""
        self.finish(person, pick, keep=False)

    @precondition(lambda self: len(self.rejoined) < MAX_REJOINS)
    @rule(person=st.sampled_from(PEOPLE), pick=st.integers(0, 99))
    def lose_signalling(self, person: Person, pick: int) -> None:
        """A session is over, but what it sent stays."""
        self.finish(person, pick, keep=True)

    @rule(
        person=st.sampled_from(PEOPLE),
        pick=st.integers(0, 99),
        kind=st.sampled_from(["offer", "offer", "answer", "pranswer"]),
        restart=st.booleans(),
        candidates=st.lists(st.booleans(), max_size=3),
        now=st.booleans(),
    )
    def describe(self, person: Person, pick: int, kind: str, restart: bool, candidates: list[bool], now: bool) -> None:
        """A session makes a description and its candidates, some without a fragment; posts it at once, or later."""
        if not self.open[person]:
            return
        session = self.open[person][pick % len(self.open[person])]
        earlier = [d.ufrag for d in self.made if d.session == session and d.kind != "candidate"]
        ufrag = f"u{self.tick()}" if restart or not earlier else earlier[-1]
        made = [self.make(person, session, kind, ufrag)]
        made += [self.make(person, session, "candidate", ufrag if own else None) for own in candidates]
        self.outbox += made
        if now:
            self.post_description(made[0])

    @precondition(lambda self: self.outbox)
    @rule(pick=st.integers(0, 99))
    def arrive(self, pick: int) -> None:
        """Something that was made arrives at the server."""
        item = self.outbox[pick % len(self.outbox)]
        if item.kind == "candidate":
            self.post(item)
        else:
            self.post_description(item)

    @rule(person=st.sampled_from(PEOPLE), count=st.integers(1, 4))
    def process(self, person: Person, count: int) -> None:
        """A person fetches some signals and processes them."""
        self.delivered[person] += self.at.waiting(person)[:count]
        self.at.process(person, count)

    # What must hold

    @invariant()
    def nothing_is_lost(self) -> None:
        """What was posted waits, or was delivered, or is over; and waits once."""
        for person in PEOPLE:
            waiting = self.at.waiting(person)
            assert len(set(waiting)) == len(waiting)
            for when, item in enumerate(self.posted):
                if item.by != person and item.tag not in waiting and item.tag not in self.delivered[person]:
                    assert self.is_over(item, self.posted[when + 1 :]), f"{item} is lost"

    @invariant()
    def descriptions_come_in_the_order_they_were_made(self) -> None:
        """Of one session a person never sees an older description after a newer one, and one waiting offer at most."""
        for person in PEOPLE:
            waiting = self.items(self.at.waiting(person))
            seen = self.items(self.delivered[person]) + waiting
            for session in {item.session for item in seen}:
                made = [item.made for item in seen if item.session == session and item.kind != "candidate"]
                assert made == sorted(made)
                assert sum(item.session == session and item.kind == "offer" for item in waiting) <= 1

    @invariant()
    def candidates_come_behind_their_description(self) -> None:
        """A candidate never stands before the only description with its fragment that still comes."""
        for person in PEOPLE:
            waiting = self.items(self.at.waiting(person))
            delivered = self.items(self.delivered[person])
            for place, item in enumerate(waiting):
                if item.kind == "candidate" and item.ufrag is not None:
                    behind = [d for d in waiting[place + 1 :] if describes(d, item)]
                    before = [d for d in delivered + waiting[:place] if describes(d, item)]
                    assert before or not behind, f"{item} stands before {behind}"

    @invariant()
    def what_is_superseded_never_comes_after_its_successor(self) -> None:
        """A candidate never stands behind a newer description of another fragment, and no newer offer leaves it."""
        for person in PEOPLE:
            waiting = self.items(self.at.waiting(person))
            for place, item in enumerate(waiting):
                if item.kind == "candidate" and item.ufrag is not None:
                    newest = self.newest_with(item)
                    before = [d for d in waiting[:place] if d.session == item.session and d.kind != "candidate"]
                    assert all(d.made <= newest for d in before), f"{item} surfaces after its successor"
                    offers = [d for d in self.posted if d.session == item.session and d.kind == "offer"]
                    assert all(d.made <= newest for d in offers), f"{item} outlives its negotiation"

    @invariant()
    def the_world_is_sound(self) -> None:
        """What the world promises beside."""
        self.at.check()

    # The words it is said in

    def make(self, person: Person, session: str, kind: str, ufrag: str | None) -> Sent:
        """Return something new to send."""
        number = self.tick()
        item = Sent(tag=f"{kind}-{number}", by=person, session=session, kind=kind, ufrag=ufrag, made=number)
        self.made.append(item)
        return item

    def post(self, item: Sent) -> None:
        """Post something."""
        if item.kind == "offer" and len(self.open[item.by]) == 1:
            self.voiding.add(item.tag)
        self.outbox.remove(item)
        self.posted.append(item)
        self.at.post(item)

    def post_description(self, item: Sent) -> None:
        """Post a description, after the session's older ones."""
        older = [d for d in self.outbox if d.session == item.session and d.kind != "candidate" and d.made < item.made]
        for description in older:
            self.post(description)
        self.post(item)

    def finish(self, person: Person, pick: int, keep: bool) -> None:
        """End a session."""
        if not self.open[person]:
            return
        session = self.open[person].pop(pick % len(self.open[person]))
        self.outbox = [item for item in self.outbox if item.session != session]
        if keep:
            self.rejoined.add(session)
            self.at.rejoin(person, session)
        else:
            self.closed.add(session)
            self.at.close(person, session)

    def items(self, tags: Sequence[str]) -> list[Sent]:
        """Return what bears the tags."""
        by_tag: dict[str, Sent] = {item.tag: item for item in self.posted}
        return [by_tag[tag] for tag in tags]

    def newest_with(self, candidate: Sent) -> int:
        """Return when the newest description with a candidate's fragment was made."""
        return max(d.made for d in self.made if describes(d, candidate))

    def is_over(self, item: Sent, later: list[Sent]) -> bool:
        """Return whether something may be gone without having been delivered, given what was posted after it."""
        if item.session in self.closed:
            return True
        own = [d for d in later if d.session == item.session and d.kind != "candidate"]
        if item.session in self.rejoined:
            own += [d for d in later if d.by == item.by and d.session != item.session and d.kind == "offer"]
        if item.kind in REPLIES:
            answered_again = any(d.kind in REPLIES for d in own)
            void = any(d.by != item.by and d.tag in self.voiding for d in later)
            return answered_again or void or (item.kind == "pranswer" and any(d.kind == "offer" for d in own))
        if item.kind == "offer":
            return any(d.kind == "offer" for d in own)
        return self.candidate_is_over(item, own)

    def candidate_is_over(self, item: Sent, own: list[Sent]) -> bool:
        """Return whether a newer description than all of the candidate's own, with another fragment, was posted."""
        if item.ufrag is not None:
            newest = self.newest_with(item)
            ours = [d for d in self.posted if d.session == item.session and d.kind != "candidate"]
            return any(d.made > newest for d in ours) or any(d.session != item.session for d in own)
        before = [
            d.ufrag
            for d in self.posted[: self.posted.index(item)]
            if d.session == item.session and d.kind != "candidate"
        ]
        bound = [*before[-1:], *(d.ufrag for d in own)]
        return len(set(bound)) > 1


def describes(description: Sent, candidate: Sent) -> bool:
    """Return whether a candidate may belong to a description."""
    return (
        description.kind != "candidate"
        and description.session == candidate.session
        and description.ufrag == candidate.ufrag
    )


def sdp(item: Sent) -> str:
    """Return a description's text; its tag is the session name."""
    return f"v=0\r\ns={item.tag}\r\nt=0 0\r\na=ice-ufrag:{item.ufrag}\r\n"


def tag_of(data: dict[str, Any]) -> str:
    """Return the tag of a fetched signal's data."""
    text: str = data.get("sdp") or data["candidate"]
    return text.split("s=")[1].split("\r\n")[0] if "sdp" in data else text
