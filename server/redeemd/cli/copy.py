"""The command `copy`: copies the contents of a database into another one, of the same engine or the other."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from redeemd import config
from redeemd.base.clock import SystemClock
from redeemd.base.new_file import new_file
from redeemd.cli.output import progress_bar
from redeemd.cli.results import Json, put
from redeemd.cli.running import run
from redeemd.store.copy import copying, postgres, sqlite
from redeemd.store.copy.copying import Compared, CopyDiffers, CopyError, Source, Target
from redeemd.store.sqlite.lock import place_for_database


def copy(
    source: Annotated[
        str, typer.Option("--from", metavar="URL", help="sqlite:///PATH or postgresql://USER@HOST/NAME.")
    ],
    target: Annotated[str, typer.Option("--to", metavar="URL", help="Likewise; must be empty, or not exist.")],
    as_json: Json = False,
) -> None:
    """Copy a database into another one, from SQLite to PostgreSQL or back, and compare the two.

    The copy is the source at the time when the command starts. Servers may continue to use the source, but what they
    write after that is not copied: stop them, or their callers, first. The target is created completely or not at all.

    Other users of the machine can see a password in a URL: use PGPASSWORD or a pgpass file (PGPASSFILE) instead.
    """

    async def work() -> None:
        _check(source, target)
        async with _opened_source(source) as reading, _opened_target(target) as writing:
            key_ids = await reading.master_key_ids()
            compared = await _copy(reading, writing)
        if as_json:
            for table in compared:
                put({"table": table.name, "rowCount": table.copy[0], "checksum": table.copy[1]}, "", as_json=True)
            return
        _show(compared)
        rows = sum(table.copy[0] for table in compared)
        typer.echo(f"Copied {rows} rows in {len(compared)} tables. They were read back and are equal.")
        typer.echo("Rows written to the source after this command started are not included.")
        if key_ids:
            typer.echo(f"Databases do not contain the master key: keep using the current one ({', '.join(key_ids)}).")

    run(work)


def _check(source: str, target: str) -> None:
    """Check the URLs. Raises CopyError."""
    for option, url in (("--from", source), ("--to", target)):
        try:
            config.check_database(url)
        except ValueError as problem:
            raise CopyError(f"{option} {problem}") from None
    if source == target or (
        config.is_embedded(source)
        and config.is_embedded(target)
        and config.embedded_path(source).resolve() == config.embedded_path(target).resolve()
    ):
        raise CopyError("--from and --to are the same database")


def _opened_source(url: str) -> AbstractAsyncContextManager[Source]:
    if config.is_embedded(url):
        return sqlite.source(config.embedded_path(url))
    return postgres.source(url)


@asynccontextmanager
async def _opened_target(url: str) -> AsyncIterator[Target]:
    now = SystemClock().now_ms()
    if not config.is_embedded(url):
        async with postgres.target(url, now=now) as writing:
            yield writing
        return
    path = config.embedded_path(url)
    with place_for_database(path), new_file(path) as part:
        async with sqlite.target(part, now=now) as writing:
            yield writing


async def _copy(reading: Source, writing: Target) -> list[Compared]:
    with progress_bar() as progress:
        try:
            return await copying.copy(reading, writing, watch=_Bars(progress))
        except CopyDiffers as differs:
            progress.stop()
            _show(differs.tables)
            raise


class _Bars:
    """A progress bar for each table that has rows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, table: str, step: str, done: int, total: int) -> None:
        if total and table not in self._tasks:
            self._tasks[table] = self._progress.add_task(table, total=total)
        if table in self._tasks:
            self._progress.update(self._tasks[table], description=f"{step} {table}", completed=done)


def _show(compared: Sequence[Compared]) -> None:
    table = Table("table", "rows", "checksum", "equal", box=None)
    for one in compared:
        table.add_row(one.name, str(one.copy[0]), one.copy[1], "yes" if one.equal else "NO")
    Console(soft_wrap=True).print(table)
