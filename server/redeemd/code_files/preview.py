"""Shows people what a command has understood of a file."""

from collections.abc import Iterator

from redeemd.code_files.codes import FileCodes, duplicates
from redeemd.code_files.column import Column
from redeemd.code_files.table import Table

_SHOWN = 3


def preview(table: Table, column: Column, codes: FileCodes, *, exact: bool) -> Iterator[str]:
    """Yield lines that describe the file and its codes."""
    yield f"file        {table.format}"
    header = "without a header" if column.header is None else f'with the header "{column.header}"'
    yield f"column      {column.index + 1} of {table.rows.columns}, {header}"
    yield f"codes       {len(codes):,}, with {_lengths(codes)} characters"
    if left_out := len(table.rows) - column.first - len(codes):
        yield f"left out    {left_out:,} lines without a code"
    yield f"first       {_shown(codes, range(min(_SHOWN, len(codes))))}"
    yield f"last        {_shown(codes, range(max(len(codes) - _SHOWN, 0), len(codes)))}"
    if codes.states is not None:
        yield f"states      {codes.states.summary()}"
    yield f"duplicates  {duplicates(codes, exact=exact) or 'none'}"


def _lengths(codes: FileCodes) -> str:
    lengths = list(map(len, codes.texts))
    shortest, longest = min(lengths), max(lengths)
    return str(shortest) if shortest == longest else f"{shortest} to {longest}"


def _shown(codes: FileCodes, places: range) -> str:
    return ", ".join(f"{code.text} (line {code.line})" for code in map(codes.__getitem__, places))
