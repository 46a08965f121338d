"""The codes of a file, and what is wrong with them before the server sees them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redeemd.cli.code_files.column import CODE_CHARACTERS_MIN, Column
from redeemd.cli.code_files.table import Table, Unreadable
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


@dataclass(frozen=True, slots=True)
class Problem:
    """A code, and why it is not imported, in words. If it is `doubtful`, it can be a code in spite of it."""

    code: FileCode
    text: str
    doubtful: bool = False


def codes_of(table: Table, column: Column) -> list[FileCode]:
    """Return the codes of a column, without surrounding white space. Lines without a code are left out.

    Raises Unreadable.
    """
    found = [
        FileCode(line.number, column.index + 1, _trimmed(line.cells[column.index]))
        for line in table.lines[column.first :]
        if column.index < len(line.cells)
    ]
    codes = [code for code in found if code.text]
    if not codes:
        raise Unreadable("contains no codes")
    if len(codes) > CODES_MAX:
        raise Unreadable(f"has {len(codes):,} codes; an import takes at most {CODES_MAX:,}")
    if table.guessed and not all(code.text.isascii() for code in codes):
        raise Unreadable("has codes with characters beyond ASCII, but is not in UTF-8: name the --encoding")
    return codes


def _trimmed(cell: str) -> str:
    return cell.strip().strip(_SURROUNDING).strip()


def local_problems(table: Table, column: Column, codes: Sequence[FileCode]) -> Iterator[Problem]:
    """Yield the problems that the file alone shows: codes that cannot be, are short, or changed by a spreadsheet."""
    numbers = {table.lines[row].number for row, index in table.number_cells if index == column.index}
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
        return "is stored as a number or a time in the spreadsheet, not as text: digits may be lost"
    return ""


def _lost_zeros(codes: Sequence[FileCode]) -> bool:
    return all(code.text.isdecimal() for code in codes) and len({len(code.text) for code in codes}) > 1


def duplicates(codes: Sequence[FileCode], *, exact: bool) -> int:
    """Return how many codes are repetitions of earlier ones, in any spelling unless `exact`."""
    return len(codes) - len({code.text if exact else fold(code.text) for code in codes})
