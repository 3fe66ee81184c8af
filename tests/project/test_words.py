"""Words that nothing in the repository uses: each has a plain or standard one in its place."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What is not to be said, as an expression, and what is said instead.
WORDS = {
    r"\bfor ever\b": "permanently, or indefinitely",
    r"\banew\b": "again",
    r"\bby itself\b": "automatically, or alone",
    r"\bmend(s|ed|ing)?\b": "fix, or repair",
    r"\btakes? note\b": "record",
    r"\bstands? in (for )?": "is in, or replaces",
    r"\bcomes? to terms\b": "resynchronise",
    r"\bsigns? of life\b": "heartbeat",
    r"\bgoodbyes?\b": "close",
    r"\bin vain\b": "without success",
    # A stored field has this name.
    r"(?<![.`])\bbelated\b(?![`:=])": "stale",
    r"\bvouch(es|ed|ing)?\b": "register, or verify",
    r"\bforsake[sn]?\b": "expire",
}
# Who is meant is a user, a member, a client or a node.
PEOPLE = {r"\b(some|any|no|every)body\b": "user, member, client or node", r"\bwho(m|so)?ever\b": "any user, any client"}
SUBJECTS = re.compile(r"(?:^|[.!?:;]\s+|\"\"\"|# )(What|Who|Whoever|Whose|Whatever)\s(?![^.?\n]*\?)", re.MULTILINE)
CODE = sorted((ROOT / "src").rglob("*.py"))
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
]
WEB = [path for ending in ("ts", "tsx") for path in sorted((ROOT / "web").glob(f"*/src/**/*.{ending}"))]


def found(path: Path, words: dict[str, str]) -> list[str]:
    """Return each forbidden word of a file with its line and what to say instead."""
    lines = path.read_text("utf-8").splitlines()
    return [
        f"{path.relative_to(ROOT)}:{number}: {match[0]!r}: say {instead}"
        for number, line in enumerate(lines, 1)
        for expression, instead in words.items()
        for match in re.finditer(expression, line, re.IGNORECASE)
    ]


@pytest.mark.parametrize("path", [*CODE, *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_code_and_pages_use_plain_words(path: Path) -> None:
    assert found(path, WORDS | PEOPLE) == []


@pytest.mark.parametrize("path", WEB, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_page_uses_plain_words(path: Path) -> None:
    assert found(path, WORDS) == []


@pytest.mark.parametrize("path", [*CODE, *PAGES, *WEB], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_begins_with_a_clause(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [text[: match.start() + 1].count("\n") + 1 for match in SUBJECTS.finditer(text)] == []
