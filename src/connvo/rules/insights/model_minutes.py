"""The report of a meeting from the minutes that a model wrote and `grounding` checked."""

from . import due
from .citing import cite
from .keyed import Keyed, segment_of
from .minutes import item_id, shortened
from .model_report import Asked, ModelReport, Promised, Said
from .report import Item, ItemKind, Minutes, Report


def report_from(found: ModelReport, minutes: Minutes, material: Keyed, source: str) -> Report:
    """Return the report of checked minutes; `source` is the model. It has no statistics."""
    write = _Writer(minutes, material)
    return Report(
        source=source,
        language=material.language,
        overview=tuple(write.said("overview", one) for one in found.overview),
        topics=tuple(write.said("topic", one) for one in found.topics),
        decisions=tuple(write.said("decision", one) for one in found.decisions),
        actions=tuple(write.promised(one) for one in found.actions),
        questions=tuple(write.asked(one) for one in found.questions),
    )


class _Writer:
    def __init__(self, minutes: Minutes, material: Keyed) -> None:
        self._minutes = minutes
        self._material = material
        self._ids = {person.key: person.id for person in material.people}

    def said(self, kind: ItemKind, one: Said) -> Item:
        """Return a statement as an item."""
        return self._item(kind, one)

    def promised(self, one: Promised) -> Item:
        """Return an action as an item; its day is read from its words."""
        words = one.due_words
        language = self._material.languages[self._material.places[one.cites[0]]]
        read = None if words is None else due.find(words, language, self._minutes.day)
        owner = self._ids[one.owner] if one.owner is not None else None
        return self._item("action", one, owner_id=owner, due_words=words, due_on=None if read is None else read.on)

    def asked(self, one: Asked) -> Item:
        """Return a question as an item."""
        return self._item("question", one, asked_by=self._ids[one.asked_by] if one.asked_by is not None else None)

    def _item(self, kind: ItemKind, one: Said | Promised | Asked, **fields: str | None) -> Item:
        cites = tuple(cite(segment_of(self._minutes, key), one.text) for key in one.cites)
        text = shortened(one.text)
        owner, words, day = fields.get("owner_id"), fields.get("due_words"), fields.get("due_on")
        return Item(
            id=item_id(kind, text, cites),
            kind=kind,
            text=text,
            cites=cites,
            owner_id=owner,
            due_words=words,
            due_on=day,
            asked_by=fields.get("asked_by"),
        )
