"""The part of a process in the call, as it is passed on standard input."""

from typing import Literal, TypeAlias

import msgspec

Role: TypeAlias = Literal["host", "guest"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The member to play, the server, and the seconds that media flows before and after the failure."""

    url: str
    token: str
    who: Role
    subject: str
    name: str
    email: str
    title: str
    seconds: float
