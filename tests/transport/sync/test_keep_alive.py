"""A connection's members count as present at its node as long as one of its queries says so."""

from collections import Counter
from collections.abc import Collection

from connvo.runtime.cluster.heartbeat_throttle import Pair
from connvo.transport.sync.keep_alive import MemberSockets

ANNA: Pair = ("meeting", "anna")
BERT: Pair = ("meeting", "bert")


class Counts:
    """Counts sockets by member, as a node does."""

    def __init__(self) -> None:
        self.sockets: Counter[Pair] = Counter()

    def hold(self, pairs: Collection[Pair]) -> None:
        self.sockets.update(pairs)

    def release(self, pairs: Collection[Pair]) -> None:
        self.sockets.subtract(pairs)


def test_a_member_counts_once_however_often_queries_name_it() -> None:
    counts = Counts()
    members = MemberSockets(counts)
    members.add({ANNA})
    members.add({ANNA, BERT})
    members.set({ANNA, BERT})
    assert counts.sockets == {ANNA: 1, BERT: 1}


def test_members_are_released_once_no_query_names_them() -> None:
    counts = Counts()
    members = MemberSockets(counts)
    members.add({ANNA, BERT})
    members.set({BERT})
    assert counts.sockets == {ANNA: 0, BERT: 1}
    members.set(set())
    members.set(set())
    assert counts.sockets == {ANNA: 0, BERT: 0}


def test_two_connections_of_one_member_count_apart() -> None:
    counts = Counts()
    first, second = MemberSockets(counts), MemberSockets(counts)
    first.add({ANNA})
    second.add({ANNA})
    first.set(set())
    assert counts.sockets == {ANNA: 1}
