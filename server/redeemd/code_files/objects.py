"""Reads files of JSON lines, an object with a code on each."""

import re
from collections.abc import Iterator

from redeemd.code_files.table import Rows, Table, Unreadable, check_width
from redeemd.contract import json_text
from redeemd.contract.json_text import JsonError, JsonObject


def is_json_lines(text: str) -> bool:
    """Whether a text consists of JSON objects, by its first character that is not blank."""
    return text.lstrip("\ufeff \t\r\n").startswith("{")


def is_json_array(text: str) -> bool:
    """Whether a text is a list of JSON objects, by its first characters that are not blank."""
    return re.match(r"[\ufeff\s]*\[\s*\{", text) is not None


def read_json_lines(text: str) -> Table:
    """Return a table whose columns are the members of the objects, with a header. Raises Unreadable.

    The header has the number of the first line. Members that are null are as good as absent.
    """
    columns: dict[str, int] = {}
    numbers: set[tuple[int, int]] = set()
    rows: list[tuple[int, list[str]]] = []
    for line, members in _objects(text):
        cells = [""] * len(columns)
        for name, value in members.items():
            if value is None:
                continue
            index = columns.setdefault(name, len(columns))
            cells += [""] * (index + 1 - len(cells))
            cells[index] = _text(line, name, value)
            if not isinstance(value, str):
                numbers.add((len(rows) + 1, index))
        check_width(len(columns))  # before each row has a cell for each
        rows.append((line, cells))
    header = (rows[0][0] if rows else 1, list(columns))
    return Table(Rows([header, *rows]), "JSON lines", number_cells=frozenset(numbers), has_names=True)


def _objects(text: str) -> Iterator[tuple[int, JsonObject]]:
    for line, content in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if not content.strip():
            continue
        try:
            value = json_text.read(content)
        except JsonError as problem:
            raise Unreadable(f"cannot be read in line {line}, which is not JSON: {problem}") from None
        if not isinstance(value, dict):
            raise Unreadable(f"has no object in line {line}")
        yield line, value


def _text(line: int, name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unreadable(f"has neither a text nor a whole number in line {line}, member {name}")
