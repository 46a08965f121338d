"""The command `migrate`: applies migrations, or shows them."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer

from redeemd import config
from redeemd.app import database as databases
from redeemd.base.clock import SystemClock
from redeemd.cli.output import finite
from redeemd.cli.results import Json, put
from redeemd.cli.running import run
from redeemd.store import migrate as migrations
from redeemd.store.base import Store, Unavailable
from redeemd.store.migrate import Migration, Status

WAIT_SECONDS_MAX = 3600.0
PAUSE_SECONDS = 0.5


def migrate(
    data: Annotated[Path, typer.Option(help="The data folder.", envvar="REDEEMD_DATA")] = Path("data"),
    database: Annotated[str, typer.Option(help="As for `serve`.", envvar="REDEEMD_DATABASE")] = "",
    status: Annotated[
        bool, typer.Option("--status", help="Only list the migrations; exit code 1 if any is pending.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the SQL of the pending migrations.")] = False,
    wait: Annotated[
        float,
        typer.Option(
            min=0,
            max=WAIT_SECONDS_MAX,
            callback=finite,
            help="Seconds to wait for PostgreSQL to accept connections and, with --status, for pending migrations.",
        ),
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Migrate a database to the schema of this version.

    Replicas of an older release keep serving meanwhile and afterwards if all migrations are compatible with it.
    """
    if status and dry_run:
        raise typer.BadParameter("--status and --dry-run are mutually exclusive")
    until = time.monotonic() + wait

    async def work() -> None:
        settings = config.load(data=data, database=database)
        if settings.embedded and (status or dry_run) and not settings.database_path.exists():
            _show_absent(settings, status=status, as_json=as_json)  # opening it would create it
            return
        async with AsyncExitStack() as stack:
            store = await _open(settings, stack, until)
            if status:
                await _show_status(store, until, as_json=as_json)
            elif dry_run:
                _print_sql(await migrations.pending(store), settings, as_json=as_json)
            else:
                await _apply(store, settings, as_json=as_json)

    run(work)


def _show_absent(settings: config.Settings, *, status: bool, as_json: bool) -> None:
    pending = migrations.load()
    if status:
        _print_status(Status([], [], pending), as_json=as_json)
    else:
        _print_sql(pending, settings, as_json=as_json)


async def _open(settings: config.Settings, stack: AsyncExitStack, until: float) -> Store:
    """Open the database until the end of `stack`. Raises Unavailable if PostgreSQL refuses connections too long."""
    while True:
        try:
            return await stack.enter_async_context(databases.open_store(settings))
        except Unavailable:
            if time.monotonic() >= until:
                raise
        await asyncio.sleep(PAUSE_SECONDS)


async def _apply(store: Store, settings: config.Settings, *, as_json: bool) -> None:
    for migration in await migrations.apply(store, now=SystemClock().now_ms()):
        _put(migration.version, migration.name, "applied", as_json=as_json)
    if not as_json:
        typer.echo(f"{settings.database_path if settings.embedded else 'the database'} is up to date")


async def _show_status(store: Store, until: float, *, as_json: bool) -> None:
    """Print the state of each migration. Raises typer.Exit if any stays pending."""
    while True:
        state = await migrations.status(store)
        if not state.pending or time.monotonic() >= until:
            break
        await asyncio.sleep(PAUSE_SECONDS)
    _print_status(state, as_json=as_json)


def _print_status(state: Status, *, as_json: bool) -> None:
    for migration in state.applied:
        _put(migration.version, migration.name, "applied", as_json=as_json)
    for version, name in state.newer:
        _put(version, name, "applied", " (by a newer release, compatible with this one)", as_json=as_json)
    for migration in state.pending:
        _put(migration.version, migration.name, "pending", as_json=as_json)
    if state.pending:
        raise typer.Exit(1)


def _put(version: int, name: str, state: str, note: str = "", *, as_json: bool) -> None:
    put({"version": version, "name": name, "state": state}, f"{state} {version:04} {name}{note}", as_json=as_json)


def _print_sql(pending: list[Migration], settings: config.Settings, *, as_json: bool) -> None:
    for migration in pending:
        if as_json:
            _put(migration.version, migration.name, "pending", as_json=True)
            continue
        typer.echo(f"-- {_line(migration)} (compatible with {_reach(migration)})")
        for text in migration.statements():
            sql = migrations.statement(migration.name, text)
            typer.echo(f"{sql.sqlite if settings.embedded else sql.postgres};")


def _line(migration: Migration) -> str:
    return f"{migration.version:04} {migration.name}"


def _reach(migration: Migration) -> str:
    oldest = migration.compatible_from
    return f"releases from migration {oldest} on" if oldest < migration.version else "no older release"
