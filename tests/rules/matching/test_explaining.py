"""Reasons name only facts that both people share."""

from copy import copy

from hypothesis import given

from connvo.rules.matching.explaining import ONLY_TIME, explanation
from connvo.rules.matching.features import features
from connvo.rules.matching.seekers import Seeker, closed
from connvo.rules.matching.wishes import Named
from tests.support.matching import named, seekers


def reasons(first: Seeker, second: Seeker) -> list[str]:
    return explanation(first, second, features(first, second))


@given(seekers(), seekers())
def test_both_get_the_same_reasons(first: Seeker, second: Seeker) -> None:
    assert reasons(first, second) == reasons(second, first) != []


@given(seekers(), seekers())
def test_a_reason_names_no_fact_of_one_person_alone(first: Seeker, second: Seeker) -> None:
    said = set(" ".join(reasons(first, second)).replace(".", "").replace(",", "").split())
    for one, other in ((first, second), (second, first)):
        alone = {named.label for named in (*one.wishes, *one.interests, *one.roles)}
        theirs = {named.label for named in (*other.wishes, *other.interests, *other.roles)}
        assert said.isdisjoint(alone - theirs)
        assert said.isdisjoint({name.title() for name in set(one.languages) - set(other.languages)})


def test_reasons_in_words() -> None:
    first = Seeker(
        wishes=named("climbing", "jazz"), interests=named("ai"), roles=named("mentor"), level=3, field="software",
        languages=("german", "english"), utc_offset=60.0, org_wish="same_org", org_id="one",
    )  # fmt: skip
    second = Seeker(
        wishes=(Named("climbing", "climbing"), *named("jazz")), interests=named("ai"), roles=named("mentee"), level=3,
        field="data", languages=("german",), utc_offset=60.0, org_id="one",
    )  # fmt: skip
    assert reasons(first, second) == [
        "You both want to talk about Climbing and Jazz.",
        "Your roles complement each other.",
        "You are both interested in Ai.",
        "You both work in technology.",
        "You have the same level of experience.",
        "You both speak German.",
        "You are in the same time zone.",
        "You belong to the same organisation.",
    ]


def test_a_closed_profile_gives_no_reason() -> None:
    hidden, open_one = (
        change(Seeker(
            wishes=named("chess"), interests=named("ai"), roles=named("peer"), level=3, field="software",
            languages=("german",), utc_offset=60.0, org_wish="same_org", org_id="one",
        ))
        for change in (closed, copy)
    )  # fmt: skip
    assert reasons(hidden, open_one) == reasons(open_one, hidden)
    assert reasons(hidden, open_one) == ["You both want to talk about Chess.", "You both come as Peer."]


def test_without_anything_in_common_there_is_the_time() -> None:
    first, second = (Seeker(wishes=named(wish), roles=named(role)) for wish, role in (("a", "x"), ("b", "y")))
    assert reasons(first, second) == [ONLY_TIME]
