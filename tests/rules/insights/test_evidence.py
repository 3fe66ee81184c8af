"""The language of a text is checked only where it is clear, so that no good answer is refused."""

import pytest

from connvo.rules.insights.evidence import is_in_language

ENGLISH = "We have decided that the launch will be on Friday, and that Ana sends the budget to the team before it."
GERMAN = "Wir haben beschlossen, dass der Start am Freitag ist und dass Ana das Budget vorher an das Team schickt."
JAPANESE = "金曜日に公開することに決めました。アナさんが予算を送ります。"


@pytest.mark.parametrize(
    ("texts", "wanted", "expected"),
    [
        ([ENGLISH], "en", True),
        ([ENGLISH], "de", False),
        ([GERMAN], "de", True),
        ([GERMAN], "en", False),
        ([JAPANESE], "ja", True),
        ([JAPANESE], "en", False),
        ([ENGLISH + " 東京"], "en", True),
        (["Budget OK"], "de", True),
        ([], "fr", True),
        ([ENGLISH], "xx", True),
    ],
)
def test_a_clearly_wrong_language_is_noticed(texts: list[str], wanted: str, expected: bool) -> None:
    assert is_in_language(texts, wanted) is expected
