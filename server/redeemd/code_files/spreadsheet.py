"""Reads spreadsheets: .xlsx, .xls and .ods, with the extra `redeemd[spreadsheets]`."""

import io
from collections.abc import Sequence

from redeemd.code_files.table import Rows, Table, Unreadable

_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # of ZIP, which .xlsx and .ods are, and of .xls

Cell = object  # whatever the library returns: text, numbers, times


def is_spreadsheet(data: bytes) -> bool:
    """Whether a file is a spreadsheet rather than text, by its first bytes."""
    return data.startswith(_MAGIC)


def read_spreadsheet(data: bytes) -> Table:
    """Read the only sheet that is not empty. Raises Unreadable."""
    try:
        import python_calamine as calamine  # noqa: PLC0415 -- an extra
    except ImportError:
        raise Unreadable(
            "is a spreadsheet: save it as CSV, or install python-calamine, with which redeemd reads it"
        ) from None
    try:
        book = calamine.load_workbook(io.BytesIO(data))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (calamine.CalamineError, calamine.PasswordError) as problem:
        raise Unreadable(f"is not a spreadsheet that can be read: {problem}") from None
    filled = {name: rows for name, rows in sheets.items() if any(map(any, rows))}
    if len(filled) != 1:
        found = f"{len(filled)} sheets that are not empty: {', '.join(filled)}" if filled else "only empty sheets"
        raise Unreadable(f"has {found}; save the sheet with the codes as CSV")
    ((name, rows),) = filled.items()
    return _table(name, rows)


def _table(sheet: str, rows: Sequence[Sequence[Cell]]) -> Table:
    filled = [(number, cells) for number, cells in enumerate(rows, 1) if any(cell not in ("", None) for cell in cells)]
    texts = Rows((number, [_text(cell) for cell in cells]) for number, cells in filled)
    numbers = {
        (row, column)
        for row, (_, cells) in enumerate(filled)
        for column, cell in enumerate(cells)
        if not isinstance(cell, str)
    }
    return Table(texts, f"spreadsheet, sheet {sheet}", number_cells=frozenset(numbers))


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
