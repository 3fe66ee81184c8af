"""The vectors of notes are what the rules compute, and cover what clients get wrong."""

import json

from scripts.generate_note_vectors import FILE, rendered


def test_the_vectors_agree_with_the_rules() -> None:
    assert FILE.read_text("utf-8") == rendered(), "run: python scripts/generate_note_vectors.py"


def test_the_vectors_hold_pairs_rtl_crlf_and_ties() -> None:
    cases = json.loads(FILE.read_text("utf-8"))["transform"]
    texts = "".join(case["text"] for case in cases)
    for part in ("\U0001f600", "\U0001f1e9\U0001f1ea", "\u200d", "\u05e9\u05dc", "\r\n"):
        assert part in texts
    ties = [
        case for case in cases if case["earlier"] and case["later"] and case["earlier"][0][0] == case["later"][0][0]
    ]
    assert len(ties) > 50
