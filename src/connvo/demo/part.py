"""The part a process plays in the call, as it is handed over on its standard input."""

from typing import Literal, TypeAlias

import msgspec

Who: TypeAlias = Literal["host", "guest"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Who to be, where the server is, and for how many seconds media is to flow before and after the failure."""

    url: str
    token: str
    who: Who
    subject: str
    name: str
    email: str
    title: str
    seconds: float
