"""`kill -9` between any two steps, acceptances among them, leaves no half of a match."""

from pathlib import Path

import pytest

from tests.support import match_invariants
from tests.support.backend import Backend
from tests.support.killing import output_until_killed
from tests.support.matching import ANSWER, CURRENT, Pool
from tests.support.store import ENGINES

# Each line that the process says is one moment later: six enter, one cycle, six acceptances. The moments are after the
# entries, the proposals, the first acceptance of a match, and the second, which makes the meeting.
MOMENTS = {"sqlite": (6, 7, 8, 9), "postgres": (7, 9)}


@pytest.mark.parametrize(("engine", "moment"), [(engine, at) for engine, found in MOMENTS.items() for at in found])
def test_after_a_kill_every_match_is_whole_and_people_go_on(engine: str, moment: int, tmp_path: Path) -> None:
    output_until_killed("matcher", engine, tmp_path, moment)
    backend = Backend(tmp_path, make_engine=ENGINES[engine])
    try:
        match_invariants.check(backend)
        pool = Pool(backend)
        pool.cycle()
        for number in range(6):
            person = backend.sign_in(f"person{number}")
            match = person.call(CURRENT)
            assert match is not None
            person.call(ANSWER, matchId=match["matchId"], outcome="accepted")
        matches, meetings = match_invariants.check(backend)
        assert len(matches) == len(meetings) == 3
    finally:
        backend.close()
