"""`backup` and `restore` of the embedded database."""

from pathlib import Path
from typing import Annotated

import typer

from redeemd import config, keyring
from redeemd.cli.files import progress_bar
from redeemd.cli.serve import told
from redeemd.new_file import new_file
from redeemd.store import snapshot
from redeemd.store.lock import place_for_database
from redeemd.store.snapshot import SnapshotError

Database = Annotated[str, typer.Option(help="As for serve.", envvar="REDEEMD_DATABASE")]


def back_up(
    to: Annotated[Path, typer.Option("--to", help="File to write; it must not exist.")],
    data: Annotated[Path, typer.Option(help="The data folder; a server may run on it.", envvar="REDEEMD_DATA")] = Path(
        "data"
    ),
    database: Database = "",
) -> None:
    """Write a copy of the database, as it is at one moment, while a server uses it. On the server's machine.

    The file can be read by its owner only. The master key is not in it.
    """
    with told():
        settings = config.load(data=data, database=database)
        if not settings.database_path.exists():
            raise SnapshotError(f"there is no database {settings.database_path}")
        rows = _copy(settings.database_path, to)
        typer.echo(f"{sum(rows.values())} rows in {len(rows)} tables of {settings.database_path} are in {to}")
        typer.echo(f"The master key is not: keep a copy of {_key_place(settings)}, apart from this file.")
        typer.echo("Without it every code in the backup is void.")


def restore(
    backup: Annotated[Path, typer.Option("--from", help="A file that `redeemd backup` wrote.")],
    data: Annotated[Path, typer.Option(help="A data folder without a database.", envvar="REDEEMD_DATA")] = Path("data"),
    database: Database = "",
) -> None:
    """Make the database of a data folder from a backup.

    What happened after the backup was taken is not in it: docs/backup.md says what that means for codes.
    """
    with told():
        settings = config.load(data=data, database=database)
        known = snapshot.master_key_checks(backup)  # also: what is no backup is refused before anything is made
        path = settings.database_path
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place_for_database(path):
            there = _check_keys(settings, known)
            rows = _copy(backup, path)
        typer.echo(f"{sum(rows.values())} rows in {len(rows)} tables of {backup} are in {path}")
        if there:
            typer.echo(f"The master key is there: {_key_place(settings)}.")
        else:
            ids = ", ".join(known)
            typer.echo(f"Before you serve, put the master key it was used with ({ids}) in {_key_place(settings)}.")


def _copy(source: Path, target: Path) -> dict[str, int]:
    with new_file(target) as part, progress_bar() as progress:
        task = progress.add_task("copying", total=None)

        def watch(step: str, done: int, total: int) -> None:
            progress.update(task, description=step, completed=done, total=total or None)

        rows = snapshot.copy(source, part, watch=watch)
        progress.update(task, description="checked", completed=1, total=1)
        return rows


def _check_keys(settings: config.Settings, known: dict[str, bytes]) -> bool:
    """Compare the master key with the database's; answer whether there is one. Raises KeyRingError."""
    text = settings.master_key.get_secret_value()
    if not text:
        if not settings.key_path.exists():
            return False
        text = settings.key_path.read_text(encoding="utf-8")
    keyring.check(keyring.parse(text), known)
    return True


def _key_place(settings: config.Settings) -> str:
    return "REDEEMD_MASTER_KEY" if settings.master_key.get_secret_value() else str(settings.key_path)
