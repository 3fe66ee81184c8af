"""What a chat message may look like."""

from connvo.kernel import text

MESSAGE_LENGTH = 2_000


def message(value: str) -> str:
    """Return the text of a message: 1 to 2,000 characters, without space around it.

    Raises:
        Invalid: The value is not valid.
    """
    return text.paragraph(value, "text", MESSAGE_LENGTH, least=1)
