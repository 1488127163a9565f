"""Questions about a graph: who is reached, who leads where, who goes in circles. Without recursion: flows are drawn."""

from collections.abc import Iterable, Mapping, Sequence

Ways = Mapping[str, Sequence[str]]


def reached(start: str, ways: Ways) -> frozenset[str]:
    """`start` and every node to which a way leads from it."""
    found, todo = {start}, [start]
    while todo:
        for name in ways[todo.pop()]:
            if name not in found:
                found.add(name)
                todo.append(name)
    return frozenset(found)


def leads_to(ends: Iterable[str], ways: Ways) -> frozenset[str]:
    """Every node from which a way leads to one of `ends`, and those themselves."""
    back: dict[str, list[str]] = {name: [] for name in ways}
    for name, targets in ways.items():
        for target in targets:
            back[target].append(name)
    return frozenset(one for end in ends for one in reached(end, back))


def circles(ways: Ways) -> list[frozenset[str]]:
    """The sets of nodes that lead to one another (strongly connected), largest possible; a node by itself only if it
    leads to itself."""
    ahead = {name: reached(name, ways) for name in ways}
    found = []
    seen: set[str] = set()
    for name in ways:
        if name in seen:
            continue
        circle = frozenset(other for other in ahead[name] if name in ahead[other])
        seen |= circle
        if len(circle) > 1 or name in ways[name]:
            found.append(circle)
    return found
