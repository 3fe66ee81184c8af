"""The set of edges without a common end that has the greatest total weight, by rustworkx."""

from collections.abc import Sequence

import rustworkx

from connvo.rules.matching.waiting import Edge

# The library takes whole numbers; a millionth of a score tells no two pairs apart.
SCALE = 1_000_000


def heaviest_matching(edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges of a heaviest matching."""
    graph = rustworkx.PyGraph(multigraph=False)
    people = sorted({end for one in edges for end in (one.first, one.second)})
    nodes = dict(zip(people, graph.add_nodes_from(people), strict=True))
    graph.add_edges_from([(nodes[one.first], nodes[one.second], one) for one in edges])
    chosen = rustworkx.max_weight_matching(graph, weight_fn=lambda one: max(round(one.weight * SCALE), 0))
    return [graph.get_edge_data(*pair) for pair in chosen]
