"""Finds the column with the codes, and whether the first line is a header."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from redeemd.code_files.table import Table, Unreadable

CODE_CHARACTERS_MIN = 8  # of what looks like a code: shorter ones can be guessed
_CODE_WORDS = frozenset(
    [
        "code",
        "codes",
        "coupon",
        "coupons",
        "gutschein",
        "gutscheincode",
        "key",
        "keys",
        "kupon",
        "promo",
        "promocode",
        "serial",
        "serialcode",
        "serialcodes",
        "serialkey",
        "serialkeys",
        "voucher",
        "vouchers",
        "codigo",
        "código",
        "コード",
        "シリアル",
        "シリアルコード",
        "兑换码",
        "序列号",
    ]
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `header` is its name; None if the first line is a code."""

    index: int
    header: str | None

    @property
    def first(self) -> int:
        """The index of the first row with a code."""
        return 0 if self.header is None else 1


def find_column(table: Table, wanted: str, *, header: bool | None) -> Column:
    """Return the column with the codes: `wanted`, by name or number from 1, or the only one that can be it.

    `header` says whether the first line is a header; None means to find out. Raises Unreadable.
    """
    if not table.rows:
        raise Unreadable("contains no codes")
    header = True if table.has_names else header
    names = [cell.strip() for cell in table.rows[0]]
    if wanted:
        return _wanted(table, wanted, names, header=header)
    named = [index for index, name in enumerate(names) if header is not False and names_codes(name)]
    if len(named) == 1:
        return Column(named[0], names[named[0]])
    columns = table.rows.columns
    possible = range(columns) if columns == 1 and not table.has_names else _with_codes(table)
    if len(possible) != 1:
        raise Unreadable(
            f"has {columns} columns, and {'none' if not possible else 'more than one'} of them looks like codes: "
            "name the one with the codes by --column"
        )
    return _with_header(table, possible[0], header=header)


def _wanted(table: Table, wanted: str, names: Sequence[str], *, header: bool | None) -> Column:
    same = [index for index, name in enumerate(names) if name.casefold() == wanted.strip().casefold()]
    if header is not False and len(same) == 1:
        return Column(same[0], names[same[0]])
    if wanted.isdecimal() and 1 <= int(wanted) <= table.rows.columns:
        return _with_header(table, int(wanted) - 1, header=header)
    raise Unreadable(f"has no column {wanted}; its first line has {', '.join(names)}")


def names_codes(name: str) -> bool:
    """Return whether a cell is a name of codes rather than a code: words without a digit, one of which means code."""
    words = re.split(r"[\W_]+", name.casefold())
    return not any(map(str.isdigit, name)) and not _CODE_WORDS.isdisjoint(words)


def _with_header(table: Table, index: int, *, header: bool | None) -> Column:
    values = _values(table, index)
    is_header = header if header is not None else names_codes(values[0]) or _is_unlike(values[0], values[1:])
    return Column(index, values[0] if is_header else None)


def _is_unlike(first: str, others: Sequence[str]) -> bool:
    """Whether all other cells have a digit and the first one has none."""
    return bool(others) and not _has_digit(first) and all(map(_has_digit, others))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _with_codes(table: Table) -> list[int]:
    """Return the columns in which all cells can be codes, but for the first one, which may be a header."""
    return [index for index in range(table.rows.columns) if _can_be_codes(table, index)]


def _can_be_codes(table: Table, index: int) -> bool:
    first = 1 if len(table.rows) > 1 else 0
    cells = itertools.islice(table.rows.column(index), first, None)
    # The first short cell decides: to read all cells of all columns would take columns times rows.
    if not all(len(cell.strip()) >= CODE_CHARACTERS_MIN for cell in cells):
        return False
    values = _values(table, index)
    return len(set(values)) == len(values)


def _values(table: Table, index: int) -> list[str]:
    return [cell.strip() for cell in table.rows.column(index)]
