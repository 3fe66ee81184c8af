"""What a test and the program say to each other, in lines of JSON."""

import msgspec

from tests.network.meter import Meter


class Invitation(msgspec.Struct, frozen=True):
    """Where to come in, and who to be."""

    url: str
    code: str
    name: str


class Look(msgspec.Struct, frozen=True):
    """How the call is from here: `ways` of media, `carried` whether pictures have ever come, `words` for people."""

    meter: Meter
    ways: list[str]
    carried: bool
    words: str
