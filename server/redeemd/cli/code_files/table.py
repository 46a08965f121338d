"""The content of a file of rows and columns."""

from collections.abc import Sequence
from dataclasses import dataclass


class Unreadable(Exception):
    """A file cannot be read, or not without a decision of the caller. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is not blank. `number` counts the lines of a text, or the rows of a sheet, from 1."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file.

    format         how it was read, for people: "text in UTF-8, separated by ;"
    separated      whether it has a separator of columns
    guessed        whether the encoding is a guess that decides how characters beyond ASCII are read
    number_cells   positions (row in `lines`, column) of cells that a spreadsheet holds as numbers
    """

    lines: Sequence[Line]
    format: str
    separated: bool = True
    guessed: bool = False
    number_cells: frozenset[tuple[int, int]] = frozenset()

    @property
    def columns(self) -> int:
        """The number of columns of the longest row."""
        return max((len(line.cells) for line in self.lines), default=0)
