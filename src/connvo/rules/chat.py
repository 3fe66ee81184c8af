"""Limits of chat messages."""

from connvo.kernel import text

MESSAGE_LENGTH = 2_000


def message(value: str) -> str:
    """Return the text of a message without surrounding space.

    Raises:
        Invalid: It does not have 1 to 2,000 characters.
    """
    return text.paragraph(value, "text", MESSAGE_LENGTH, least=1)
