"""Superseding: what a new description does to what still waits, and what it never does."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from connvo.rules.negotiation import (
    RETIRED_KEPT,
    UFRAGS_KEPT,
    CandidatePlace,
    Moved,
    Plan,
    Track,
    Waiting,
    candidate_ufrag,
    place_candidate,
    plan_offer,
    plan_reply,
    plan_rollback,
    sdp_ufrags,
    withdraw_replies,
)
from tests.support.negotiating import Negotiating, Person, Sent, World, other
from tests.support.outside import examples

S = "session"


def offer(ref: str, *ufrags: str, session: str = S) -> Waiting:
    return Waiting(ref, session, "offer", ufrags)


def answer(ref: str, *ufrags: str, session: str = S) -> Waiting:
    return Waiting(ref, session, "answer", ufrags)


def candidate(ref: str, *ufrags: str, session: str = S, early: bool = False) -> Waiting:
    return Waiting(ref, session, "candidate", ufrags, early)


class TestFragments:
    def test_a_description_has_the_fragments_of_its_lines_each_once(self) -> None:
        sdp = "v=0\r\na=ice-ufrag:aaaa\r\nm=audio 9\r\na=ice-ufrag:bbbb\r\nm=video 9\r\na=ice-ufrag:aaaa\r\n"
        assert sdp_ufrags(sdp) == ("aaaa", "bbbb")

    @pytest.mark.parametrize("sdp", ["", "v=0", "a=ice-ufrag:", "x a=ice-ufrag:aaaa", "a=ice-pwd:secret"])
    def test_a_description_without_such_a_line_gives_none(self, sdp: str) -> None:
        assert sdp_ufrags(sdp) == ()

    def test_lines_may_end_in_a_bare_newline(self) -> None:
        assert sdp_ufrags("v=0\na=ice-ufrag:aaaa\n") == ("aaaa",)

    def test_an_absurd_number_of_fragments_is_cut(self) -> None:
        assert len(sdp_ufrags("".join(f"a=ice-ufrag:u{n}\n" for n in range(1000)))) == UFRAGS_KEPT

    @pytest.mark.parametrize(
        ("text", "field", "ufrag"),
        [
            ("candidate:1 1 udp 2 10.0.0.1 9 typ host", "abcd", "abcd"),
            ("candidate:1 1 udp 2 10.0.0.1 9 typ host generation 0 ufrag wxyz network-id 1", None, "wxyz"),
            ("candidate:1 1 udp 2 10.0.0.1 9 typ host ufrag wxyz", "abcd", "abcd"),
            ("candidate:1 1 udp 2 10.0.0.1 9 typ host", "", None),
            ("", None, None),
        ],
    )
    def test_a_candidate_names_its_fragment_in_its_field_or_in_its_text(
        self, text: str, field: str | None, ufrag: str | None
    ) -> None:
        assert candidate_ufrag(text, field) == ufrag


class TestNewCandidate:
    def test_before_any_description_it_is_early(self) -> None:
        assert place_candidate(Track(), "u1") == CandidatePlace(("u1",), early=True)
        assert place_candidate(Track(), None) == CandidatePlace((), early=True)

    def test_without_a_fragment_it_belongs_to_the_newest_description(self) -> None:
        assert place_candidate(Track(True, ("u1", "u2")), None) == CandidatePlace(("u1", "u2"), early=False)

    def test_with_an_unknown_fragment_it_is_delivered_at_once(self) -> None:
        assert place_candidate(Track(True, ("u1",)), "whatever") == CandidatePlace(("whatever",), early=False)

    def test_of_a_negotiation_that_is_over_it_is_not_stored(self) -> None:
        assert place_candidate(Track(True, ("u2",), ("u1",)), "u1") is None


class TestNewOffer:
    def test_takes_the_place_of_older_offers_and_their_companions(self) -> None:
        waiting = [offer("o", "u1"), Waiting("p", S, "pranswer"), Waiting("r", S, "rollback")]
        assert plan_offer(Track(True, ("u1",)), S, ("u2",), waiting).drop == ("o", "p", "r")

    def test_leaves_an_answer_that_the_other_side_waits_for(self) -> None:
        plan = plan_offer(Track(True, ("u1",)), S, ("u2",), [answer("a", "u1")])
        assert (plan.drop, plan.move) == ((), ())

    def test_drops_candidates_of_the_older_negotiation(self) -> None:
        waiting = [candidate("named", "u1"), candidate("retired", "u0")]
        assert plan_offer(Track(True, ("u1",), ("u0",)), S, ("u2",), waiting).drop == ("named", "retired")

    def test_takes_candidates_of_its_own_fragments_along(self) -> None:
        waiting = [offer("o", "u1"), candidate("c1", "u1"), candidate("c2", "u1", "u9")]
        plan = plan_offer(Track(True, ("u1",)), S, ("u1",), waiting)
        assert plan == Plan(
            ("o",), (Moved("c1", ("u1",), False), Moved("c2", ("u1", "u9"), False)), Track(True, ("u1",))
        )

    def test_takes_early_candidates_along(self) -> None:
        waiting = [candidate("bare", early=True), candidate("named", "u1", early=True)]
        plan = plan_offer(Track(), S, ("u1",), waiting)
        assert plan.move == (Moved("bare", ("u1",), False), Moved("named", ("u1",), False))

    def test_an_early_candidate_of_a_later_description_stays_early(self) -> None:
        plan = plan_offer(Track(), S, ("u1",), [candidate("c", "u2", early=True)])
        assert plan.move == (Moved("c", ("u2",), True),)

    def test_leaves_a_candidate_that_has_overtaken_its_description(self) -> None:
        plan = plan_offer(Track(True, ("u1",)), S, ("u2",), [candidate("c", "u3")])
        assert (plan.drop, plan.move) == ((), ())
        assert plan_offer(plan.track, S, ("u3",), [candidate("c", "u3")]).move == (Moved("c", ("u3",), False),)

    def test_without_fragments_anywhere_age_decides(self) -> None:
        waiting = [offer("o"), candidate("c"), candidate("named", "u7")]
        assert plan_offer(Track(True), S, (), waiting).drop == ("o", "c", "named")

    def test_takes_the_place_of_offers_of_sessions_that_are_over(self) -> None:
        waiting = [
            offer("o", "u1", session="old"),
            candidate("c", "u1", session="old"),
            candidate("early", session="old", early=True),
            answer("a", "u1", session="old"),
        ]
        plan = plan_offer(Track(), S, ("u2",), waiting)
        assert plan.drop == ("o", "c")
        assert plan.move == (Moved("early", ("u2",), False),)

    def test_retires_the_fragments_it_no_longer_has(self) -> None:
        track = plan_offer(Track(True, ("u1", "u2"), ("u0",)), S, ("u2", "u3"), []).track
        assert track == Track(True, ("u2", "u3"), ("u0", "u1"))

    def test_a_fragment_that_comes_back_is_retired_no_longer(self) -> None:
        assert plan_offer(Track(True, ("u2",), ("u1",)), S, ("u1",), []).track == Track(True, ("u1",), ("u2",))

    def test_the_last_few_retired_fragments_are_remembered(self) -> None:
        track = Track()
        for number in range(20):
            track = plan_offer(track, S, (f"u{number}",), []).track
        assert track.retired == tuple(f"u{n}" for n in range(19 - RETIRED_KEPT, 19))


class TestNewAnswer:
    def test_takes_the_place_of_an_older_answer(self) -> None:
        waiting = [Waiting("p", S, "pranswer", ("u1",)), answer("a", "u1")]
        assert plan_reply(Track(True, ("u1",)), ("u1",), waiting).drop == ("p", "a")

    def test_leaves_an_offer_and_its_candidates(self) -> None:
        plan = plan_reply(Track(True, ("u1",)), ("u2",), [offer("o", "u1"), candidate("c", "u1")])
        assert (plan.drop, plan.move) == ((), ())

    def test_takes_the_candidates_of_the_replaced_answer_along(self) -> None:
        waiting = [answer("a", "u1"), candidate("c", "u1")]
        assert plan_reply(Track(True, ("u1",)), ("u1",), waiting).move == (Moved("c", ("u1",), False),)

    def test_drops_them_when_its_fragments_are_others(self) -> None:
        waiting = [answer("a", "u1"), candidate("c", "u1")]
        assert plan_reply(Track(True, ("u1",)), ("u2",), waiting).drop == ("a", "c")

    def test_keeps_them_when_nobody_can_tell(self) -> None:
        assert plan_reply(Track(True), (), [answer("a"), candidate("c")]).move == (Moved("c", (), False),)

    def test_leaves_candidates_of_an_answer_that_was_delivered(self) -> None:
        plan = plan_reply(Track(True, ("u1",)), ("u1",), [candidate("c", "u1")])
        assert (plan.drop, plan.move) == ((), ())

    def test_takes_early_candidates_along(self) -> None:
        plan = plan_reply(Track(), ("u1",), [candidate("c", early=True)])
        assert plan.move == (Moved("c", ("u1",), False),)

    def test_takes_candidates_along_that_had_overtaken_it(self) -> None:
        plan = plan_reply(Track(True, ("u1",)), ("u2",), [candidate("c", "u2")])
        assert plan.move == (Moved("c", ("u2",), False),)


class TestOtherDirection:
    def test_a_new_offer_voids_answers_to_older_ones(self) -> None:
        waiting = [answer("a", "u1"), candidate("c", "u1"), candidate("other", "u8"), Waiting("p", "s2", "pranswer")]
        void = withdraw_replies(waiting)
        assert void.drop == ("a", "p")
        assert void.early == ("c",)
        assert void.sessions == {S, "s2"}

    def test_it_never_drops_the_offer_of_the_other_side(self) -> None:
        void = withdraw_replies([offer("o", "u1"), candidate("c", "u1")])
        assert void.drop == void.early == ()
        assert not void.sessions

    def test_an_offer_after_the_answer_still_counts(self) -> None:
        void = withdraw_replies([answer("a", "u1"), offer("o", "u1"), candidate("c", "u1")])
        assert void.drop == ("a",)
        assert void.early == ()
        assert not void.sessions

    def test_candidates_of_a_withdrawn_answer_wait_for_the_next(self) -> None:
        track = Track(False, ("u1",))
        waiting = [candidate("c", "u1", early=True)]
        assert place_candidate(track, "u1") == CandidatePlace(("u1",), early=True)
        assert plan_reply(track, ("u1",), waiting).move == (Moved("c", ("u1",), False),)
        assert plan_reply(track, ("u2",), waiting).drop == ("c",)


def test_a_rollback_entails_nothing() -> None:
    track = Track(True, ("u1",))
    assert plan_rollback(track) == Plan((), (), track)


class Rules(World):
    """Queues in memory, with the rules applied to them."""

    def __init__(self) -> None:
        self.queues: dict[Person, list[Waiting]] = {"x": [], "y": []}
        self.tracks: dict[str, Track] = {}
        self.open_sessions: dict[Person, set[str]] = {"x": set(), "y": set()}

    def open(self, person: Person, session: str) -> None:
        self.open_sessions[person].add(session)

    def close(self, person: Person, session: str) -> None:
        self.rejoin(person, session)
        queue = self.queues[other(person)]
        queue[:] = [signal for signal in queue if signal.session != session]
        self.tracks.pop(session, None)

    def rejoin(self, person: Person, session: str) -> None:
        self.open_sessions[person].remove(session)

    def post(self, item: Sent) -> None:
        queue = self.queues[other(item.by)]
        track = self.tracks.get(item.session, Track())
        if item.kind == "candidate":
            place = place_candidate(track, item.ufrag)
            if place is not None:
                queue.append(Waiting(item.tag, item.session, "candidate", place.ufrags, place.early))
            return
        ufrags = () if item.ufrag is None else (item.ufrag,)
        plan = self.plan(item, track, ufrags, queue)
        gone = {*plan.drop, *(moved.ref for moved in plan.move)}
        by_ref = {signal.ref: signal for signal in queue}
        kind: Any = item.kind
        queue[:] = [signal for signal in queue if signal.ref not in gone]
        queue.append(Waiting(item.tag, item.session, kind, ufrags))
        queue += [msgspec.structs.replace(by_ref[m.ref], ufrags=m.ufrags, early=m.early) for m in plan.move]
        self.tracks[item.session] = plan.track
        if item.kind == "offer" and len(self.open_sessions[item.by]) == 1:
            self.withdraw(item.by)

    def plan(self, item: Sent, track: Track, ufrags: tuple[str, ...], queue: list[Waiting]) -> Plan:
        if item.kind == "offer":
            others = self.open_sessions[item.by] - {item.session}
            return plan_offer(track, item.session, ufrags, [s for s in queue if s.session not in others])
        return plan_reply(track, ufrags, [s for s in queue if s.session == item.session])

    def withdraw(self, person: Person) -> None:
        queue = self.queues[person]
        void = withdraw_replies(queue)
        queue[:] = [
            msgspec.structs.replace(signal, early=signal.early or signal.ref in void.early)
            for signal in queue
            if signal.ref not in void.drop
        ]
        for session in void.sessions:
            self.tracks[session] = msgspec.structs.replace(self.tracks[session], described=False)

    def waiting(self, person: Person) -> list[str]:
        return [signal.ref for signal in self.queues[person]]

    def process(self, person: Person, count: int) -> None:
        del self.queues[person][:count]

    def check(self) -> None:
        """Nothing beside."""


class ByTheRules(Negotiating):
    def world(self) -> World:
        return Rules()


def test_however_signals_interleave_none_is_lost_or_out_of_place() -> None:
    run_state_machine_as_test(
        ByTheRules, settings=settings(max_examples=examples(400), stateful_step_count=40, deadline=None)
    )
