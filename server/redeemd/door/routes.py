"""The paths of the documented REST API, from the google.api.http options of methods."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from redeemd.contract.paths import Path
from redeemd.door.target import ABSENT, Target


class Route(NamedTuple):
    """A method, and the names of the fields that the variable segments of its path hold; "" for none."""

    target: Target
    fields: tuple[str, ...]


class Found(NamedTuple):
    """The method of a request, and the fields in its path."""

    target: Target
    fields: dict[str, str]


class _Node:
    """A segment of paths: the segments that may follow, and the methods of paths that end here."""

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.routes: dict[str, Route] = {}

    def add(self, segment: str) -> "_Node":
        if not segment.startswith(("{", "*")):
            return self.literals.setdefault(segment, _Node())
        if self.variable is None:
            self.variable = _Node()
        return self.variable


class Routes:
    """Finds methods by path. A literal segment precedes a variable one: /user/me/ is not the player `me`."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._root = _Node()
        self.services: set[str] = set()  # the first segments of all paths
        for target in targets:
            for path in target.paths:
                self._add(target, path)

    def _add(self, target: Target, path: Path) -> None:
        verb, segments = path
        node = self._root
        for segment in segments:
            node = node.add(segment)
        fields = tuple(segment.strip("{}*") for segment in segments if segment.startswith(("{", "*")))
        node.routes[verb] = Route(target, fields)
        self.services.add(segments[0])

    def find(self, verb: str, segments: Sequence[str]) -> Found | None:
        """Return the method of a request by its HTTP method and the decoded segments of its path."""
        for node, values in _walk(self._root, segments, ()):
            route = node.routes.get(verb)
            if route is not None:
                given = zip(route.fields, values, strict=True)
                return Found(route.target, {name: value for name, value in given if name and value not in ABSENT})
        return None

    def verbs(self, segments: Sequence[str]) -> set[str]:
        """Return the HTTP methods that a path has."""
        return {verb for node, _ in _walk(self._root, segments, ()) for verb in node.routes}


def _walk(node: _Node, segments: Sequence[str], values: tuple[str, ...]) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    """Yield the ends of all paths that fit, those with literal segments first, with the values of variable segments."""
    if not segments:
        yield node, values
        return
    first, *rest = segments
    literal = node.literals.get(first)
    if literal is not None:
        yield from _walk(literal, rest, values)
    if node.variable is not None:
        yield from _walk(node.variable, rest, (*values, first))
