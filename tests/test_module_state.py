"""The modules of the server hold no state: two servers in a process share nothing."""

import ast
from pathlib import Path

import pytest
import redeemd

_MUTATING = {
    *("add", "append", "appendleft", "clear", "discard", "extend", "insert", "move_to_end", "pop", "popitem"),
    *("popleft", "remove", "reverse", "setdefault", "sort", "update"),
}
_STATEFUL = {
    *("Condition", "ContextVar", "Event", "Lock", "Queue", "Semaphore", "WeakKeyDictionary", "WeakSet"),
    *("WeakValueDictionary", "count", "cycle", "iter"),
}


def _module_names(tree):
    """Return the names that a module assigns at its top level, with their values."""
    found = {}
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id: node.value for target in targets if isinstance(target, ast.Name)}
    return found


def _changed(function):
    """Return the names whose values a function changes, but for those that it binds itself."""
    nodes = list(ast.walk(function))
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    holders = [node.func.value for node in nodes if isinstance(node, ast.Call) and _called(node) in _MUTATING
               and isinstance(node.func, ast.Attribute)]  # fmt: skip
    holders += [node.value for node in nodes if isinstance(node, (ast.Subscript, ast.Attribute))
                and isinstance(node.ctx, (ast.Store, ast.Del))]  # fmt: skip
    changed = {holder.id for holder in holders if isinstance(holder, ast.Name)} - bound
    return changed | {name for node in nodes if isinstance(node, ast.Global) for name in node.names}


def _called(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _state(tree):
    """Return the names at the top level of a module that hold state: functions change them, or they change by use."""
    names = _module_names(tree)
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    changed = {name for function in functions for name in _changed(function)}
    by_use = {name for name, value in names.items() if isinstance(value, ast.Call) and _called(value) in _STATEFUL}
    return sorted((changed & set(names)) | by_use)


@pytest.mark.parametrize(
    "source",
    [
        "_known = {}\ndef f(a):\n    _known[a] = 1",
        "_known = {}\ndef f(a):\n    del _known[a]",
        "_known: set[int] = set()\nclass C:\n    async def f(self, a):\n        _known.add(a)",
        "_known = 0\ndef f():\n    global _known\n    _known += 1",
        "_known = C()\ndef f():\n    _known.x = 1",
        "_known = itertools.count()",
        "_known = weakref.WeakKeyDictionary()",
    ],
)
def test_state_of_modules_is_found(source):
    """By the ways in which a module can hold it; a name that a function binds itself is none."""
    assert _state(ast.parse(source)) == ["_known"]
    assert _state(ast.parse("_known = {}\ndef f():\n    _known = {}\n    _known[1] = 1")) == []


def test_modules_hold_no_state():
    """Two servers in a process share nothing. Memos of pure functions, by functools, are not state."""
    paths = list(Path(redeemd.__file__).parent.rglob("*.py"))
    assert len(paths) > 100
    found = {str(path): _state(ast.parse(path.read_text(encoding="utf-8"))) for path in paths}
    assert {name: names for name, names in found.items() if names} == {}
