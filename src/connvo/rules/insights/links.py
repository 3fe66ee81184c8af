"""Links: addresses that stood in the chat or the notes of a meeting. None is ever made up."""

import re
from typing import Literal
from urllib.parse import urlsplit

from .report import Link

MAX_LINKS = 10
MAX_CHARACTERS = 2_000
MAX_TITLE = 100
ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}]+", re.IGNORECASE)
AFTER = ".,;:!?…"
BRACKETS = {")": "(", "]": "["}


def links_in(chat: list[str], notes: str) -> tuple[Link, ...]:
    """Return the addresses of chat messages, then of notes, each once, at most ten."""
    found: dict[str, Link] = {}
    sources: list[tuple[Literal["chat", "notes"], str]] = [("chat", text) for text in chat] + [("notes", notes)]
    for source, text in sources:
        for match in ADDRESS.finditer(text):
            url = _trimmed(match[0])
            title = _title(url)
            if title is not None and url not in found:
                found[url] = Link(type=source, url=url, title=title)
    return tuple(found.values())[:MAX_LINKS]


def _trimmed(url: str) -> str:
    """Return an address without the punctuation of the sentence around it."""
    while url and (url[-1] in AFTER or (url[-1] in BRACKETS and url.count(url[-1]) > url.count(BRACKETS[url[-1]]))):
        url = url[:-1]
    return url


def _title(url: str) -> str | None:
    """Return the host and path of an address; None if it is none that a browser opens."""
    if len(url) > MAX_CHARACTERS:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if not host or "@" in parts.netloc:
        return None
    return (host.removeprefix("www.") + parts.path.rstrip("/"))[:MAX_TITLE]
