"""A full queue keeps out who has filled it, and nobody else; what was accepted is fetched, whoever sends."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connvo.settings import MeetingSettings, SignalSettings
from tests.support.backend import Caller, CallFailed
from tests.support.call import SIGNALING, Call, name_of
from tests.support.store import ENGINES

CAP = 6
SIGNALS = SignalSettings(
    queue_cap=CAP, page=50, burst=10**6, per_second=10**6, lost_after_seconds=1e6, closed_after_seconds=1e6
)
# With the host, the guest and the watcher.
ROOM = MeetingSettings(mesh_participants=6)
PEOPLE = ("mallory", "third", "fourth")


class Crowd:
    """A call in which everybody sends to the guest, who fetches when told to."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.senders: list[Caller] = [call.backend.sign_in(name) for name in PEOPLE]
        for person, name in zip(self.senders, PEOPLE, strict=True):
            call.add(person)
            call.connect(person, name)
        # Who is in, but the guest: the host and the watcher beside those.
        self.share = CAP // (len(PEOPLE) + 2)
        self.sent = 0
        self.waiting: list[tuple[int, str]] = []

    def send(self, nth: int, kind: str = "candidate") -> bool:
        """Have somebody send a signal; return whether it was accepted."""
        self.sent += 1
        name = f"{nth}-{self.sent}"
        about = {"session": PEOPLE[nth], "targetUserId": self.call.guest.user_id}
        try:
            if kind == "candidate":
                self.call.trickle(self.senders[nth], name, **about)
            else:
                self.call.describe(self.senders[nth], kind, name, **about)
        except CallFailed as failed:
            if failed.metadata["reason"] != "queue_full":
                raise
            return False
        self.waiting.append((nth, name))
        if kind == "offer":
            self._supersede(nth)
        return True

    def _supersede(self, nth: int) -> None:
        """Take what an offer left of its sender's own signals, having seen that those of others are as they were."""
        names = self.call.names(self.call.guest)
        left = [(int(name.partition("-")[0]), name) for name in names]
        others = [one for one in self.waiting if one[0] != nth]
        assert [one for one in left if one[0] != nth] == others
        assert self.waiting[-1] in left
        self.waiting = left

    def fetch(self, most: int) -> None:
        """Have the guest take the first few, which are what was accepted first."""
        taken = self.call.pending(self.call.guest)[:most]
        assert [name_of(one) for one in taken] == [name for _, name in self.waiting[:most]]
        self.call.process(self.call.guest, *taken) if taken else None
        self.waiting = self.waiting[most:]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sender_that_fills_a_queue_keeps_nobody_else_out(make_call: Callable[..., Call], engine: str) -> None:
    crowd = Crowd(make_call(ENGINES[engine], signals=SIGNALS, meetings=ROOM))
    filled = [crowd.send(0) for _ in range(CAP + 3)]
    assert filled == [True] * CAP + [False] * 3
    assert [crowd.send(1, "offer"), crowd.send(2, "offer")] == [True, True]
    assert not crowd.send(0), "the one who filled it waits until it drains"
    assert crowd.call.signal_count() == CAP + 2
    crowd.fetch(CAP + 2)
    assert crowd.send(0)


def test_a_broadcast_of_another_member_is_not_refused_for_a_full_queue(make_call: Callable[..., Call]) -> None:
    crowd = Crowd(make_call(signals=SIGNALS, meetings=ROOM))
    for _ in range(CAP):
        assert crowd.send(0)
    candidate: dict[str, Any] = {"candidate": "to all"}
    crowd.call.run(crowd.senders[1], f"{SIGNALING}:exchangeICECandidate", sessionId=PEOPLE[1], candidate=candidate)
    assert "to all" in crowd.call.names(crowd.call.guest)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(0, 2)),
        st.tuples(st.just("send"), st.just(0)),
        st.tuples(st.just("offer"), st.integers(0, 2)),
        st.tuples(st.just("fetch"), st.integers(0, 4)),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_everything_accepted_is_fetched_and_a_share_is_always_accepted(
    make_call: Callable[..., Call], steps: list[tuple[str, int]]
) -> None:
    crowd = Crowd(make_call(signals=SIGNALS, meetings=ROOM))
    for step, number in steps:
        if step == "fetch":
            crowd.fetch(number)
            continue
        own = sum(nth == number for nth, _ in crowd.waiting)
        accepted = crowd.send(number, "offer" if step == "offer" else "candidate")
        assert accepted or (own >= crowd.share and len(crowd.waiting) >= CAP)
        assert len(crowd.waiting) <= CAP * 2
        assert crowd.call.signal_count() == len(crowd.waiting)
    crowd.fetch(len(crowd.waiting))
    assert crowd.call.pending(crowd.call.guest) == []
