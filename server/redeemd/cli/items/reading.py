"""Reads items from files of JSON lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from google.protobuf.message import Message

from redeemd.cli.code_files.reading import read_file
from redeemd.cli.items.kinds import Kind
from redeemd.code_files.codes import FileCode, Problem
from redeemd.code_files.table import Unreadable
from redeemd.contract import documented_json, json_text, validation
from redeemd.errors import Violation


class Item(NamedTuple):
    """An item, and the number of its line."""

    line: int
    message: Message

    @property
    def player(self) -> str:
        """The player whose item it is."""
        return str(getattr(self.message, "user_id"))  # noqa: B009 -- a member of each kind of message, and of no common type

    def name(self, kind: Kind) -> str:
        """Return what identifies it, for people."""
        return " ".join(getattr(self.message, field) for field in kind.key)


def read_items(path: Path, kind: Kind) -> tuple[list[Item], list[Problem]]:
    """Return the items of a file, and the problems of its lines. Raises Unreadable."""
    items: list[Item] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for line, text in _lines(path):
        item = Item(line, kind.item())
        found = _read(text, item, kind)
        problems += [_problem(line, text, violation) for violation in found]
        if found:
            continue
        earlier = seen.setdefault(item.name(kind), line)
        if earlier != line:
            problems.append(Problem(FileCode(line, 1, item.name(kind)), f"is in line {earlier}, too"))
        items.append(item)
    if not (items or problems):
        raise Unreadable("contains nothing to import")
    return items, problems


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("is not UTF-8") from None
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _read(text: str, item: Item, kind: Kind) -> list[Violation]:
    """Fill the message of an item; return what is wrong with it."""
    try:
        members = json_text.read_object(text)
    except json_text.JsonError as problem:
        return [Violation("", str(problem))]
    known = {name: value for name, value in members.items() if name not in kind.ignored and value is not None}
    return documented_json.read_checked(known, item.message, "", strict=True) or validation.violations(item.message)


def _problem(line: int, text: str, violation: Violation) -> Problem:
    shown = text if len(text) <= 60 else f"{text[:60]}..."  # noqa: PLR2004 -- a part of a line on a terminal
    field = documented_json.camel(violation.field)
    return Problem(FileCode(line, 1, shown), f"{field} {violation.description}".strip())
