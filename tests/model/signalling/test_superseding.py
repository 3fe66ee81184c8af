"""Superseding, as the people of a call see it: old negotiations never surface, and nothing else goes with them."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from connvo.settings import SignalSettings
from tests.support.call import GUEST, Call
from tests.support.negotiating import Negotiating, Person, Sent, World, other, sdp, tag_of


def test_a_new_offer_takes_the_place_of_the_older_one_with_its_candidates(call: Call) -> None:
    call.describe(call.host, "offer", "o1", "aaaa")
    call.trickle(call.host, "named", "aaaa")
    call.trickle(call.host, "bare")
    call.describe(call.host, "offer", "o2", "bbbb")
    call.trickle(call.host, "new", "bbbb")
    assert call.names(call.guest) == ["o2", "new"]
    assert call.signal_count() == 2


def test_the_same_without_any_fragments(call: Call) -> None:
    call.describe(call.host, "offer", "o1")
    call.trickle(call.host, "c1", "whatever")
    call.trickle(call.host, "c2")
    call.describe(call.host, "offer", "o2")
    assert call.names(call.guest) == ["o2"]


def test_a_late_candidate_of_the_older_negotiation_is_not_delivered(call: Call) -> None:
    call.describe(call.host, "offer", "o1", "aaaa")
    call.describe(call.host, "offer", "o2", "bbbb")
    call.trickle(call.host, "late", "aaaa")
    call.trickle(call.host, "unknown", "zzzz")
    assert call.names(call.guest) == ["o2", "unknown"]


def test_an_offer_that_only_adds_something_keeps_the_candidates_behind_it(call: Call) -> None:
    call.describe(call.host, "offer", "o1", "aaaa")
    call.trickle(call.host, "c1", "aaaa")
    call.trickle(call.host, "c2")
    cursor = call.pending(call.guest)[-1]["_id"]
    call.describe(call.host, "offer", "o2", "aaaa")
    assert call.names(call.guest) == call.names(call.guest, lastSignalId=cursor) == ["o2", "c1", "c2"]


def test_candidates_that_overtake_their_offer_are_delivered_behind_it(call: Call) -> None:
    call.trickle(call.host, "c1", "aaaa")
    call.trickle(call.host, "c2")
    early = call.pending(call.guest)
    assert [signal["data"]["candidate"] for signal in early] == ["c1", "c2"]
    call.describe(call.host, "offer", "o", "aaaa")
    assert call.names(call.guest) == ["o", "c1", "c2"]
    assert call.names(call.guest, lastSignalId=early[-1]["_id"]) == ["o", "c1", "c2"]


def test_candidates_without_any_description_are_delivered_at_once(call: Call) -> None:
    call.trickle(call.host, "c1")
    call.process(call.guest)
    call.describe(call.host, "offer", "o", "aaaa")
    assert call.names(call.guest) == ["o"]


def test_a_candidate_that_overtakes_an_ice_restart_is_delivered_behind_it(call: Call) -> None:
    call.describe(call.host, "offer", "o1", "aaaa")
    call.process(call.guest)
    call.trickle(call.host, "c", "bbbb")
    call.describe(call.host, "offer", "o2", "bbbb")
    assert call.names(call.guest) == ["o2", "c"]


def test_a_late_description_revives_no_candidate_that_has_expired(make_call: Callable[..., Call]) -> None:
    call = make_call(signals=SignalSettings(ttl_seconds=60))
    call.trickle(call.host, "expired", "aaaa")
    call.backend.now_ns += int(30e9)
    call.trickle(call.host, "c", "aaaa")
    call.backend.now_ns += int(31e9)
    call.describe(call.host, "offer", "o", "aaaa")
    assert call.names(call.guest) == ["o", "c"]
    call.backend.now_ns += int(59e9)
    assert call.names(call.guest) == ["o", "c"]


def test_supersession_is_between_two_people(call: Call) -> None:
    third = call.backend.sign_in("tina")
    call.add(third)
    call.connect(third, "third")
    call.describe(call.host, "offer", "to guest", "aaaa")
    call.trickle(call.host, "c to guest", "aaaa")
    call.describe(call.host, "offer", "to third", "bbbb", targetUserId=third.user_id)
    call.describe(call.guest, "offer", "guest to third", "cccc", targetUserId=third.user_id)
    assert call.names(call.guest) == ["to guest", "c to guest"]
    assert call.names(third) == ["to third", "guest to third"]


def test_supersession_is_between_two_sessions(call: Call) -> None:
    call.connect(call.host, "phone")
    call.describe(call.host, "offer", "laptop", "aaaa")
    call.describe(call.host, "offer", "phone", "bbbb", session="phone")
    assert call.names(call.guest) == ["laptop", "phone"]


def test_offers_that_cross_are_both_delivered(call: Call) -> None:
    call.describe(call.host, "offer", "host's", "aaaa")
    call.trickle(call.host, "hc", "aaaa")
    call.describe(call.guest, "offer", "guest's", "bbbb")
    call.trickle(call.guest, "gc", "bbbb")
    assert call.names(call.guest) == ["host's", "hc"]
    assert call.names(call.host) == ["guest's", "gc"]
    call.describe(call.guest, "answer", "polite", "cccc")
    assert call.names(call.host) == ["guest's", "gc", "polite"]


def test_a_rollback_is_delivered_behind_the_offer_it_takes_back(call: Call) -> None:
    call.describe(call.host, "offer", "o", "aaaa")
    args: dict[str, Any] = {"sessionId": "host-session", "targetUserId": call.guest.user_id}
    call.run(call.host, "exchangeSessionDescription", description={"type": "rollback", "sdp": ""}, **args)
    assert [signal["data"]["type"] for signal in call.pending(call.guest)] == ["offer", "rollback"]
    call.describe(call.host, "offer", "o2", "bbbb")
    assert call.names(call.guest) == ["o2"]


def test_a_new_answer_takes_the_place_of_the_older_one(call: Call) -> None:
    call.describe(call.guest, "pranswer", "p", "aaaa")
    call.trickle(call.guest, "c", "aaaa")
    call.describe(call.guest, "answer", "a", "aaaa")
    assert call.names(call.host) == ["a", "c"]


def test_an_offer_leaves_the_answer_the_other_side_waits_for(call: Call) -> None:
    call.describe(call.guest, "answer", "a", "aaaa")
    call.describe(call.guest, "offer", "o", "aaaa")
    assert call.names(call.host) == ["a", "o"]


def test_an_answer_to_a_superseded_offer_is_not_delivered(call: Call) -> None:
    call.describe(call.host, "offer", "o1", "aaaa")
    call.process(call.guest)
    call.describe(call.guest, "answer", "a1", "gggg")
    call.trickle(call.guest, "c", "gggg")
    call.describe(call.host, "offer", "o2", "bbbb")
    assert call.names(call.host) == ["c"]
    call.trickle(call.guest, "c2", "gggg")
    call.describe(call.guest, "answer", "a2", "gggg")
    assert call.names(call.host) == ["a2", "c", "c2"]


def test_with_a_second_session_of_the_offering_member_the_answer_stays(call: Call) -> None:
    call.connect(call.host, "phone")
    call.describe(call.guest, "answer", "to the phone", "gggg")
    call.describe(call.host, "offer", "from the laptop", "aaaa")
    assert call.names(call.host) == ["to the phone"]


def test_a_new_session_supersedes_offers_of_one_that_is_over(call: Call) -> None:
    call.describe(call.host, "offer", "old", "aaaa")
    call.trickle(call.host, "old c", "aaaa")
    call.fail(call.host, "signaling_failed")
    assert call.names(call.guest) == ["old", "old c"]
    call.connect(call.host, "new")
    call.describe(call.host, "offer", "new", "bbbb", session="new")
    assert call.names(call.guest) == ["new"]


def test_with_a_new_session_of_the_same_id_the_negotiation_begins_again(call: Call) -> None:
    call.describe(call.guest, "offer", "o1", "aaaa")
    call.describe(call.guest, "offer", "o2", "bbbb")
    call.run(call.guest, "closeSession", sessionId=GUEST)
    call.connect(call.guest, GUEST)
    call.trickle(call.guest, "c", "aaaa")
    call.describe(call.guest, "offer", "o3", "aaaa")
    assert call.names(call.host) == ["o3", "c"]


def test_a_session_that_rejoins_under_its_id_may_send_candidates_first(call: Call) -> None:
    call.describe(call.guest, "offer", "o1", "aaaa")
    call.trickle(call.guest, "old", "aaaa")
    call.fail(call.guest, "signaling_failed")
    call.connect(call.guest, GUEST)
    call.trickle(call.guest, "bare")
    call.describe(call.guest, "offer", "o2", "bbbb")
    assert call.names(call.host) == ["o2", "bare"]


class InACall(World):
    """A whole backend; a reader with a cursor looks on and must see everything that waits."""

    def __init__(self, call: Call) -> None:
        self.call = call
        call.run(call.host, "closeSession", sessionId="host-session")
        call.run(call.guest, "closeSession", sessionId=GUEST)
        call.process(call.host)
        call.process(call.guest)
        self.run_id = call.backend.commit_count()
        self.cursor: dict[Person, str] = {}
        self.seen: dict[Person, set[str]] = {"x": set(), "y": set()}

    def person(self, person: Person) -> Any:
        return self.call.host if person == "x" else self.call.guest

    def name(self, session: str) -> str:
        return f"{self.run_id}-{session}"

    def open(self, person: Person, session: str) -> None:
        self.call.connect(self.person(person), self.name(session))

    def close(self, person: Person, session: str) -> None:
        self.call.run(self.person(person), "closeSession", sessionId=self.name(session))

    def rejoin(self, person: Person, session: str) -> None:
        self.call.fail(self.person(person), "signaling_failed", self.name(session))

    def post(self, item: Sent) -> None:
        args: dict[str, Any] = {
            "sessionId": self.name(item.session),
            "targetUserId": self.person(other(item.by)).user_id,
        }
        if item.kind == "candidate":
            fragment = {} if item.ufrag is None else {"usernameFragment": item.ufrag}
            args["candidate"] = {"candidate": item.tag, **fragment}
            self.call.run(self.person(item.by), "exchangeICECandidate", **args)
        else:
            args["description"] = {"type": item.kind, "sdp": sdp(item)}
            self.call.run(self.person(item.by), "exchangeSessionDescription", **args)

    def waiting(self, person: Person) -> list[str]:
        return [tag_of(signal["data"]) for signal in self.call.pending(self.person(person))]

    def process(self, person: Person, count: int) -> None:
        found = self.call.pending(self.person(person))[:count]
        if found:
            self.call.process(self.person(person), *found)

    def check(self) -> None:
        self.call.signal_count()
        for person in ("x", "y"):
            after = {"lastSignalId": self.cursor[person]} if person in self.cursor else {}
            for signal in self.call.pending(self.person(person), **after):
                self.cursor[person] = signal["_id"]
                self.seen[person].add(signal["_id"])
            waiting = {signal["_id"] for signal in self.call.pending(self.person(person))}
            assert waiting <= self.seen[person]


def test_in_a_running_call_none_is_lost_or_out_of_place(call: Call) -> None:
    class InThisCall(Negotiating):
        def world(self) -> World:
            # Each run begins with its failures forgotten, so that the ladder lets everybody rejoin.
            call.backend.now_ns += int(121 * 1e9)
            call.of(call.host, "leaveMeeting")
            call.of(call.guest, "leaveMeeting")
            call.join(call.host, call.guest)
            call.connect(call.host, "host-session")
            call.connect(call.guest, GUEST)
            return InACall(call)

    run_state_machine_as_test(
        InThisCall,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
