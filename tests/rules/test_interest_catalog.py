"""The interests every deployment starts with."""

from collections import Counter
from typing import get_args

from connvo.rules.interest_catalog import CATALOGUE
from connvo.rules.interests import CUSTOM_PREFIX, KEY_LENGTH, Category, slug


def test_keys_are_unique_and_well_formed() -> None:
    assert [key for key, count in Counter(entry.key for entry in CATALOGUE).items() if count > 1] == []
    for entry in CATALOGUE:
        assert entry.key == slug(entry.key)
        assert len(entry.key) <= KEY_LENGTH
        assert not entry.key.startswith(CUSTOM_PREFIX)


def test_every_category_offers_a_choice() -> None:
    counts = Counter(entry.category for entry in CATALOGUE)
    assert counts.keys() == set(get_args(Category))
    assert min(counts.values()) >= 10


def test_labels_are_unique_within_their_category() -> None:
    pairs = [(entry.category, entry.label) for entry in CATALOGUE]
    assert len(pairs) == len(set(pairs))
