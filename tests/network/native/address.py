"""The SDP line that names the connection of a description; see docs/protocol.md, "A second connection"."""

import re
from typing import NamedTuple, Self

from connvo.demo.answers import Description

LINE = re.compile(r"^a=x-connvo:(\S+) (\S+) (\S+)$", re.MULTILINE)
UNKNOWN = "-"
NEW_LINE = "\r\n"


class Address(NamedTuple):
    """The connection it comes from, the page it goes to, and the connection there, once that is known."""

    link: str
    to_page: str
    to_link: str = UNKNOWN

    @classmethod
    def of(cls, description: Description) -> Self | None:
        """Return what a description says of itself, if anything."""
        found = LINE.search(description.sdp.replace(NEW_LINE, "\n"))
        return None if found is None else cls(*found.groups())

    def on(self, description: Description) -> Description:
        """Return a description that says this of itself."""
        body = description.sdp.removesuffix(NEW_LINE)
        return Description(description.type, f"{body}{NEW_LINE}a=x-connvo:{' '.join(self)}{NEW_LINE}")


def page_of(session: str) -> str:
    """Return the page of a session `<page>.<attempt>`."""
    return session.rpartition(".")[0] or session
