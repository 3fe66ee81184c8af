"""Which provider a meeting gets, and for how many people."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.capacity import MeetingKind, RoomChoice, RoomRequest, choose
from connvo.rules.providers import Provider

MESH_PEOPLE, MANAGED_PEOPLE = 4, 100
ONLY_MESH: frozenset[Provider] = frozenset({"webrtc"})
BOTH: frozenset[Provider] = frozenset({"webrtc", "getstream"})
KINDS: list[MeetingKind | None] = [None, "one-on-one", "small-group", "large-meeting", "webinar"]
WISHES = st.builds(RoomRequest, people=st.integers(1, 10_000), kind=st.sampled_from(KINDS), recording=st.booleans())


def chosen(wish: RoomRequest, available: frozenset[Provider]) -> RoomChoice:
    return choose(wish, available, MESH_PEOPLE, MANAGED_PEOPLE)


@given(WISHES)
def test_a_provider_that_is_not_available_is_never_chosen(wish: RoomRequest) -> None:
    assert chosen(wish, ONLY_MESH) == RoomChoice("webrtc", min(wish.people, MESH_PEOPLE), recording=False)


@given(WISHES, st.sampled_from([ONLY_MESH, BOTH]))
def test_the_cap_is_the_requested_one_up_to_the_limit_of_the_provider(
    wish: RoomRequest, available: frozenset[Provider]
) -> None:
    choice = chosen(wish, available)
    most = MESH_PEOPLE if choice.provider == "webrtc" else MANAGED_PEOPLE
    assert choice.cap == min(wish.people, most)


@given(WISHES)
def test_large_and_recorded_meetings_go_to_a_managed_provider_where_there_is_one(wish: RoomRequest) -> None:
    large = wish.people > MESH_PEOPLE or wish.kind in ("large-meeting", "webinar")
    choice = chosen(wish, BOTH)
    assert (choice.provider == "getstream") == (large or wish.recording)
    assert choice.recording == wish.recording
