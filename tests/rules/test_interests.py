"""Keys of people's own interests, and counts that follow choices."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.rules import interests

LABELS = st.text(min_size=1, max_size=48)
KEYS = st.frozensets(st.sampled_from("abcdef"))


@pytest.mark.parametrize(
    ("label", "slug"),
    [
        ("Machine learning", "machine-learning"),
        ("  Machine_Learning ", "machine-learning"),
        ("\uff2d\uff41chine-learning", "machine-learning"),
        ("日本酒", "日本酒"),
        ("Кулинария", "кулинария"),
        ("नमस्ते", "नमस्ते"),
        ("Straße", "strasse"),
        ("web 3", "web-3"),
    ],
)
def test_a_slug_keeps_the_letters_of_every_script(label: str, slug: str) -> None:
    assert interests.slug(label) == slug


def test_labels_that_differ_in_signs_alone_have_slugs_of_their_own() -> None:
    assert len({interests.slug(label) for label in ("C", "C+", "C++", "C#", "c/c", "🎸", "🎻", "!?")}) == 8


@settings(deadline=None)
@given(LABELS)
def test_a_slug_is_short_and_has_no_space(label: str) -> None:
    slug = interests.slug(label)
    assert 0 < len(interests.CUSTOM_PREFIX + slug) <= interests.KEY_LENGTH
    assert not any(char.isspace() for char in slug)
    assert not slug.startswith("-")


@settings(deadline=None)
@given(LABELS)
def test_case_and_separators_make_no_other_interest(label: str) -> None:
    assert interests.slug(f" {label}_") == interests.slug(label)
    assert interests.slug(interests.canonical(label)) == interests.slug(label)


@settings(deadline=None)
@given(LABELS, LABELS)
def test_two_labels_share_a_slug_only_when_they_read_the_same(one: str, other: str) -> None:
    same = interests.canonical(one) == interests.canonical(other)
    assert (interests.slug(one) == interests.slug(other)) == same


def test_a_label_has_2_to_48_characters() -> None:
    assert interests.label(" Go ") == "Go"
    assert interests.label("x" * 60) == "x" * 48
    for wrong in ("", " x ", "\u200b\u200b"):
        with pytest.raises(Invalid) as error:
            interests.label(wrong)
        assert error.value.metadata == {"field": "interests"}


def test_keys_are_chosen_once_and_30_at_most() -> None:
    assert interests.chosen(["b", "a", "b"]) == ["b", "a"]
    assert len(interests.chosen([str(number) for number in range(30)] * 2)) == 30
    for wrong in ([str(number) for number in range(31)], [""], ["x" * 129]):
        with pytest.raises(Invalid):
            interests.chosen(wrong)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["ada", "bob", "cy"]), KEYS)))
def test_usage_counts_always_equal_the_number_of_people(saves: list[tuple[str, frozenset[str]]]) -> None:
    held: dict[str, frozenset[str]] = {}
    counts: Counter[str] = Counter()
    for person, wanted in saves:
        counts.update(interests.count_changes(held.get(person, frozenset()), wanted))
        held[person] = wanted
        assert +counts == Counter(key for keys in held.values() for key in keys)
        assert min(counts.values(), default=0) >= 0


@settings(deadline=None)
@given(KEYS, KEYS)
def test_only_differences_are_counted(before: frozenset[str], after: frozenset[str]) -> None:
    assert interests.count_changes(before, after).keys() == before ^ after
