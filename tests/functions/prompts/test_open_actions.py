"""The open actions of the last meeting: asked about before the next one, among those who attended both."""

from typing import Any

import pytest

from connvo.maintenance.erasure import erase
from connvo.rules.insights.report import Cite, Item, Report
from connvo.schema.insights import MeetingReport
from connvo.schema.meetings import MeetingId
from connvo.store.transaction import Transaction
from tests.support.backend import Backend
from tests.support.prompts import GENERATE, RATE, ideas, kinds, stored
from tests.support.scene import Scene

DONE = Item(id="done", kind="action", text="Oil the mill", cites=(), done=True)


class Series(Scene):
    """A meeting that is over, with a report, and the next one of the same people."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.of(self.host, "removeParticipant", userId=self.watcher.user_id)
        self.start()
        self.join(self.host, self.guest)
        self.end()
        self.last = self.meeting_id
        self.report(self.action("a", "Order the cards"), DONE)
        self.meeting_id = self.create(self.host)
        self.add(self.guest)

    def action(self, name: str, text: str) -> Item:
        """Returns an action that the guest has taken on."""
        cite = Cite(segment_id="s", speaker_id=self.guest.user_id, start_ms=0.0)
        return Item(id=name, kind="action", text=text, cites=(cite,), owner_id=self.guest.user_id)

    def report(self, *actions: Item) -> None:
        """Stores the report of the last meeting, in place of an earlier one."""

        def work(db: Transaction) -> None:
            held = db.first(MeetingReport, "by_meeting", self.last)
            report = Report(actions=actions)
            if held is not None:
                db.patch(held, report=report)
                return
            meeting = MeetingId(self.last)
            db.insert(
                MeetingReport(meeting_id=meeting, revision=1, report=report, created_at=db.now, updated_at=db.now)
            )

        self.backend.run(self.backend.engine.write(work))

    def ideas(self, person: Any) -> list[dict[str, Any]]:
        """Returns the ideas about actions that a person sees, made again if need be."""
        self.host.call(GENERATE, meetingId=self.meeting_id)
        return [one for one in ideas(person, self.meeting_id) if kinds([one]) == ["actions"]]


@pytest.fixture
def series(backend: Backend) -> Series:
    """Two meetings of the same people."""
    return Series(backend)


def test_open_actions_come_first(series: Series) -> None:
    (idea,) = series.ideas(series.guest)
    assert idea["content"] == "You left this open last time: “Order the cards”. Where does it stand?"
    assert ideas(series.guest, series.meeting_id)[0] == idea


def test_a_member_of_this_meeting_alone_does_not_see_them(series: Series) -> None:
    series.ideas(series.host)
    newcomer = series.backend.sign_in("cy")
    series.add(newcomer)
    assert [one for one in ideas(newcomer, series.meeting_id) if kinds([one]) == ["actions"]] == []
    assert "cards" not in str(ideas(newcomer, series.meeting_id))
    (row,) = [one for one in stored(series.backend) if one.kind == "actions"]
    newcomer.fails(RATE, "NOT_FOUND", promptId=row.id, feedback="used")
    assert newcomer.call(GENERATE, meetingId=series.meeting_id)["promptIds"]
    assert series.ideas(series.host) == [], "the next set is for all"


def test_an_idea_ends_with_its_actions(series: Series) -> None:
    assert series.ideas(series.host)
    changed = series.action("a", "Order the cards and the ink")
    series.report(changed)
    assert [one for one in ideas(series.host, series.meeting_id) if kinds([one]) == ["actions"]] == []
    assert "ink" in series.ideas(series.host)[0]["content"]
    series.report(DONE)
    assert [one for one in ideas(series.host, series.meeting_id) if kinds([one]) == ["actions"]] == []
    assert series.ideas(series.host) == []


def test_an_erased_member_leaves_no_action(series: Series) -> None:
    assert series.ideas(series.host)
    series.backend.run(erase(series.backend.runtime, series.guest.user_id))
    assert "cards" not in str(stored(series.backend))


def test_without_a_report_there_is_nothing_to_ask(series: Series) -> None:
    def work(db: Transaction) -> None:
        for row in db.scan(MeetingReport, "by_meeting", series.last):
            db.delete(row)

    series.backend.run(series.backend.engine.write(work))
    assert series.ideas(series.host) == []
