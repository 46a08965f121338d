"""The codes of a file, and what is wrong with them before the server sees them."""

import itertools
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redeemd.code_files.column import CODE_CHARACTERS_MIN, Column
from redeemd.code_files.states import ACTIVE, FileStates, ReadTime, StateColumns, Wrong, read_state
from redeemd.code_files.table import Table, Unreadable
from redeemd.serialkey.codec.folding import fold
from redeemd.serialkey.importing.limits import CODES_MAX

CODE_CHARACTERS_MAX = 48  # as the contract says

# Characters that surround a code when it is copied, and cannot be seen.
_SURROUNDING = "\ufeff\u200b\u200c\u200d\u2060"
_EXPONENT = re.compile(r"\d([.,]\d+)?E\+\d{2,3}")  # as Excel and LibreOffice write large numbers
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FRACTION = re.compile(r"\d+[.,]0+")
_SEPARATORS = frozenset(",;\t|")
_ERROR = re.compile(r"#[A-Z/0!?]+[!?]?|#N/A")


@dataclass(frozen=True, slots=True)
class FileCode:
    """A code and where it is: the line and the column, from 1."""

    line: int
    column: int
    text: str


class FileCodes:
    """The codes of one column, with their states, if the file has any. There is no object for each of a million."""

    def __init__(self, column: int, states: FileStates | None = None) -> None:
        """Begin without codes. `column` counts from 1."""
        self._column = column
        self._lines = array("I")
        self.texts: list[str] = []
        self.states = states

    def append(self, line: int, text: str) -> None:
        """Add a code."""
        self._lines.append(line)
        self.texts.append(text)

    def without(self, problems: Iterable["Problem"]) -> "FileCodes":
        """Return those that none of the problems is about."""
        bad = {problem.code.line for problem in problems}
        places = [place for place, line in enumerate(self._lines) if line not in bad]
        good = FileCodes(self._column, None if self.states is None else self.states.taken(places))
        for place in places:
            good.append(self._lines[place], self.texts[place])
        return good

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[FileCode]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, place: int) -> FileCode:
        return FileCode(self._lines[place], self._column, self.texts[place])


@dataclass(frozen=True, slots=True)
class Problem:
    """A code, and why it is not imported, in words. If it is `doubtful`, it can be a code in spite of it."""

    code: FileCode
    text: str
    doubtful: bool = False


def codes_of(table: Table, column: Column) -> FileCodes:
    """Return the codes of a column, without surrounding white space. Lines without a code are left out.

    Raises Unreadable.
    """
    codes = FileCodes(column.index + 1)
    cells = zip(table.rows.numbers, table.rows.column(column.index), strict=True)
    for number, cell in itertools.islice(cells, column.first, None):
        if text := _trimmed(cell):
            codes.append(number, text)
    if not codes:
        raise Unreadable("contains no codes")
    if len(codes) > CODES_MAX:
        raise Unreadable(f"has {len(codes):,} codes; an import takes at most {CODES_MAX:,}")
    if table.guessed and not all(map(str.isascii, codes.texts)):
        raise Unreadable("has codes with characters beyond ASCII, but is not in UTF-8: name the --encoding")
    return codes


def add_states(table: Table, columns: StateColumns, codes: FileCodes, time_of: ReadTime) -> list[Problem]:
    """Give codes the states that are in the same rows; return the problems of these, each at its own column.

    `time_of` reads a time of use. A code whose state has a problem gets that of an unused one.
    """
    codes.states = FileStates()
    problems = []
    rows = iter(range(len(table.rows)))
    for code in codes:
        row = next(row for row in rows if table.rows.numbers[row] == code.line and _is_code(table, row, code))
        try:
            codes.states.append(*read_state(table.rows[row], columns, time_of))
        except Wrong as wrong:
            codes.states.append(ACTIVE, "", 0, "")
            problems.append(Problem(FileCode(code.line, wrong.column + 1, wrong.cell), str(wrong)))
    return problems


def _is_code(table: Table, row: int, code: FileCode) -> bool:
    """Whether a row is that of a code: the header of JSON lines has the number of its first line."""
    cells = table.rows[row]
    return code.column <= len(cells) and _trimmed(cells[code.column - 1]) == code.text


def _trimmed(cell: str) -> str:
    return cell.strip().strip(_SURROUNDING).strip()


def local_problems(table: Table, column: Column, codes: FileCodes) -> Iterator[Problem]:
    """Yield the problems that the file alone shows: codes that cannot be, are short, or changed by a spreadsheet."""
    numbers = {table.rows.numbers[row] for row, index in table.number_cells if index == column.index}
    lost_zeros = _lost_zeros(codes)
    for code in codes:
        if why := _why_impossible(code):
            yield Problem(code, why)
        elif why := _why_mangled(code, numbers):
            yield Problem(code, why, doubtful=True)
        elif len(code.text) < CODE_CHARACTERS_MIN:
            yield Problem(code, f"has fewer than {CODE_CHARACTERS_MIN} characters, so it can be guessed", doubtful=True)
        elif lost_zeros:
            yield Problem(code, "consists of digits, and others have more: leading zeros may be lost", doubtful=True)
        elif not table.separated and not _SEPARATORS.isdisjoint(code.text):
            yield Problem(code, "contains a separator of columns, and most lines have none", doubtful=True)


def _why_impossible(code: FileCode) -> str:
    if len(code.text) > CODE_CHARACTERS_MAX:
        return f"has more than {CODE_CHARACTERS_MAX} characters"
    return "contains a line break or another control character" if _UNPRINTABLE.search(code.text) else ""


def _why_mangled(code: FileCode, numbers: set[int]) -> str:
    if _EXPONENT.fullmatch(code.text) or _FRACTION.fullmatch(code.text):
        return "looks like a number that a spreadsheet has rounded or rewritten"
    if _ERROR.fullmatch(code.text):
        return "is an error value of a spreadsheet"
    if code.line in numbers:
        return "is stored as a number or a time, not as text: digits may be lost"
    return ""


def _lost_zeros(codes: FileCodes) -> bool:
    return all(map(str.isdecimal, codes.texts)) and len(set(map(len, codes.texts))) > 1


def duplicates(codes: FileCodes, *, exact: bool) -> int:
    """Return how many codes are repetitions of earlier ones, in any spelling unless `exact`."""
    return len(codes) - len(set(codes.texts if exact else map(fold, codes.texts)))
