"""Ideas before a call: questions made of what the members of a meeting show to everyone.

Guarantees:
    At most six ideas, the most relevant first, each at most once.
    The wording fits any number of members and names none of them.

Does not know:
    Which profiles are public: it gets no others.
"""

import hashlib

import msgspec

from .kinds import OpenerKind

MAX_OPENERS = 6
MAX_LABELS = 3
MAX_FIELDS = 3
MAX_ACTIONS = 3
MAX_QUOTE = 160
SHARED_BY = 2
MARK_LENGTH = 16

RELEVANCE: dict[OpenerKind, float] = {
    "actions": 0.95,
    "interests": 0.9,
    "fields": 0.85,
    "decision": 0.8,
    "goals": 0.75,
    "suggestion": 0.7,
    "general": 0.6,
}
ELLIPSIS = "…"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The public profile of a member; `interests` are labels by key."""

    id: str
    field: str | None = None
    has_goals: bool = False
    interests: dict[str, str] = {}


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """An open action of a report; `people` are its owner and those whose words it rests on."""

    id: str
    text: str
    people: tuple[str, ...] = ()


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """The material of ideas.

    `members` counts everyone who may come, `people` are those among them with a public profile. `actions` are the open
    actions of the last meeting that all members attended.
    """

    title: str
    members: int
    people: tuple[Person, ...] = ()
    actions: tuple[Action, ...] = ()


class Opener(msgspec.Struct, frozen=True, kw_only=True):
    """One idea. `sources` are the people whose profiles or words it rests on, `actions` the ids of those it names."""

    kind: OpenerKind
    content: str
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    @property
    def relevance(self) -> float:
        """The relevance of its kind."""
        return RELEVANCE[self.kind]


def fingerprint(basis: Basis) -> str:
    """Return a text that is the same for the same basis, whatever the order of its people."""
    people = tuple(sorted(basis.people, key=lambda one: one.id))
    encoded = msgspec.json.encode(msgspec.structs.replace(basis, people=people), order="deterministic")
    return hashlib.sha256(encoded).hexdigest()


def fingerprint_of(text: str) -> str:
    """Return a short text that is the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_LENGTH]


def openers(basis: Basis) -> list[Opener]:
    """Return the ideas for a meeting, the most relevant first."""
    found = [_actions(basis), _interests(basis), _fields(basis), _decision(basis), _goals(basis), GENERAL]
    present = [one for one in found if one is not None]
    return sorted(present, key=lambda one: -one.relevance)[:MAX_OPENERS]


GENERAL = Opener(
    kind="general", content="What should everyone know before you begin, so that nothing has to be said twice?"
)


def _actions(basis: Basis) -> Opener | None:
    named = basis.actions[:MAX_ACTIONS]
    if not named:
        return None
    return Opener(
        kind="actions",
        content=f"You left this open last time: {'; '.join(quoted(one.text) for one in named)}. Where does it stand?",
        sources=tuple(sorted({person for one in named for person in one.people})),
        actions=tuple(one.id for one in named),
    )


def _interests(basis: Basis) -> Opener | None:
    """Name the interests that most people share, those of more people first."""
    holders: dict[str, list[Person]] = {}
    for person in sorted(basis.people, key=lambda one: one.id):
        for key in person.interests:
            holders.setdefault(key, []).append(person)
    shared = sorted((key for key, who in holders.items() if len(who) >= SHARED_BY), key=lambda k: (-len(holders[k]), k))
    if not shared:
        return None
    chosen = shared[:MAX_LABELS]
    labels = [holders[key][0].interests[key] for key in chosen]
    sources = {person.id for key in chosen for person in holders[key]}
    by_all = all(len(holders[key]) == basis.members for key in chosen)
    who = "You share an interest" if by_all else "Some of you share an interest"
    content = f"{who} in {listed([quoted(label) for label in labels])}. What has each of you found out about it lately?"
    return Opener(kind="interests", content=content, tags=tuple(labels), sources=tuple(sorted(sources)))


def _fields(basis: Basis) -> Opener | None:
    """Ask people of different fields what each can take over from the others."""
    fields: dict[str, str] = {}
    sources: list[str] = []
    for person in sorted(basis.people, key=lambda one: one.id):
        if person.field is not None:
            fields.setdefault(person.field.casefold(), person.field)
            sources.append(person.id)
    if len(fields) < SHARED_BY:
        return None
    names = [fields[key] for key in sorted(fields)][:MAX_FIELDS]
    among = "" if len(fields) == len(names) else "among them "
    content = (
        f"You come from different fields, {among}{listed([quoted(name) for name in names])}. "
        "What is done differently in yours that the others could use?"
    )
    return Opener(kind="fields", content=content, tags=tuple(names), sources=tuple(sources))


def _decision(basis: Basis) -> Opener | None:
    if not basis.title.strip():
        return None
    return Opener(kind="decision", content=f"What do you want to have decided about {quoted(basis.title)} by the end?")


def _goals(basis: Basis) -> Opener | None:
    sources = tuple(sorted(person.id for person in basis.people if person.has_goals))
    if not sources:
        return None
    content = "What would bring each of you closer to a goal of your own, and how can the others help?"
    return Opener(kind="goals", content=content, sources=sources)


def quoted(text: str) -> str:
    """Return a text of a user in quotation marks, on one line, cut to `MAX_QUOTE` characters."""
    line = " ".join(text.split())
    cut = line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1].rstrip() + ELLIPSIS
    return f"“{cut}”"


def listed(names: list[str]) -> str:
    """Return names as a list in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
