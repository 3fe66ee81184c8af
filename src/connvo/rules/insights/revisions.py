"""Revisions of a report: a later one takes the place of an earlier one, except where people have changed it.

Guarantees: an item that a person edited or ticked stays as it is, and one that a person deleted does not come back in
other words.
"""

import re
from datetime import date

import msgspec

from connvo.kernel import text as texts
from connvo.kernel.errors import Invalid
from connvo.rules.transcripts.finding import WORD
from connvo.rules.transcripts.folding import fold

from .report import MAX_ITEMS, MAX_OVERVIEW, MAX_TEXT, Item, ItemKind, Report

MAX_REMOVED = 200
SECTIONS: dict[ItemKind, str] = {
    "overview": "overview",
    "topic": "topics",
    "decision": "decisions",
    "action": "actions",
    "question": "questions",
}
# Two items are about the same if they cite a common segment and share half of their longer words.
SAME = 0.5
LONG_WORD = 4
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_YEAR = 1900


def merged(earlier: Report, later: Report, removed: tuple[Item, ...]) -> Report:
    """Return a later report with what people changed in an earlier one; `removed` are items that they deleted."""
    kept = [item for item in earlier.items if item.edited or item.done]
    return in_place(later, [item for item in later.items if not _is_known(item, [*kept, *removed])], kept)


def in_place(report: Report, items: list[Item], before: list[Item] | None = None) -> Report:
    """Return a report with these items in place of its own, those of `before` first, within the bounds of each kind."""
    fields = {}
    for kind, section in SECTIONS.items():
        own = [item for item in [*(before or []), *items] if item.kind == kind]
        fields[section] = tuple(own[: MAX_OVERVIEW if kind == "overview" else MAX_ITEMS])
    return msgspec.structs.replace(report, **fields)


def replaced(report: Report, item: Item) -> Report:
    """Return a report with an item in the place of the one with its id."""
    return in_place(report, [item if one.id == item.id else one for one in report.items])


def without(report: Report, item_id: str) -> Report:
    """Return a report without one item."""
    return in_place(report, [item for item in report.items if item.id != item_id])


def without_person(report: Report, user_id: str, owned: bool = True) -> Report:
    """Return a report without a person's words: no items that rest on them alone, no statistics.

    With `owned`, the items that they own go too.
    """
    kept = []
    for item in report.items:
        cites = tuple(cite for cite in item.cites if cite.speaker_id != user_id)
        if (owned and item.owner_id == user_id) or not cites:
            continue
        asked_by = None if item.asked_by == user_id else item.asked_by
        kept.append(msgspec.structs.replace(item, cites=cites, asked_by=asked_by))
    return msgspec.structs.replace(
        in_place(report, kept),
        speaking=tuple(one for one in report.speaking if one.user_id != user_id),
        replies=tuple(one for one in report.replies if user_id not in (one.first, one.second)),
    )


def accepted_text(text: str) -> str:
    """Return the text of an item as a person wrote it.

    Raises:
        Invalid: It has not 1 to 400 visible characters.
    """
    return texts.line(text, "text", MAX_TEXT, name="The item")


def find(report: Report, item_id: str) -> Item | None:
    """Return an item by its id, or None."""
    return next((item for item in report.items if item.id == item_id), None)


def edited(item: Item, text: str | None, done: bool | None) -> Item:
    """Return an item as a person changed it; only an action can be done.

    Raises:
        Invalid: The text has not 1 to 400 visible characters, or something else than an action is to be done.
    """
    if done is not None:
        _require_action(item, "done")
    changes: dict[str, object] = {} if done is None else {"done": done}
    if text is not None:
        changes |= {"text": accepted_text(text), "edited": True}
    return msgspec.structs.replace(item, **changes)


def owned_by(item: Item, owner_id: str | None) -> Item:
    """Return an action with the owner whom a person chose, or without one.

    Raises:
        Invalid: It is no action.
    """
    _require_action(item, "ownerId")
    return item if item.owner_id == owner_id else msgspec.structs.replace(item, owner_id=owner_id, edited=True)


def due_on(item: Item, day: str | None) -> Item:
    """Return an action with the day that a person chose in place of the words that were said, or without one.

    Raises:
        Invalid: It is no action, or the day is no date such as 2026-12-31.
    """
    _require_action(item, "dueOn")
    if item.due_on == day and (day is not None or item.due_words is None):
        return item
    if day is not None and not _is_day(day):
        raise Invalid("A day is a date such as 2026-12-31", "dueOn")
    return msgspec.structs.replace(item, due_on=day, due_words=None, edited=True)


def _require_action(item: Item, argument: str) -> None:
    if item.kind != "action":
        raise Invalid("Only an action can be done, or have an owner or a day", argument)


def _is_day(text: str) -> bool:
    try:
        return DAY.fullmatch(text) is not None and date.fromisoformat(text).year >= FIRST_YEAR
    except ValueError:
        return False


def _is_known(item: Item, known: list[Item]) -> bool:
    return any(_is_same(item, other) for other in known)


def _is_same(item: Item, other: Item) -> bool:
    if item.id == other.id:
        return True
    cited = {cite.segment_id for cite in other.cites}
    if item.kind != other.kind or not any(cite.segment_id in cited for cite in item.cites):
        return False
    own, others = _long_words(item.text), _long_words(other.text)
    return len(own & others) >= SAME * min(len(own), len(others))


def _long_words(text: str) -> set[str]:
    return {word for word in WORD.findall(fold(text)) if len(word) >= LONG_WORD}
