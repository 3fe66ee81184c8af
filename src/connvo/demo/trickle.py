"""Trickle ICE for a stack that gathers first: a description without its candidates, and the candidates one by one.

A browser sends its description at once and its candidates as it finds them. aiortc collects all of them first and
writes them into the description; taking them out again gives the same exchange. Source: RFC 8838, 8839.
"""

from .answers import Candidate, Description

MEDIA = "m="
CANDIDATE = "a=candidate:"
END = "a=end-of-candidates"
MID = "a=mid:"
FRAGMENT = "a=ice-ufrag:"
NEW_LINE = "\r\n"
NO_MORE = ""


def split(description: Description) -> tuple[Description, list[Candidate]]:
    """Return the description without candidates, and its candidates in order with their media lines.

    The last candidate is empty and belongs to every media line: there are no more.
    """
    session, *sections = _sections(description.sdp)
    bare, candidates = list(session), []
    fragment = _value(session, FRAGMENT)
    for index, section in enumerate(sections):
        mid, fragment = _value(section, MID), _value(section, FRAGMENT) or fragment
        for line in section:
            if line.startswith(CANDIDATE):
                candidates.append(Candidate(line.removeprefix("a="), mid, index, fragment))
            elif line != END:
                bare.append(line)
    candidates.append(Candidate(NO_MORE, username_fragment=fragment))
    return Description(description.type, NEW_LINE.join(bare) + NEW_LINE), candidates


def fragments(description: Description) -> set[str]:
    """Return the ICE username fragments of a description; a candidate of another negotiation has none of them."""
    return {line.removeprefix(FRAGMENT) for line in description.sdp.splitlines() if line.startswith(FRAGMENT)}


def _sections(sdp: str) -> list[list[str]]:
    sections: list[list[str]] = [[]]
    for line in sdp.splitlines():
        if line.startswith(MEDIA):
            sections.append([])
        sections[-1].append(line)
    return sections


def _value(lines: list[str], attribute: str) -> str | None:
    return next((line.removeprefix(attribute) for line in lines if line.startswith(attribute)), None)
