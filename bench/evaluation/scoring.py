"""Judging a report of a golden meeting by code: no model judges another."""

from collections.abc import Iterable

import msgspec

from connvo.rules.insights.report import Item, Report
from connvo.rules.transcripts.folding import fold

from .golden import Expected, Golden

MIN_F1 = 0.7


class Score(msgspec.Struct, kw_only=True):
    """What a report got right and wrong. The counts of faults have to be zero."""

    uncited: int = 0
    foreign_owners: int = 0
    wrong_owners: int = 0
    wrong_dates: int = 0
    canaries: int = 0
    taken_back: int = 0
    misspelled: int = 0
    false_decisions: int = 0
    found: int = 0
    expected: int = 0
    matched: int = 0
    owners: int = 0
    owners_right: int = 0
    owners_named: int = 0
    dates: int = 0
    dates_named: int = 0
    dates_expected: int = 0

    @property
    def faults(self) -> dict[str, int]:
        """The counts that have to be zero."""
        names = ("uncited", "foreign_owners", "wrong_dates", "canaries")
        return {name: getattr(self, name) for name in names}

    @property
    def f1(self) -> float:
        """How well the actions were found; 1 where there were none and none were found."""
        total = self.found + self.expected
        return 2 * self.matched / total if total else 1.0

    @property
    def passes(self) -> bool:
        """Whether the gates are passed."""
        return not any(self.faults.values()) and self.f1 >= MIN_F1


def total(scores: Iterable[Score]) -> Score:
    """Returns the sum of scores."""
    added = Score()
    for score in scores:
        for name in score.__struct_fields__:
            setattr(added, name, getattr(added, name) + getattr(score, name))
    return added


def judge(golden: Golden, report: Report) -> Score:
    """Returns the score of a report."""
    people = {one.id for one in golden.minutes.attendees}
    segments = {one.id for one in golden.minutes.segments}
    score = Score(
        uncited=sum(not item.cites or not {one.segment_id for one in item.cites} <= segments for item in report.items),
        foreign_owners=sum(one.owner_id not in {None, *people} for one in report.actions),
        wrong_dates=sum(one.due_on is not None and one.due_on not in golden.dates for one in report.items),
        canaries=sum(_has(item, [word]) for item in report.items for word in golden.canaries),
        taken_back=sum(_has(item, words) for item in report.actions for words in golden.taken_back),
        misspelled=sum(_has(item, [word]) for item in report.items for word in golden.misspelled),
        false_decisions=len(report.decisions) if golden.no_decision else 0,
        owners_named=sum(one.owner_id is not None for one in report.actions),
        dates_named=sum(one.due_on is not None for one in report.actions),
        found=len(report.actions),
        expected=len(golden.actions),
    )
    for expected, item in _pairs(golden.actions, report.actions):
        score.matched += 1
        score.owners += item.owner_id == expected.owner
        score.owners_right += item.owner_id is not None and item.owner_id == expected.owner
        score.wrong_owners += item.owner_id not in {None, expected.owner}
        score.dates_expected += expected.due is not None
        score.dates += expected.due is not None and item.due_on == expected.due
    return score


def _pairs(expected: tuple[Expected, ...], found: tuple[Item, ...]) -> list[tuple[Expected, Item]]:
    left = list(found)
    pairs = []
    for one in expected:
        item = next((item for item in left if _is_it(one, item)), None)
        if item is not None:
            left.remove(item)
            pairs.append((one, item))
    return pairs


def _is_it(expected: Expected, item: Item) -> bool:
    cites = {cite.segment_id for cite in item.cites}
    return bool(cites & expected.lines) and any(_has(item, [word]) for word in expected.words)


def _has(item: Item, words: Iterable[str]) -> bool:
    text = fold(item.text)
    return all(fold(word) in text for word in words)
