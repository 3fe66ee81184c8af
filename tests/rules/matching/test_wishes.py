"""Wishes as people write them."""

import math

import pytest

from connvo.kernel.errors import Invalid
from connvo.rules.matching.wishes import Named, accepted

MANY = [f"wish {number}" for number in range(21)]


def test_a_wish_that_differs_in_case_and_separators_counts_once() -> None:
    found = accepted(["Machine Learning", "machine-learning", "  MACHINE_learning "], ["Mentor"], None)
    assert found.interests == (Named("machine learning", "Machine Learning"),)
    assert found.roles == (Named("mentor", "Mentor"),)
    assert found.org == "any"


@pytest.mark.parametrize(
    ("interests", "roles", "org", "offset", "field"),
    [
        ([], ["mentor"], None, None, "constraints.interests"),
        (["x"], [], None, None, "constraints.roles"),
        (MANY, ["mentor"], None, None, "constraints.interests"),
        (["x"], MANY, None, None, "constraints.roles"),
        (["x", "  "], ["mentor"], None, None, "constraints.interests[1]"),
        (["x" * 81], ["mentor"], None, None, "constraints.interests[0]"),
        (["x"], ["mentor"], "none", None, "constraints.orgConstraints"),
        (["x"], ["mentor"], None, 841.0, "constraints.utcOffset"),
        (["x"], ["mentor"], None, math.nan, "constraints.utcOffset"),
    ],
)
def test_wishes_outside_their_limits_are_refused(
    interests: list[str], roles: list[str], org: str | None, offset: float | None, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        accepted(interests, roles, org, offset)
    assert caught.value.metadata["field"] == field
