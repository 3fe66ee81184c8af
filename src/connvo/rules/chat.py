"""Limits of chat messages: their length, and how many a member writes."""

from connvo.kernel import text

MESSAGE_LENGTH = 2_000
# So many at once, and so many a second after that.
BURST = 10.0
PER_SECOND = 1.0


def message(value: str) -> str:
    """Return the text of a message without surrounding space.

    Raises:
        Invalid: It does not have 1 to 2,000 characters.
    """
    return text.paragraph(value, "text", MESSAGE_LENGTH, least=1)
