"""The output of commands besides their results: problems and progress."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress


def complain(text: str) -> None:
    """Print a line about a problem to standard error."""
    typer.echo(text, err=True)


def progress_bar() -> "Progress":
    """Make a progress bar on standard error, so that output can be piped."""
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
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
