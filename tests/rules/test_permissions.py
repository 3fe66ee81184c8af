"""The one table of permissions: closed, and a higher role has what a lower one has."""

import itertools

import pytest

from connvo.kernel.errors import Invalid
from connvo.rules.permissions import MATRIX, PERMISSIONS, RESOURCE_TYPES, ROLES, granted, lowest_role, resource_type

TABLE = {
    "meetingNotes": ("read write manage export", "read write", "read"),
    "transcripts": ("read export manage", "read", "read"),
    "meetingParticipants": ("read invite remove manage", "read", "read"),
    "participants": ("read invite remove manage", "read", "read"),
    "messages": ("read write manage", "read write", "read"),
    "prompts": ("read write manage", "read write", "read"),
}


def test_it_is_the_documented_table() -> None:
    told = {one: tuple(" ".join(granted(one, role)) for role in reversed(ROLES)) for one in RESOURCE_TYPES}
    assert told == TABLE
    assert set(MATRIX) == set(RESOURCE_TYPES)


def test_a_higher_role_holds_the_permissions_of_a_lower_one() -> None:
    for resource in RESOURCE_TYPES:
        for lower, higher in itertools.pairwise(ROLES):
            assert set(granted(resource, lower)) <= set(granted(resource, higher))


def test_the_lowest_role_is_the_first_that_holds_a_permission() -> None:
    for resource in RESOURCE_TYPES:
        for permission in PERMISSIONS:
            holders = [role for role in ROLES if permission in granted(resource, role)]
            if holders:
                assert lowest_role(resource, permission) == holders[0]
            else:
                with pytest.raises(ValueError, match="no role"):
                    lowest_role(resource, permission)


@pytest.mark.parametrize("wrong", ["", "meeting", "meetingnotes", "meetings", "MEETINGNOTES", "meetingNotes ", "users"])
def test_another_resource_type_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        resource_type(wrong)
    assert refused.value.metadata == {"field": "resourceType"}
