"""The form of a language's wording: the patterns by which the rules know promises, decisions and the like."""

import re

import msgspec

NEVER = re.compile(r"(?!)")


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """The patterns of one language. Each is searched in one sentence.

    - `chatter`: words of talk itself, folded, which say nothing of its content.
    - `promise` is of the speaker, `request` to the person addressed. `assignment` follows the name of a member,
      `intention` any name.
    - `condition` anywhere in a sentence makes it no commitment; `negation` does from the start of its clause to the
      verb, or to the end of the clause if it `negates_after`.
    - `acceptance`: a yes to a request, in the first person. `retraction` takes back what was said before.
    - `unsure`: an answer that leaves a question open.
    - `greeting`: words at the start of a sentence that greet everyone, with the mark after them. `small_talk` is what
      people say until all are there.
    - `due`: the words of a date, its group `date` those without a preposition; `vague` ones name no day.
    """

    fillers: re.Pattern[str]
    chatter: frozenset[str] = frozenset()
    decision: re.Pattern[str] = NEVER
    topic: re.Pattern[str] = NEVER
    question: re.Pattern[str] = NEVER
    promise: re.Pattern[str] = NEVER
    request: re.Pattern[str] = NEVER
    assignment: re.Pattern[str] = NEVER
    intention: re.Pattern[str] = NEVER
    condition: re.Pattern[str] = NEVER
    negation: re.Pattern[str] = NEVER
    acceptance: re.Pattern[str] = NEVER
    retraction: re.Pattern[str] = NEVER
    unsure: re.Pattern[str] = NEVER
    greeting: re.Pattern[str] = NEVER
    small_talk: re.Pattern[str] = NEVER
    due: re.Pattern[str] = NEVER
    vague: re.Pattern[str] = NEVER
    negates_after: bool = False


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def any_of(*choices: str) -> str:
    """Return a pattern of whole words, one of the choices."""
    return rf"\b(?:{'|'.join(choices)})\b"


def fillers_of(*choices: str) -> re.Pattern[str]:
    """Return a pattern of fillers, with the commas around one."""
    return pattern(rf"(?:,\s*)?{any_of(*choices)}(?:\s*,)?")


def greeting_of(before: str, greetings: str, addressed: str) -> re.Pattern[str]:
    """Return a pattern of a greeting that begins a sentence and ends at a mark: words before it, it, and its people."""
    return pattern(
        rf"^(?:(?:{before})[, ]+)*(?:{greetings})(?:[ ,]+(?:{addressed}))*(?:[,.!:;–-]+\s*(?:(?:{before})[, ]+)*|$)"
    )


def pattern(text: str) -> re.Pattern[str]:
    """Return a compiled pattern, without regard to case. White space in it stands for any white space."""
    return re.compile(re.sub(r" +", r"\\s+", text.strip()), re.IGNORECASE)
