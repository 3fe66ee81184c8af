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
NAMES = {
    r"_who(m)?(?=_|$)": "the user, member, client or node that",
    r"_what(?=_|$)": "the noun itself",
    r"_wh(o|om|at)ever(?=_|$)": "any, or every",
    r"_some(body|one)(?=_|$)": "user, member, client or node",
}
TITLES = {
    r"\b(test|it|describe)\(\"(what|who|whom|whose)\b": "the subject",
    r"\bsomebody\b": "another member, any user",
}
NOT_NAMES = re.compile(r"^(?! *(?:async )?def test_).*", re.MULTILINE)
NOT_TITLES = re.compile(r"^(?! *(test|it|describe)\b).*", re.MULTILINE)
SUBJECTS = re.compile(r"(?:^|[.!?:;]\s+|\"\"\"|# )(What|Who|Whoever|Whose|Whatever)\s(?![^.?\n]*\?)", re.MULTILINE)
# The words of people, which rules look for.
SPOKEN = ROOT / "src/connvo/rules/insights/wordings"
CODE = [path for path in sorted((ROOT / "src").rglob("*.py")) if path.parent != SPOKEN]
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
]
WEB = [path for ending in ("ts", "tsx") for path in sorted((ROOT / "web").glob(f"*/src/**/*.{ending}"))]
# Names of tests count too, apart from a stored value and a function with a path.
TESTS = [path for ending in ("py", "js") for path in sorted((ROOT / "tests").rglob(f"*.{ending}"))]
TESTS = [path for path in TESTS if "node_modules" not in path.parts and path != Path(__file__)]
TESTS += [path for ending in ("ts", "tsx", "mjs") for path in sorted((ROOT / "web").glob(f"*/tests/**/*.{ending}"))]
STORED = re.compile(r"\bno_sign_of_life\b|\bwait_for_ever\b")


def found(path: Path, words: dict[str, str]) -> list[str]:
    """Return each forbidden word of a file with its line and what to say instead."""
    return found_in(path, path.read_text("utf-8"), words)


def found_in(path: Path, text: str, words: dict[str, str]) -> list[str]:
    """Return each forbidden word of a text with its line and what to say instead."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {match[0]!r}: say {instead}"
        for number, line in enumerate(text.splitlines(), 1)
        for expression, instead in words.items()
        for match in re.finditer(expression, line, re.IGNORECASE)
    ]


@pytest.mark.parametrize("path", [*CODE, *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_code_and_pages_use_plain_words(path: Path) -> None:
    assert found(path, WORDS | PEOPLE) == []


@pytest.mark.parametrize("path", WEB, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_page_uses_plain_words(path: Path) -> None:
    assert found(path, WORDS) == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_use_plain_words(path: Path) -> None:
    text = STORED.sub("", path.read_text("utf-8")).replace("_", " ")
    assert found_in(path, text, WORDS) == []


def test_names_of_tests_name_their_subject() -> None:
    texts = {path: NOT_NAMES.sub("", path.read_text("utf-8")) for path in TESTS if path.suffix == ".py"}
    assert [word for path, text in texts.items() for word in found_in(path, text, NAMES)] == []
    scripts = [path for path in TESTS if path.suffix != ".py"]
    titles = {path: NOT_TITLES.sub("", path.read_text("utf-8")) for path in scripts}
    assert [word for path, text in titles.items() for word in found_in(path, text, TITLES)] == []


@pytest.mark.parametrize("path", [*CODE, *PAGES, *WEB], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_begins_with_a_clause(path: Path) -> None:
    text = path.read_text("utf-8")
    assert [text[: match.start() + 1].count("\n") + 1 for match in SUBJECTS.finditer(text)] == []
