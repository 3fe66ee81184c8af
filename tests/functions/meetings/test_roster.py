"""The roster as changes: whoever applies them has what the lists say."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connvo.model.changes import REMOVALS_KEPT, STEP
from connvo.model.roster import RosterChanges
from tests.support.backend import Backend, Caller, CallFailed
from tests.support.roster import CHANGES, Roster
from tests.support.scene import Scene

LIFECYCLE, SIGNALLING, QUERIES = "meetings/lifecycle", "meetings/webrtc/signaling", "meetings/queries"
RECOVERY, CARDS = "meetings/webrtc/index", "meetings/roster:listPrivateCards"
PEOPLE = 5
OVER = ("concluded", "cancelled")
SAMPLES = {
    "good": {"bitrate": 2_000_000, "packetLoss": 0, "latency": 20, "jitter": 2},
    "poor": {"bitrate": 20_000, "packetLoss": 30, "latency": 900, "jitter": 200},
}

who = st.integers(0, PEOPLE - 1)
Act = tuple[str, int, int]
ALONE = (
    "joinMeeting",
    "leaveMeeting",
    "startMeeting",
    "endMeeting",
    "reopenMeeting",
    "open",
    "connected",
    "disconnected",
    "screen",
    "close",
    "good",
    "poor",
    "fail",
    "rename",
    "hide",
    "show",
    "closeAccount",
)
acts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(ALONE), who, st.just(0)),
        st.tuples(st.sampled_from(("addParticipant", "removeParticipant", "promote", "demote")), who, who),
        st.tuples(st.just("wait"), st.sampled_from((1, 40, 400)), st.just(0)),
    ),
    max_size=25,
)


class Course:
    """A running meeting, and three watchers: one keeps up, one keeps its milestone, one asks now and then."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        mark = backend.commit_count()
        self.people = [backend.sign_in(f"r{mark}-{number}") for number in range(PEOPLE)]
        self.host = self.people[0]
        self.meeting = self.host.call(f"{LIFECYCLE}:createMeeting", title="Planning")["meetingId"]
        self.names = 0
        self.close, self.lazy, self.late = Roster(), Roster(), Roster()
        for person in self.people[1:3]:
            self.act(("addParticipant", 0, self.people.index(person)))
        for act in ("startMeeting", "joinMeeting", "open"):
            self.act((act, 0, 0))

    def act(self, act: Act) -> None:
        """Do one thing; a refusal is fine."""
        what, number, other = act
        if what == "wait":
            self.backend.advance(number)
            return
        path, args = self.path_of(what, self.people[number], self.people[other])
        with suppress(CallFailed):
            self.people[number].call(path, **args)

    def check(self, late: bool) -> None:
        """Compare what every watcher knows with the lists, as somebody sees them who is in the meeting."""
        reader = next((one for one in self.people if self._is_member(one)), None)
        if reader is None:
            return
        if reader.call(f"{QUERIES}:getMeeting", meetingId=self.meeting)["state"] in OVER:
            # A change of a user is not shown again in meetings that are over: who looks later loads the whole roster.
            self.close, self.lazy, self.late = Roster(), Roster(), Roster()
        watchers = [(self.close, True), (self.lazy, False), *([(self.late, True)] if late else [])]
        lists = self._lists(reader)
        for roster, move in watchers:
            answer = reader.call(CHANGES, meetingId=self.meeting, **roster.question)
            roster.apply(answer, move)
            assert shown(roster, self._private(reader)) == lists

    def _is_member(self, person: Caller) -> bool:
        try:
            person.call(f"{QUERIES}:listMeetingParticipants", meetingId=self.meeting)
        except CallFailed:
            return False
        return True

    def _private(self, reader: Caller) -> dict[str, Any]:
        return {card["_id"]: card for card in reader.call(CARDS, meetingId=self.meeting)}

    def _lists(self, reader: Caller) -> tuple[list[Any], list[Any]]:
        members = reader.call(f"{QUERIES}:listMeetingParticipants", meetingId=self.meeting)
        sessions = reader.call(f"{SIGNALLING}:getActiveSessions", meetingId=self.meeting)
        return (
            [
                (one["userId"], one["role"], one["presence"], one.get("joinedAt"), one.get("leftAt"), one["user"])
                for one in sorted(members, key=since)
            ],
            [
                (one["sessionId"], one["userId"], one["state"], one.get("metadata"))
                for one in sorted(sessions, key=since)
            ],
        )

    def path_of(self, what: str, person: Caller, other: Caller) -> tuple[str, dict[str, Any]]:
        """Return the function of an act and its arguments."""
        about = {"meetingId": self.meeting}
        device = {**about, "sessionId": f"device of {person.user_id}"}
        to_state = (f"{SIGNALLING}:updateSessionState", {**device, "state": what})
        self.names += 1
        simple: dict[str, tuple[str, dict[str, Any]]] = {
            "open": (f"{SIGNALLING}:createWebRTCSession", device),
            "close": (f"{SIGNALLING}:closeSession", device),
            "connected": to_state,
            "disconnected": to_state,
            "screen": (
                f"{SIGNALLING}:updateSessionState",
                {**device, "state": "connected", "metadata": {"screen": True}},
            ),
            "fail": (f"{RECOVERY}:handleConnectionFailure", {**device, "errorType": "ice_failed"}),
            "rename": (
                "users/mutations:updateUserProfile",
                {"userId": person.user_id, "displayName": f"Name {self.names}"},
            ),
            "hide": ("settings/mutations:updateSettings", {"profileVisibility": False}),
            "show": ("settings/mutations:updateSettings", {"profileVisibility": True}),
            "closeAccount": ("users/mutations:deactivateUser", {"userId": person.user_id}),
        }
        if what in SAMPLES:
            return f"{RECOVERY}:monitorConnectionQuality", {**device, "stats": SAMPLES[what]}
        if what in ("promote", "demote"):
            role = "host" if what == "promote" else "participant"
            return f"{LIFECYCLE}:updateParticipantRole", {**about, "userId": other.user_id, "newRole": role}
        if what == "addParticipant":
            return f"{LIFECYCLE}:{what}", {**about, "userId": other.user_id, "role": "participant"}
        if what == "removeParticipant":
            return f"{LIFECYCLE}:{what}", {**about, "userId": other.user_id}
        return simple.get(what, (f"{LIFECYCLE}:{what}", about))


