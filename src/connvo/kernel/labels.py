"""Names of arguments in words, for texts that people read. Programs find the wire name in the error's metadata."""

import re

_LABELS = {
    "title": "The title",
    "description": "The description",
    "text": "The message",
    "displayName": "The name",
    "email": "The e-mail address",
    "participantEmails": "The guest's e-mail address",
    "topics": "A topic",
    "languages": "A language",
    "bio": "What you say about yourself",
    "jobTitle": "The job title",
    "linkedinUrl": "The LinkedIn address",
    "interests.iconName": "The icon of an interest",
}
_PLACE = re.compile(r"\[\d+\]$")
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def label(field: str) -> str:
    """Return an argument's name as the beginning of a sentence."""
    name = _PLACE.sub("", field)
    return _LABELS.get(name) or "The " + _CAPITAL.sub(" ", name.rpartition(".")[2]).lower()
