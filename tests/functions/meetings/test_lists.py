"""The lists of meetings by time: what is to come is never hidden by what was, nor what was by what is to come."""

from typing import Any

import pytest

from connvo.functions.meetings.queries import list_past_meetings, list_upcoming_meetings
from connvo.model.pagination import PaginationOpts
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import Participant
from connvo.settings import MeetingSettings
from connvo.store.read_set import ReadSet
from connvo.store.snapshot import Snapshot
from connvo.store.transaction import Transaction
from tests.support.backend import Backend, Caller
from tests.support.scene import LIFECYCLE, Scene
from tests.support.store import ENGINES

UPCOMING, PAST = "meetings/queries:listUpcomingMeetings", "meetings/queries:listPastMeetings"
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@pytest.fixture
def ann(make_backend: Any) -> Caller:
    backend: Backend = make_backend(meetings=MeetingSettings(create_burst=500))
    return backend.sign_in("ann")


def planned(person: Caller, title: str, seconds: float) -> str:
    """Return a meeting of that title, so many seconds from now."""
    at = person.backend.now_ms + seconds * 1e3
    made: str = person.call(f"{LIFECYCLE}:createMeeting", title=title, scheduledAt=at)["meetingId"]
    return made


def do(person: Caller, meeting_id: str, *steps: str) -> None:
    for step in steps:
        person.call(f"{LIFECYCLE}:{step}", meetingId=meeting_id)


def upcoming(person: Caller) -> list[str]:
    return [one["title"] for one in person.call(UPCOMING)]


def past(person: Caller, size: int = 100, cursor: str | None = None, **args: Any) -> dict[str, Any]:
    page: dict[str, Any] = person.call(PAST, paginationOpts={"numItems": size, "cursor": cursor}, **args)
    return page


def titles(page: dict[str, Any]) -> list[str]:
    return [one["title"] for one in page["page"]]


def test_active_meetings_come_first_then_planned_ones_the_soonest_first(ann: Caller) -> None:
    planned(ann, "in two days", 2 * DAY)
    planned(ann, "in an hour", HOUR)
    planned(ann, "tomorrow", DAY)
    for title in ("now", "latest"):
        ann.backend.advance(1)
        do(ann, planned(ann, title, HOUR), "startMeeting")
    assert upcoming(ann) == ["latest", "now", "in an hour", "tomorrow", "in two days"]


def test_planned_meetings_are_not_lost_behind_a_hundred_newer_ones(ann: Caller) -> None:
    planned(ann, "next week", 7 * DAY)
    for number in range(101):
        do(ann, planned(ann, f"over {number}", HOUR), "startMeeting", "endMeeting")
    assert "next week" not in [one["title"] for one in ann.call("meetings/queries:listUserMeetings", limit=100)]
    assert upcoming(ann) == ["next week"]


def test_only_so_many_are_listed_and_those_are_the_soonest(ann: Caller) -> None:
    for number in range(105, 0, -1):
        planned(ann, str(number), number * HOUR)
    assert upcoming(ann) == [str(number) for number in range(1, 101)]


def test_a_meeting_whose_host_is_late_stays_among_the_upcoming(ann: Caller) -> None:
    planned(ann, "late", MINUTE)
    planned(ann, "later", 2 * DAY)
    ann.backend.advance(HOUR)
    assert upcoming(ann) == ["late", "later"]


def test_never_started_meetings_come_last_the_newest_first(ann: Caller) -> None:
    planned(ann, "missed", MINUTE)
    planned(ann, "missed, too", 2 * MINUTE)
    ann.backend.advance(DAY + HOUR)
    ann.call(f"{LIFECYCLE}:createMeeting", title="no time")
    planned(ann, "soon", HOUR)
    assert upcoming(ann) == ["no time", "soon", "missed, too", "missed"]


def test_a_cancelled_meeting_shows_until_its_time_has_passed(ann: Caller) -> None:
    do(ann, planned(ann, "cancelled", HOUR), "cancelMeeting")
    planned(ann, "stays", 2 * HOUR)
    first = ann.call(UPCOMING)[0]
    assert (first["title"], first["state"]) == ("cancelled", "cancelled")
    ann.backend.advance(HOUR + MINUTE)
    assert upcoming(ann) == ["stays"]
    assert titles(past(ann, state="cancelled")) == ["cancelled"]


