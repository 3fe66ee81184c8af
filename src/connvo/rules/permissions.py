"""The permissions of a meeting's members on what belongs to it: one closed table, which every function asks.

Guarantees: a permission that a function tells of is the one that functions enforce.

Does not know: meetings, members, and what besides the role decides, such as the lock of notes.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from connvo.kernel.errors import Invalid

Role: TypeAlias = Literal["host", "participant", "observer"]
Permission: TypeAlias = Literal["read", "write", "manage", "export", "invite", "remove"]
ResourceType: TypeAlias = Literal[
    "meetingNotes", "transcripts", "meetingParticipants", "participants", "messages", "prompts"
]

PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
RESOURCE_TYPES: tuple[ResourceType, ...] = get_args(ResourceType)
# The lowest role first.
ROLES: tuple[Role, ...] = ("observer", "participant", "host")

_READ: tuple[Permission, ...] = ("read",)
_READ_WRITE: tuple[Permission, ...] = ("read", "write")
_MEMBERS: dict[Role, tuple[Permission, ...]] = {
    "host": ("read", "invite", "remove", "manage"),
    "participant": _READ,
    "observer": _READ,
}
_WORDS: dict[Role, tuple[Permission, ...]] = {
    "host": ("read", "write", "manage"),
    "participant": _READ_WRITE,
    "observer": _READ,
}

MATRIX: Mapping[ResourceType, Mapping[Role, tuple[Permission, ...]]] = {
    "meetingNotes": {
        "host": ("read", "write", "manage", "export"),
        "participant": _READ_WRITE,
        "observer": _READ,
    },
    "transcripts": {"host": ("read", "export", "manage"), "participant": _READ, "observer": _READ},
    "meetingParticipants": _MEMBERS,
    "participants": _MEMBERS,
    "messages": _WORDS,
    "prompts": _WORDS,
}


def resource_type(text: str) -> ResourceType:
    """Return a resource type by its name.

    Raises:
        Invalid: There is no such resource type.
    """
    for known in RESOURCE_TYPES:
        if known == text:
            return known
    raise Invalid(f"The resource type is one of {', '.join(RESOURCE_TYPES)}", "resourceType")


def granted(resource: ResourceType, role: Role) -> tuple[Permission, ...]:
    """Return the permissions of a role on a resource, in the order of the table."""
    return MATRIX[resource][role]


def lowest_role(resource: ResourceType, permission: Permission) -> Role:
    """Return the lowest role that has a permission.

    Raises:
        ValueError: No role has it.
    """
    for role in ROLES:
        if permission in MATRIX[resource][role]:
            return role
    raise ValueError(f"no role may {permission} {resource}")
