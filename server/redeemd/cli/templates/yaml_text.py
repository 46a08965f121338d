"""Reads YAML, with the line of each value.

Numbers, booleans and null are those of JSON (and `~`, `True`, `TRUE`, ...); every other plain scalar is text. The type
rules of YAML 1.1, which PyYAML has by itself, would read the version 2019-05-01 as a date and the name `on` as true.
A number with an exponent needs a fraction, because PyYAML, with which gs2-cdk writes, leaves the text 1e3 unquoted.
"""

import itertools
import re

import yaml

from redeemd.cli.templates.values import Function, Items, NotApplicable, Section
from redeemd.contract import json_text

_TAG = "tag:yaml.org,2002:"
_PLAIN = {f"{_TAG}{kind}" for kind in ("null", "bool", "int", "float", "str", "seq", "map")}
_MERGE = "<<"
_WORDS = {  # also where a tag says the type: `!!bool yes` is true in YAML 1.1
    "null": ("~", "null", "Null", "NULL", ""),
    "bool": ("true", "True", "TRUE", "false", "False", "FALSE"),
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the one in C is ten times as fast
    """Parses YAML to nodes. Nothing constructs objects from them but this module."""

    yaml_implicit_resolvers: dict[str, list[object]] = {}  # noqa: RUF012 -- what the base class declares


_INTEGER = r"-?(?:0|[1-9][0-9]*)"
for _kind, _words in _WORDS.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(rf"(?:{'|'.join(_words)})\Z"), None)
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(rf"{_INTEGER}\Z"), None)
_Loader.add_implicit_resolver(f"{_TAG}float", re.compile(rf"{_INTEGER}\.[0-9]+(?:[eE][-+]?[0-9]+)?\Z"), None)


def read_yaml(text: str) -> object:
    """Parse a document. See `reading.read_file` for what it returns.

    Refuses duplicate keys, merge keys, more values than json_text.VALUES_MAX, counted where an alias repeats them, and
    deeper nesting than json_text.DEPTH_MAX. Raises NotApplicable.
    """
    try:
        _count(text)
        node = yaml.compose(text, _Loader)
    except RecursionError:
        raise _too_deep(None) from None
    except yaml.YAMLError as problem:
        raise _not_yaml(problem) from None
    return None if node is None else _Conversion().value(node, depth=0)


def _count(text: str) -> None:
    """Refuse too many values before PyYAML builds a node of about 250 bytes for each. Raises NotApplicable."""
    events = (event for event in yaml.parse(text, _Loader) if isinstance(event, yaml.NodeEvent))
    found = next(itertools.islice(events, 2 * json_text.VALUES_MAX, None), None)  # keys are nodes, too
    if found is not None:
        raise NotApplicable.because(f"it has more than {json_text.VALUES_MAX} values", found.start_mark.line + 1)


def _not_yaml(problem: yaml.YAMLError) -> NotApplicable:
    mark = getattr(problem, "problem_mark", None)
    why = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "it cannot be parsed"
    return NotApplicable.because(f"it is not YAML: {why}", None if mark is None else mark.line + 1)


def _too_deep(line: int | None) -> NotApplicable:
    return NotApplicable.because(f"it is nested deeper than {json_text.DEPTH_MAX}", line)


class _Conversion:
    """Makes values of nodes, whose types PyYAML does not state."""

    def __init__(self) -> None:
        self._budget = json_text.Budget(json_text.VALUES_MAX)

    def value(self, node: yaml.Node, depth: int) -> object:
        """Return the value of a node."""
        line = _line(node)
        try:
            self._budget.take(1)
        except json_text.JsonError as problem:
            raise NotApplicable.because(f"it has {problem}", line) from None
        if depth > json_text.DEPTH_MAX:
            raise _too_deep(line)
        if isinstance(node, yaml.ScalarNode):
            value: object = _scalar(node, line)
        elif isinstance(node, yaml.SequenceNode):
            value = Items((self.value(item, depth + 1) for item in node.value), map(_line, node.value))
        else:
            value = self._section(node, depth)
        if node.tag not in _PLAIN and not node.tag.startswith("!"):
            raise NotApplicable.because("its type is not one of JSON", line)
        return Function(node.tag[1:], value, line) if node.tag.startswith("!") else value

    def _section(self, node: yaml.Node, depth: int) -> Section:
        section = Section({}, lines := {})
        for key, member in node.value:
            line, name = _line(key), key.value
            if not isinstance(key, yaml.ScalarNode):
                raise NotApplicable.because("a key is not text", line)
            if name == _MERGE and not key.style:
                raise NotApplicable.because("the merge key << is not supported", line)
            if name in section:
                raise NotApplicable.because(f"the key {name} occurs twice", line)
            section[name], lines[name] = self.value(member, depth + 1), line
        return section


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line + 1
    return line


def _scalar(node: yaml.Node, line: int) -> object:
    text: str = node.value
    kind = node.tag.removeprefix(_TAG)
    if kind in _WORDS and text not in _WORDS[kind]:
        raise NotApplicable.because(f"{text[:40]} is not a {kind} of JSON", line)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind not in {"int", "float"}:
        return text
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        raise NotApplicable.because(f"{text[:40]} is not a number", line) from None
