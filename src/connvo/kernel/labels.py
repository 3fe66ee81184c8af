"""Name arguments in words, for messages to users; programs find the wire name in the metadata of the error."""

import re

_LABELS = {
    "title": "The title",
    "description": "The description",
    "displayName": "The name",
    "email": "The e-mail address",
    "participantEmails": "The guest's e-mail address",
    "topics": "A topic",
    "languages": "A language",
    "bio": "What you say about yourself",
    "jobTitle": "The job title",
    "linkedinUrl": "The LinkedIn address",
    "interests": "An interest",
    "constraints.interests": "An interest",
    "constraints.roles": "A role",
    "interests.iconName": "The icon of an interest",
}
_PLACE = re.compile(r"\[\d+\]$")
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def label(field: str) -> str:
    """Return the name of an argument, as the beginning of a sentence."""
    name = _PLACE.sub("", field)
    return _LABELS.get(name) or "The " + _CAPITAL.sub(" ", name.rpartition(".")[2]).lower()
