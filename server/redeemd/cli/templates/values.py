"""The values of a template: JSON values that know their lines, and functions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_STEPS = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


class Section(dict[str, object]):
    """An object. `lines` are the lines of its members, from 1; empty if the reader does not know them."""

    def __init__(self, members: Mapping[str, object], lines: Mapping[str, int] | None = None) -> None:
        super().__init__(members)
        self.lines = {} if lines is None else lines


class Items(list[object]):
    """A list. `lines` are the lines of its items, as in Section."""

    def __init__(self, items: Iterable[object], lines: Iterable[int] = ()) -> None:
        super().__init__(items)
        self.lines = list(lines)


@dataclass(frozen=True, slots=True)
class Function:
    """A function that is not evaluated yet, such as `!GetAttr Shop.Item.Name`, and its line."""

    name: str
    argument: object
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a template cannot be applied: what is wrong, and where."""

    text: str
    line: int | None = None
    resource: str = ""

    def at(self, file: Path) -> str:
        """Return the sentence, with the file, the line and the resource."""
        where = f", line {self.line}" if self.line else ""
        resource = f", resource {self.resource}" if self.resource else ""
        return printable(f"{file}{where}{resource}: {self.text}")


@dataclass(eq=False)
class NotApplicable(Exception):
    """The template cannot be applied."""

    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def because(cls, text: str, line: int | None = None, resource: str = "") -> "NotApplicable":
        """Return the exception for one problem."""
        return cls([Problem(text, line, resource)])


def printable(text: str) -> str:
    """Return a text on one line: characters that terminals do not show, or obey, are escaped."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def line_of(value: object, path: str) -> int | None:
    """Return the line of a path such as `Settings.rateModels[3].name`, or of the closest value around it."""
    line = None
    for index, name in _STEPS.findall(path):
        if isinstance(value, Section):
            # Problems spell the names of settings as the documented JSON does, which begins with a small letter.
            found = name if name in value else name[:1].upper() + name[1:]
            line, value = value.lines.get(found, line), value.get(found)
        elif isinstance(value, Items) and index and int(index) < len(value):
            number = int(index)
            line, value = value.lines[number] if value.lines else line, value[number]
        else:
            break
    return line