def test_past_meetings_come_page_by_page_the_latest_first(ann: Caller) -> None:
    order = ["planned early, held last", "held first", "held second"]
    ids = [planned(ann, title, 5 * HOUR) for title in order]
    for meeting_id in (ids[1], ids[2], ids[0]):
        ann.backend.advance(MINUTE)
        do(ann, meeting_id, "startMeeting", "endMeeting")
    planned(ann, "to come", HOUR)
    first = past(ann, 2)
    assert (titles(first), first["isDone"]) == (["planned early, held last", "held second"], False)
    second = past(ann, 2, first["continueCursor"])
    assert (titles(second), second["isDone"]) == (["held first"], True)


def test_an_entry_says_when_the_meeting_was(ann: Caller) -> None:
    do(ann, planned(ann, "over", HOUR), "startMeeting", "endMeeting")
    [entry] = past(ann)["page"]
    assert entry["startedAt"] <= entry["endedAt"]
    assert {"_id", "title", "state", "userRole", "userPresence"} < entry.keys()
    assert "reopenableUntil" not in entry


def test_nobody_sees_meetings_of_others_or_that_they_were_removed_from(scene: Scene) -> None:
    assert (upcoming(scene.guest), upcoming(scene.outsider)) == (["Planning"], [])
    scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
    assert upcoming(scene.guest) == []
    scene.start()
    scene.end()
    assert (titles(past(scene.watcher)), titles(past(scene.guest)), titles(past(scene.outsider))) == (
        ["Planning"],
        [],
        [],
    )


def test_rows_of_an_older_version_are_listed_by_the_time_of_their_meeting(ann: Caller) -> None:
    planned(ann, "far", 3 * DAY)
    planned(ann, "near", HOUR)
    ann.backend.advance(1)
    do(ann, planned(ann, "over", HOUR), "startMeeting", "endMeeting")

    def forget(db: Transaction) -> None:
        for member in db.scan(Participant, "by_creation"):
            db.patch(member, meeting_at=None)

    ann.backend.run(ann.backend.engine.write(forget))
    planned(ann, "between", DAY)
    assert upcoming(ann) == ["near", "between", "far"]
    assert titles(past(ann)) == ["over"]
    ann.backend.advance(2 * DAY)
    assert upcoming(ann) == ["far", "between", "near"]


@pytest.mark.parametrize("engine", ENGINES)
def test_both_engines_list_the_same_and_only_changes_of_a_list_run_it_again(make_backend: Any, engine: str) -> None:
    backend: Backend = make_backend(ENGINES[engine])
    ann, bob = backend.sign_in("ann"), backend.sign_in("bob")
    later, soon = planned(ann, "later", DAY), planned(ann, "soon", HOUR)
    gone = planned(ann, "gone", 2 * HOUR)
    assert upcoming(ann) == ["soon", "gone", "later"]
    assert touched(bob, lambda: planned(bob, "bob's", HOUR), watching=ann) == set()
    assert touched(ann, lambda: planned(ann, "new", 3 * HOUR)) == {"upcoming"}
    assert touched(ann, lambda: do(ann, gone, "cancelMeeting")) == {"upcoming"}
    assert touched(ann, lambda: do(ann, later, "startMeeting", "joinMeeting")) == {"upcoming"}
    message = {"meetingId": later, "text": "Hello"}
    assert touched(ann, lambda: ann.call("meetings/chat:sendMessage", **message)) == set()
    assert upcoming(ann) == ["later", "soon", "gone", "new"]
    assert touched(ann, lambda: do(ann, later, "endMeeting")) == {"upcoming", "past"}
    do(ann, soon, "startMeeting", "endMeeting")
    assert titles(past(ann)) == ["soon", "later"]


def touched(person: Caller, change: Any, watching: Caller | None = None) -> set[str]:
    """Return the lists, of the person unless told otherwise, that the log says to run again after a change."""
    backend, watcher = person.backend, watching or person
    reads = {"upcoming": ReadSet(), "past": ReadSet()}
    options = PaginationOpts(num_items=5, cursor=None)

    def look(name: str) -> None:
        def work(db: Snapshot) -> object:
            ctx = QueryCtx(db, watcher.identity, backend.now_ms, backend.settings)
            return list_upcoming_meetings(ctx) if name == "upcoming" else list_past_meetings(ctx, options)

        backend.run(backend.engine.read(work, reads[name]))

    for name in reads:
        look(name)
    seq = backend.commit_count()
    change()
    commits = backend.run(backend.engine.commits(seq, 1_000))
    return {name for name, read in reads.items() if any(commit.written.intersects(read) for commit in commits)}


@pytest.mark.parametrize("options", [{"numItems": float("nan"), "cursor": None}, {"numItems": 5, "cursor": "made up"}])
def test_a_page_that_cannot_be_is_refused(ann: Caller, options: dict[str, Any]) -> None:
    ann.fails(PAST, code="VALIDATION_ERROR", paginationOpts=options)
