"""Compares JSON values, and the models of two documents."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from redeemd.contract import json_text


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs: at a path, with what is there before and after; None if it is absent."""

    path: str
    before: object = None
    after: object = None

    def line(self) -> str:
        """Return it as a line of text."""
        if self.before is None:
            return f"+ {self.path}: {_shown(self.after)}"
        if self.after is None:
            return f"- {self.path}: {_shown(self.before)}"
        return f"~ {self.path}: {_shown(self.before)} -> {_shown(self.after)}"

    def members(self) -> dict[str, object]:
        """Return it as JSON, without what is absent."""
        members = {"path": self.path, "before": self.before, "after": self.after}
        return {name: member for name, member in members.items() if member is not None}


_SHOWN_MAX = 100


def _shown(value: object) -> str:
    text = json_text.write(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}..."


def of_values(before: object, after: object, path: str = "") -> Iterator[Change]:
    """Yield the differences of two JSON values, member by member; null and absent are the same."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from of_values(before.get(name), after.get(name), f"{path}.{name}" if path else name)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            yield from of_values(_item(before, index), _item(after, index), f"{path}[{index}]")
    elif _text(before) != _text(after):
        yield Change(path, before, after)


def _item(items: Sequence[object], index: int) -> object:
    return items[index] if index < len(items) else None


def _text(value: object) -> str:
    """Return a text that is equal for equal values; Python holds 1, 1.0 and true for equal."""
    return json.dumps(value, sort_keys=True)


def of_documents(before: Mapping[str, object], after: Mapping[str, object], lists: Iterable[str]) -> Iterator[Change]:
    """Yield the differences of two documents. `lists` are the members with models, which are compared by name."""
    names = tuple(lists)
    for name in names:
        yield from _of_models(_by_name(before.get(name)), _by_name(after.get(name)), name)
    yield from of_values(_without(before, names), _without(after, names))


def changed(before: Mapping[str, object], after: Mapping[str, object], name: str) -> list[tuple[int, object]]:
    """Return the models of a list of `after` that `before` does not have or has differently, and their places."""
    old, new = _by_name(before.get(name)), _by_name(after.get(name))
    models = after.get(name)
    assert isinstance(models, list | None)
    return [
        (place, model)
        for place, model in enumerate(models or [])
        if any(of_values(old.get(model["name"]), new[model["name"]]))
    ]


def _of_models(before: Mapping[str, object], after: Mapping[str, object], kind: str) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        yield from of_values(old, new, f"{kind}[{name}]")


def _by_name(models: object) -> dict[str, object]:
    """Return the models of a valid document by name, in the form that is compared."""
    assert isinstance(models, list | None)
    return {model["name"]: _plain(model) for model in models or []}


def _without(document: Mapping[str, object], names: Collection[str]) -> dict[str, object]:
    return {name: member for name, member in document.items() if name not in names}


def _plain(value: object, name: str = "") -> object:
    """Return a value without nulls, and requests of actions as objects, which may also be their JSON text."""
    if isinstance(value, dict):
        return {key: _plain(member, key) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if name == "request" and isinstance(value, str):
        try:
            return _plain(json_text.read_object(value))
        except json_text.JsonError:
            return value
    return value
