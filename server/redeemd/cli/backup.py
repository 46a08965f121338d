"""The commands `backup` and `restore`, for the embedded database."""

from pathlib import Path
from typing import Annotated

import typer

from redeemd import config
from redeemd.base.new_file import new_file
from redeemd.cli.files import progress_bar
from redeemd.cli.serve import reporting_problems
from redeemd.crypto import keyring
from redeemd.store.sqlite import snapshot
from redeemd.store.sqlite.lock import place_for_database
from redeemd.store.sqlite.snapshot import SnapshotError

Database = Annotated[str, typer.Option(help="As for `serve`.", envvar="REDEEMD_DATABASE")]


def back_up(
    to: Annotated[Path, typer.Option("--to", help="File to write; it must not exist.")],
    data: Annotated[Path, typer.Option(help="The data folder; a server may use it.", envvar="REDEEMD_DATA")] = Path(
        "data"
    ),
    database: Database = "",
) -> None:
    """Write a consistent copy of the database, even while a server uses it. Run this on the server's machine.

    Only its owner can read the file. It does not contain the master key.
    """
    with reporting_problems():
        settings = config.load(data=data, database=database)
        if not settings.database_path.exists():
            raise SnapshotError(f"there is no database {settings.database_path}")
        rows = _copy(settings.database_path, to)
        typer.echo(f"Copied {sum(rows.values())} rows in {len(rows)} tables from {settings.database_path} to {to}.")
        typer.echo(f"The master key is not included: keep a copy of {_key_place(settings)}, apart from this file.")
        typer.echo("Without it, every code in the backup is void.")


def restore(
    backup: Annotated[Path, typer.Option("--from", help="A file written by `redeemd backup`.")],
    data: Annotated[Path, typer.Option(help="A data folder without a database.", envvar="REDEEMD_DATA")] = Path("data"),
    database: Database = "",
) -> None:
    """Create the database of a data folder from a backup.

    Changes after the backup was taken are lost: docs/how-to/backup.md explains what that means for codes.
    """
    with reporting_problems():
        settings = config.load(data=data, database=database)
        known = snapshot.master_key_checks(backup)  # also refuses a file that is no backup, before anything is created
        path = settings.database_path
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place_for_database(path):
            there = _check_keys(settings, known)
            rows = _copy(backup, path)
        typer.echo(f"Copied {sum(rows.values())} rows in {len(rows)} tables from {backup} to {path}.")
        if there:
            typer.echo(f"The master key is in place: {_key_place(settings)}.")
        else:
            ids = ", ".join(known)
            typer.echo(f"Before you serve, put the master key of the backup ({ids}) in {_key_place(settings)}.")


def _copy(source: Path, target: Path) -> dict[str, int]:
    with new_file(target) as part, progress_bar() as progress:
        task = progress.add_task("copying", total=None)

        def watch(step: str, done: int, total: int) -> None:
            progress.update(task, description=step, completed=done, total=total or None)

        rows = snapshot.copy(source, part, watch=watch)
        progress.update(task, description="checked", completed=1, total=1)
        return rows


def _check_keys(settings: config.Settings, known: dict[str, bytes]) -> bool:
    """Check the master key against the database; return whether there is one. Raises KeyRingError."""
    text = settings.master_key.get_secret_value()
    if not text:
        if not settings.key_path.exists():
            return False
        text = settings.key_path.read_text(encoding="utf-8")
    keyring.check(keyring.parse(text), known)
    return True


def _key_place(settings: config.Settings) -> str:
    return "REDEEMD_MASTER_KEY" if settings.master_key.get_secret_value() else str(settings.key_path)
