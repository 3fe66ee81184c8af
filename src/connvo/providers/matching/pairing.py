"""The pairs of a pool: the optimum over each person's best candidates, with the extra `matching`.

Without the extra the best edges come first, and a cycle looks at fewer people, as plain Python compares every two.
"""

from importlib.util import find_spec

import msgspec

from connvo.rules.matching.edges import Pairing, Request, best_edges_first, edges, pairing

# Up to so many people, every two are compared in plain Python, which takes less than to import numpy.
EXACT_PEOPLE = 60
PLAIN_PEOPLE = 400


def pair(request: Request) -> Pairing:
    """Return the pairs of a pool, by the best means that are installed."""
    if not has_libraries():
        return pair_plainly(request)
    # Both take a while to import, and only this process needs them.
    from .optimum import heaviest_matching

    if len(request.waiting) > EXACT_PEOPLE:
        from .candidates import candidates

        found = candidates(request)
    else:
        found = edges(request)
    return pairing(request, heaviest_matching(found), len(found), optimal=True)


def pair_plainly(request: Request) -> Pairing:
    """Return pairs without any library, of those who have waited longest."""
    request = msgspec.structs.replace(request, waiting=request.waiting[:PLAIN_PEOPLE])
    found = edges(request)
    return pairing(request, best_edges_first(found, request.max_matches), len(found), optimal=False)


def has_libraries() -> bool:
    """Return whether the extra `matching` is installed."""
    return find_spec("rustworkx") is not None and find_spec("numpy") is not None
