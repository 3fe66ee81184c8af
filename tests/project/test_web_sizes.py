"""The classes of the page are as small as those of the server, and each exception has its reason in decision 0018.

The formatter gives every member of a class its own line with two spaces before it, so a few expressions find them. A
property that holds a function is a method; parameters of a constructor with a modifier are fields.
"""

import re
from pathlib import Path
from typing import NamedTuple

from .test_layout import name
from .test_sizes import DECISION, MAX_ATTRIBUTES, MAX_METHODS
from .tree import ROOT

CLASS = re.compile(r"^(?:export )?(?:abstract )?class (?P<name>\w+)[^{]*\{\n(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)
MODIFIERS = r"(?:(?:private|protected|public|readonly|static|declare|override|abstract|async|get|set) )*"
METHOD = re.compile(rf"^  {MODIFIERS}#?\w+(?:<[^>]*>)?\(", re.MULTILINE)
HELD_FUNCTION = re.compile(rf"^  {MODIFIERS}\w+ = (?:async )?\(", re.MULTILINE)
FIELD = re.compile(rf"^  {MODIFIERS}#?\w+[?!]?(?::| =|;)", re.MULTILINE)
CONSTRUCTOR = re.compile(r"^  constructor\((?P<parameters>.*?)\) \{", re.MULTILINE | re.DOTALL)
PARAMETER_FIELD = re.compile(r"(?:private|public|protected|readonly) (?:readonly )?\w+\??:")
ROW = re.compile(r"^\| `(?P<name>web/\S+ \w+)` \| (?P<reason>.+) \|$", re.MULTILINE)


class Size(NamedTuple):
    """The size of a class that was found in the sources."""

    fields: int
    methods: int


def size(body: str) -> Size:
    """Return the size of a class, given the text between its braces."""
    made = CONSTRUCTOR.search(body)
    held = len(HELD_FUNCTION.findall(body))
    fields = len(FIELD.findall(body)) - held
    parameters = 0 if made is None else len(PARAMETER_FIELD.findall(made["parameters"]))
    return Size(fields + parameters, len(METHOD.findall(body)) + held)


def sizes() -> dict[str, Size]:
    """Return the sizes of all classes of the page."""
    files = sorted((ROOT / "web").glob("*/src/**/*.ts*"))
    return {
        f"{name(path)} {found['name']}": size(found["body"])
        for path in files
        for found in CLASS.finditer(Path(path).read_text("utf-8"))
    }


def test_a_class_is_small_or_the_decision_log_says_why_not() -> None:
    reasons = {row["name"]: row["reason"] for row in ROW.finditer(DECISION.read_text("utf-8"))}
    large = {
        one: found for one, found in sizes().items() if found.fields > MAX_ATTRIBUTES or found.methods > MAX_METHODS
    }
    assert {one: found for one, found in large.items() if one not in reasons} == {}, "split it, or give the reason"
    assert sorted(reasons.keys() - large.keys()) == [], "small enough now: delete these rows"


def test_fields_and_methods_are_told_apart() -> None:
    body = """
  readonly a = 1;
  private b: string | null = null;
  static readonly c: C;
  d!: D;
  readonly e = (): void => {
    this.b = null;
  };

  constructor(
    readonly f: F,
    private readonly g: G,
    h: H,
  ) {
    this.d = h;
  }

  get i(): boolean {
    return true;
  }

  private async j<T>(one: T): Promise<T> {
    return one;
  }
"""
    assert size(body) == Size(fields=6, methods=4)