def test_the_acts_of_a_course_are_functions(backend: Backend) -> None:
    known = {entry.path for entry in backend.runtime.registry.functions()}
    course = Course(backend)
    names = (*ALONE, "addParticipant", "removeParticipant", "promote", "demote")
    paths = {course.path_of(what, course.host, course.host)[0] for what in names}
    assert paths <= known


def since(one: dict[str, Any]) -> tuple[float, str]:
    """Return what rows are ordered by: several may be of one moment."""
    return one["_creationTime"], one["userId"]


def shown(roster: Roster, private: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """Return a kept roster in the form of the lists."""

    def card(one: dict[str, Any]) -> dict[str, Any]:
        names = {"displayName", "avatarUrl"} & one.keys()
        return private.get(one["userId"]) or {"_id": one["userId"], **{name: one[name] for name in names}}

    members = sorted(roster.members.values(), key=since)
    sessions = sorted(roster.sessions.values(), key=since)
    return (
        [
            (one["userId"], one["role"], one["presence"], one.get("joinedAt"), one.get("leftAt"), card(one))
            for one in members
        ],
        [(one["sessionId"], one["userId"], one["state"], one.get("metadata")) for one in sessions],
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(course=[("addParticipant", 0, 3), ("hide", 3, 0), ("rename", 3, 0), ("joinMeeting", 3, 0)], late={1, 4})
@example(course=[("joinMeeting", 1, 0), ("open", 1, 0), ("close", 1, 0), ("open", 1, 0)], late={2})
@example(course=[("removeParticipant", 0, 1), ("addParticipant", 0, 1), ("joinMeeting", 1, 0)], late={0, 3})
@example(course=[("joinMeeting", 1, 0), ("closeAccount", 0, 0), ("rename", 1, 0)], late={1})
@example(course=[("leaveMeeting", 0, 0), ("wait", 400, 0), ("reopenMeeting", 1, 0)], late={0})
@given(course=acts, late=st.sets(st.integers(0, 25)))
def test_any_course_of_changes_ends_with_the_lists(backend: Backend, course: list[Act], late: set[int]) -> None:
    table = Course(backend)
    table.check(late=True)
    for number, act in enumerate(course):
        table.act(act)
        table.check(late=number in late)
    table.check(late=True)


def changes(scene: Scene, person: Caller, **question: Any) -> Any:
    """Return an answer to a person."""
    return person.call(CHANGES, meetingId=scene.meeting_id, **question)


def test_an_answer_is_the_same_for_everyone(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    assert changes(scene, scene.host) == changes(scene, scene.guest) == changes(scene, scene.watcher)


def test_one_change_costs_one_row_however_many_members_there_are(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "a")
    now = changes(scene, scene.host)["revision"]
    scene.host.call(f"{SIGNALLING}:updateSessionState", meetingId=scene.meeting_id, sessionId="a", state="connected")
    answer = changes(scene, scene.host, since=now)
    assert (answer["complete"], answer["revision"]) == (False, now + 1)
    assert [one["state"] for one in answer["sessions"]] == ["connected"]
    assert answer["members"] == answer["removed"] == answer["ended"] == []


def test_a_client_that_moves_to_every_milestone_gets_few_rows(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "a")
    roster = Roster()
    roster.apply(changes(scene, scene.host))
    for number in range(5 * STEP):
        state = "disconnected" if number % 2 else "connected"
        scene.host.call(f"{SIGNALLING}:updateSessionState", meetingId=scene.meeting_id, sessionId="a", state=state)
        answer = changes(scene, scene.host, **roster.question)
        assert len(answer["sessions"]) + len(answer["members"]) <= STEP
        roster.apply(answer)
    assert roster.whole == 1


def test_a_client_from_before_a_restored_backup_gets_the_whole_list(scene: Scene) -> None:
    answer = changes(scene, scene.host, since=changes(scene, scene.host)["revision"] + 1)
    assert answer["complete"]
    assert len(answer["members"]) == 3


def test_a_client_that_missed_more_removals_than_are_kept_gets_the_whole_list(scene: Scene) -> None:
    roster = Roster()
    roster.apply(changes(scene, scene.host))
    for _ in range(REMOVALS_KEPT + 1):
        scene.of(scene.host, "removeParticipant", userId=scene.guest.user_id)
        scene.of(scene.host, "addParticipant", userId=scene.guest.user_id, role="participant")
    answer = changes(scene, scene.host, **roster.question)
    assert answer["complete"]
    assert len(answer["members"]) == 3


def test_a_member_is_reconnecting_until_a_session_is_connected(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "a")
    about = {"meetingId": scene.meeting_id}
    scene.host.call(f"{RECOVERY}:handleConnectionFailure", **about, sessionId="a", errorType="ice_failed")
    failed = reconnecting(scene)
    assert list(failed) == [scene.host.user_id]
    assert failed[scene.host.user_id]["until"] > failed[scene.host.user_id]["at"]
    scene.connect(scene.host, "b")
    assert reconnecting(scene) == failed
    scene.host.call(f"{SIGNALLING}:updateSessionState", **about, sessionId="b", state="connected")
    assert reconnecting(scene) == {}


@pytest.mark.parametrize("how", ["leaveMeeting", "endMeeting"])
def test_a_member_that_is_out_is_not_reconnecting(scene: Scene, how: str) -> None:
    scene.start()
    scene.join(scene.host, scene.guest)
    scene.connect(scene.host, "a")
    about = {"meetingId": scene.meeting_id}
    scene.host.call(f"{RECOVERY}:handleConnectionFailure", **about, sessionId="a", errorType="ice_failed")
    scene.of(scene.host, how)
    assert reconnecting(scene) == {}


def reconnecting(scene: Scene) -> dict[str, Any]:
    """Return who is being reconnected, as the guest sees it."""
    members = changes(scene, scene.guest)["members"]
    return {one["userId"]: one["reconnecting"] for one in members if "reconnecting" in one}


def test_a_grade_is_shown_once_until_it_changes(scene: Scene) -> None:
    scene.start()
    scene.join(scene.host)
    scene.connect(scene.host, "a")
    about = {"meetingId": scene.meeting_id, "sessionId": "a"}
    scene.host.call(f"{RECOVERY}:monitorConnectionQuality", **about, stats=SAMPLES["good"])
    first = changes(scene, scene.host)
    assert first["sessions"][0]["quality"] in ("good", "excellent")
    scene.host.call(f"{RECOVERY}:monitorConnectionQuality", **about, stats=SAMPLES["good"])
    assert changes(scene, scene.host) == first
    scene.host.call(f"{RECOVERY}:monitorConnectionQuality", **about, stats=SAMPLES["poor"])
    assert [one["quality"] for one in changes(scene, scene.host, since=first["revision"])["sessions"]] == ["poor"]


def test_a_name_that_is_not_for_all_is_told_to_the_host_alone(scene: Scene) -> None:
    shy = scene.backend.sign_in("shy")
    shy.call("settings/mutations:updateSettings", profileVisibility=False)
    other = scene.create(scene.host)
    scene.host.call(f"{LIFECYCLE}:addParticipant", meetingId=other, userId=shy.user_id, role="participant")
    scene.host.call(f"{LIFECYCLE}:startMeeting", meetingId=other)
    for person in (scene.host, shy):
        person.call(f"{LIFECYCLE}:joinMeeting", meetingId=other)
    scene.host.call(f"{LIFECYCLE}:addParticipant", meetingId=scene.meeting_id, userId=shy.user_id, role="participant")
    row = next(one for one in changes(scene, scene.guest)["members"] if one["userId"] == shy.user_id)
    assert "displayName" not in row
    cards = {person: person.call(CARDS, meetingId=scene.meeting_id) for person in (scene.host, scene.guest, shy)}
    assert [card["_id"] for card in cards[scene.host]] == [card["_id"] for card in cards[shy]] == [shy.user_id]
    assert cards[scene.guest] == []


def test_the_answer_has_the_fields_that_a_kept_roster_knows() -> None:
    assert set(RosterChanges.__struct_fields__) == {
        "revision",
        "milestone",
        "complete",
        "removed",
        "members",
        "ended",
        "sessions",
    }
