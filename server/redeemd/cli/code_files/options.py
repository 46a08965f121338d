"""Options and steps that the commands which read a file of codes share."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from redeemd.cli.code_files.reading import STANDARD_INPUT, read_table
from redeemd.cli.output import complain, confirm
from redeemd.cli.times import parse_time
from redeemd.code_files.codes import FileCodes, Problem, add_states, codes_of, local_problems
from redeemd.code_files.column import find_column
from redeemd.code_files.preview import preview
from redeemd.code_files.states import find_states
from redeemd.code_files.table import Unreadable

FILE_HELP = "A CSV file, JSON lines or a spreadsheet (.xlsx, .xls, .ods); - is standard input."

ColumnName = Annotated[str, typer.Option("--column", help="The column with the codes: its name, or its number from 1.")]
Encoding = Annotated[str, typer.Option(help="Of a CSV file, such as utf-16-le; found out if not given.")]
Header = Annotated[bool | None, typer.Option(help="Whether the first line is a header.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def read_codes(
    file: Path, column: str, encoding: str, header: bool | None, *, exact: bool, states_in: tzinfo | None = None
) -> tuple[FileCodes, Sequence[Problem]]:
    """Return the codes of a file and their problems, and show how the file was read. Exits with status 1.

    With `states_in`, also read the states of the codes, whose times are of this zone unless they have an offset.
    """
    problems: list[Problem] = []
    try:
        table = read_table(file, encoding=encoding)
        found = find_column(table, column, header=header)
        codes = codes_of(table, found)
        columns = None if states_in is None else find_states(table, found)
        if columns is not None and states_in is not None:
            problems = add_states(table, columns, codes, partial(parse_time, zone=states_in))
    except Unreadable as problem:
        complain(f"redeemd: {file}: {problem}")
        raise typer.Exit(1) from None
    for line in preview(table, found, codes, exact=exact):
        complain(line)
    return codes, [*problems, *local_problems(table, found, codes)]


def ask(file: Path, question: str, *, otherwise: str) -> None:
    """Wait for a person to confirm how a file was read. See `confirm`; standard input may be the file itself."""
    otherwise = f"{otherwise}; add --yes if the file was read as you expect"
    confirm(question, otherwise=otherwise, can_ask=file != STANDARD_INPUT)
