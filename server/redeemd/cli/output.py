"""The output of commands besides their results, on standard error: problems, progress and questions."""

import math
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress


def complain(text: str) -> None:
    """Print a line about a problem to standard error."""
    typer.echo(text, err=True)


def finite(value: float) -> float:
    """Return the number of an option. Raises BadParameter for NaN, which every range has."""
    if math.isnan(value):
        raise typer.BadParameter("nan is not a number")
    return value


def confirm(question: str, *, otherwise: str, can_ask: bool = True) -> None:
    """Prompt for confirmation. Exits with status 1 if it is denied, or, after `otherwise`, if there is no terminal."""
    if not can_ask or not sys.stdin.isatty():
        complain(f"redeemd: {otherwise}")
        raise typer.Exit(1)
    typer.confirm(question, abort=True, err=True)


def progress_bar() -> "Progress":
    """Make a progress bar on standard error, so that output can be piped; it is shown on a terminal only."""
    from rich.console import Console  # noqa: PLC0415 -- takes longer to import than most commands run
    from rich.progress import (  # noqa: PLC0415 -- same
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = sys.stderr.isatty()
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), disable=not shown)
