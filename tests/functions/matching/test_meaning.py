"""With the embedded model, people whose profiles mean about the same are paired, also across languages."""

from collections.abc import Callable

import pytest

from connvo.providers.computing.computer import stop_computers
from connvo.settings import EmbeddingSettings
from tests.support.backend import Backend
from tests.support.matching import CURRENT, Pool
from tests.support.outside import needs

GOALS = {
    "ann": "I want to learn how to climb in the mountains",
    "cy": "I sell insurance and look for clients in accounting",
    "bo": "Ich gehe gern bergsteigen und suche Leute zum Klettern",
    "di": "Steuerberatung und Versicherungen für Unternehmen",
}


def test_profiles_of_one_meaning_are_paired_across_languages(make_backend: Callable[..., Backend]) -> None:
    needs("processes to kill")
    if EmbeddingSettings().missing:
        pytest.skip("the extra embeddings is not installed")
    pool = Pool(make_backend(embeddings=EmbeddingSettings(engine="local", call_seconds=120)))
    people = {name: pool.person(name) for name in GOALS}
    for name, goals in GOALS.items():
        people[name].call("profiles/mutations:updateProfile", goals=goals)
    for _ in range(3):
        pool.backend.advance(10)
    for caller in people.values():
        pool.enter(caller)
    pool.cycle()
    found = {name: caller.call(CURRENT)["partner"]["displayName"] for name, caller in people.items()}
    pool.backend.run(stop_computers())
    assert found == {"ann": "Bo", "bo": "Ann", "cy": "Di", "di": "Cy"}
