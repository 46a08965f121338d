"""The content of a file of rows and columns."""

import itertools
import operator
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

COLUMNS_MAX = 1000


class Unreadable(Exception):
    """A file cannot be read, or not without a decision of the caller. The message says why, and what to do."""


def check_width(columns: int) -> None:
    """Raise Unreadable for more than COLUMNS_MAX columns, for which a few megabytes could take all memory."""
    if columns > COLUMNS_MAX:
        raise Unreadable(f"has more than {COLUMNS_MAX:,} columns; save the column with the codes alone")


class Rows:
    """The rows that are not blank, each with its number: that of the line of a text or of the row of a sheet, from 1.

    There may be millions, so they share one list of cells.
    """

    def __init__(self, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """`rows` are pairs of a number and the cells. Raises Unreadable for too many columns."""
        self._cells: list[str] = []
        self._ends = array("I", [0])
        self.numbers = array("I")
        for number, cells in rows:
            check_width(len(cells))
            self._cells += cells
            self._ends.append(len(self._cells))
            self.numbers.append(number)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, row: int) -> list[str]:
        return self._cells[self._ends[row] : self._ends[row + 1]]

    @property
    def columns(self) -> int:
        """The number of columns of the longest row."""
        return max(map(operator.sub, self._ends[1:], self._ends), default=0)

    def column(self, index: int) -> Iterator[str]:
        """Yield the cell of each row; an empty text where a row is shorter."""
        for start, end in itertools.pairwise(self._ends):
            yield self._cells[start + index] if start + index < end else ""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file.

    rows           the cells
    format         how it was read, for people: "text in UTF-8, separated by ;"
    separated      whether it has a separator of columns
    guessed        whether the encoding is a guess that decides how characters beyond ASCII are read
    number_cells   positions (row in `rows`, column) of cells that a spreadsheet holds as numbers
    has_names      whether the first row is known to hold the names of the columns
    """

    rows: Rows
    format: str
    separated: bool = True
    guessed: bool = False
    number_cells: frozenset[tuple[int, int]] = frozenset()
    has_names: bool = False
