"""The text of an answer, collected from the pieces of a stream.

Guarantees:
    At most 64 KiB are kept. A run of blanks ends the stream, as models that lose the thread fill their limit with them.
"""

from connvo.rules.insights.tokens import MAX_ANSWER_BYTES

MAX_BLANKS = 200
FENCE = "```"
END_OF_THOUGHT = "</think>"


class AnswerFault(Exception):
    """A text that cannot be an answer; the message says what is wrong with it."""


class AnswerText:
    """The text of an answer as it grows."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.bytes = 0
        self._blanks = 0

    def add(self, piece: str) -> None:
        """Add a piece of text.

        Raises:
            AnswerFault: The text is too long, or ends in too many blanks.
        """
        self.bytes += len(piece.encode("utf-8", "surrogatepass"))
        if self.bytes > MAX_ANSWER_BYTES:
            raise AnswerFault("The answer was longer than 64 KiB.")
        kept = piece.rstrip()
        self._blanks = len(piece) - len(kept) + (0 if kept else self._blanks)
        if self._blanks >= MAX_BLANKS:
            raise AnswerFault("The answer contained nothing but blanks from some point on.")
        self._pieces.append(piece)

    def json(self) -> str:
        """Return the JSON of the answer, without the frame that some models put around it.

        Raises:
            AnswerFault: There is no text.
        """
        text = "".join(self._pieces).rpartition(END_OF_THOUGHT)[2].strip()
        if text.startswith(FENCE) and text.endswith(FENCE) and "\n" in text:
            text = text.partition("\n")[2].removesuffix(FENCE).strip()
        if not text:
            raise AnswerFault("The answer was empty.")
        return text
