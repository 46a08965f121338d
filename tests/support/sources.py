"""The modules of the server, by name. They are read when a test needs them: each process of a run imports that test."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

SERVER = Path(__file__).parents[2] / "server"


@functools.cache
def texts() -> dict[str, str]:
    """Return the text of each module."""
    return {_module_name(path): path.read_text(encoding="utf-8") for path in SERVER.rglob("*.py")}


@functools.cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of each module."""
    return {module: ast.parse(text) for module, text in texts().items()}


@functools.cache
def imports() -> dict[str, set[str]]:
    """Return the full names that each module imports, wherever in it: a.b.c for `from a.b import c`."""
    return {module: set(_imported(module, tree)) for module, tree in trees().items()}


def _module_name(path: Path) -> str:
    parts = path.relative_to(SERVER).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(module: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
