"""Cycles in a directed graph."""

from collections import defaultdict, deque
from collections.abc import Iterable

import msgspec


class Edge(msgspec.Struct, frozen=True):
    """An arrow between two nodes, and what it stands for."""

    start: int
    end: int
    why: str


def shortest_cycles(edges: Iterable[Edge]) -> list[list[Edge]]:
    """Returns a shortest cycle of each part of the graph in which every node leads to every other."""
    out: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.start != edge.end:
            out[edge.start].append(edge)
    return [_shortest_cycle(out, part) for part in _knots(out)]


def _knots(out: dict[int, list[Edge]]) -> list[set[int]]:
    """Returns the strongly connected components of more than one node (Tarjan 1972, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    found: list[set[int]] = []
    for root in list(out):
        work = [] if root in index else [(root, 0)]
        while work:
            node, position = work.pop()
            if position == 0:
                index[node] = low[node] = len(index)
                path.append(node)
                on_path.add(node)
            successors = out.get(node, [])
            while position < len(successors):
                next_node = successors[position].end
                position += 1
                if next_node not in index:
                    work += [(node, position), (next_node, 0)]
                    break
                if next_node in on_path:
                    low[node] = min(low[node], index[next_node])
            else:
                _close(node, index, low, path, on_path, found)
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
    return found


def _close(
    node: int, index: dict[int, int], low: dict[int, int], path: list[int], on_path: set[int], found: list[set[int]]
) -> None:
    if low[node] != index[node]:
        return
    part: set[int] = set()
    while node not in part:
        part.add(path.pop())
    on_path -= part
    if len(part) > 1:
        found.append(part)


def _shortest_cycle(out: dict[int, list[Edge]], part: set[int]) -> list[Edge]:
    cycles = (_cycle_through(out, part, node) for node in part)
    return min(cycles, key=lambda cycle: (len(cycle), cycle[0].start))


def _cycle_through(out: dict[int, list[Edge]], part: set[int], node: int) -> list[Edge]:
    came: dict[int, Edge] = {}
    queue = deque([node])
    while node not in came:
        at = queue.popleft()
        for edge in out[at]:
            if edge.end in part and edge.end not in came:
                came[edge.end] = edge
                queue.append(edge.end)
    cycle = [came[node]]
    while cycle[0].start != node:
        cycle.insert(0, came[cycle[0].start])
    return cycle
