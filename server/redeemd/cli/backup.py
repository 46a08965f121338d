"""The commands `backup` and `restore`, for the embedded database."""

import contextlib
import json
import signal
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from redeemd import config
from redeemd.base.log import timestamp
from redeemd.base.new_file import new_file, part_of
from redeemd.cli.output import progress_bar
from redeemd.cli.results import Json, put
from redeemd.cli.running import reporting_problems
from redeemd.crypto import keyring
from redeemd.store.sqlite import generations, snapshot
from redeemd.store.sqlite.lock import place_for_database
from redeemd.store.sqlite.snapshot import DiskFull, SnapshotError

EVERY_SECONDS_MAX = 86_400

Database = Annotated[str, typer.Option(help="As for `serve`.", envvar="REDEEMD_DATABASE")]


def back_up(
    to: Annotated[
        Path, typer.Option("--to", help="File to write, which must not exist; with --every, a folder of backups.")
    ],
    data: Annotated[Path, typer.Option(help="The data folder; a server may use it.", envvar="REDEEMD_DATA")] = Path(
        "data"
    ),
    database: Database = "",
    every: Annotated[
        int,
        typer.Option(
            min=0,
            max=EVERY_SECONDS_MAX,
            metavar="SECONDS",
            help="Back up again and again, this often; 0: once, to a file.",
        ),
    ] = 0,
    keep: Annotated[int, typer.Option(min=1, help="With --every: how many generations to keep.")] = 10,
    as_json: Json = False,
) -> None:
    """Write a consistent copy of the database, even while a server uses it. Run this on the server's machine.

    Only its owner can read the copy. It does not contain the master key.

    With --every, the command runs until it is stopped and writes generations, of which each is complete and shares
    unchanged blocks with the others. It prints a line of JSON for each.
    """
    with reporting_problems():
        settings = config.load(data=data, database=database)
        if not settings.database_path.exists():
            raise SnapshotError(f"there is no database {settings.database_path}")
        if every:
            _back_up_continuously(settings.database_path, to, every, keep)
        else:
            _back_up_once(settings, to, as_json=as_json)


def _back_up_once(settings: config.Settings, to: Path, *, as_json: bool) -> None:
    rows = _copy(settings.database_path, to)
    text = (
        f"Copied {sum(rows.values())} rows in {len(rows)} tables from {settings.database_path} to {to}.\n"
        f"The master key is not included: keep a copy of {_key_place(settings)}, apart from this file.\n"
        "Without it, every code in the backup is void."
    )
    put(_copied(rows, str(settings.database_path), to), text, as_json=as_json)


def _copied(rows: Mapping[str, int], source: str, target: Path) -> dict[str, object]:
    return {"rowCount": sum(rows.values()), "tableCount": len(rows), "from": source, "to": str(target)}


def _back_up_continuously(source: Path, folder: Path, every: int, keep: int) -> None:
    """Begin a generation every so many seconds, until SIGTERM or SIGINT."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopped.set())
    with contextlib.closing(generations.Archive(folder)) as archive:
        pause = 0.0
        while not stopped.wait(pause):
            began = time.monotonic()
            if not archive.has_room():
                archive.prune(max(keep - 1, 1))
            try:
                taken = archive.take(source, datetime.now(UTC))
            except DiskFull as full:
                archive.prune(max(keep - 1, 1))  # also removes the blocks that were written
                _print({"severity": "ERROR", "event": "backup_failed", "problem": str(full)})
            else:
                if taken.is_new:
                    archive.prune(keep)
                    _report(taken, time.monotonic() - began)
            pause = max(0.0, every - (time.monotonic() - began))


def _print(line: dict[str, object]) -> None:
    typer.echo(json.dumps({"time": timestamp(), **line}))


def _report(taken: generations.Taken, duration: float) -> None:
    line = {
        "event": "backup",
        "generation": taken.name,
        "size_bytes": taken.size,
        "written_bytes": taken.written,
        "duration_ms": round(duration * 1000),
    }
    _print(line)


def restore(
    backup: Annotated[
        Path, typer.Option("--from", help="A file, or a folder of generations, that `redeemd backup` wrote.")
    ],
    data: Annotated[Path, typer.Option(help="A data folder without a database.", envvar="REDEEMD_DATA")] = Path("data"),
    database: Database = "",
    generation: Annotated[
        str, typer.Option(help="For a folder: one of the names in its `generations/`; the last one if empty.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Create the database of a data folder from a backup.

    Changes after the backup was taken are lost: docs/how-to/backup.md explains what that means for codes.
    """
    with reporting_problems():
        settings = config.load(data=data, database=database)
        with _as_file(backup, generation, settings.data) as (file, name):
            rows, known, there = _restore(settings, file)
        key = f"The master key is in place: {_key_place(settings)}." if there else _key_advice(known, settings)
        text = f"Copied {sum(rows.values())} rows in {len(rows)} tables from {name} to {settings.database_path}.\n{key}"
        put(_copied(rows, str(backup), settings.database_path), text, as_json=as_json)


def _key_advice(known: Collection[str], settings: config.Settings) -> str:
    if not known:
        return "The backup was made before the database was first served: the first start makes a master key."
    return f"Before you serve, put the master key of the backup ({', '.join(known)}) in {_key_place(settings)}."


@contextlib.contextmanager
def _as_file(backup: Path, generation: str, data: Path) -> Iterator[tuple[Path, str]]:
    """Yield a backup as a database file, and its name for people."""
    if not backup.exists():
        raise SnapshotError(f"there is no backup {backup}")
    if not backup.is_dir():
        if generation:
            raise SnapshotError(f"{backup} is not a folder, so that it has no generation {generation}")
        yield backup, str(backup)
        return
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with part_of(data / "generation") as part:
        name = generations.assemble(backup, generation, part)
        yield part, f"{backup}, generation {name},"


def _restore(settings: config.Settings, backup: Path) -> tuple[dict[str, int], dict[str, bytes], bool]:
    """Return the number of rows by table, the master keys of the backup, and whether these are in place."""
    known = snapshot.master_key_checks(backup)  # also refuses a file that is no backup, before anything is created
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with place_for_database(settings.database_path):
        there = _check_keys(settings, known)
        return _copy(backup, settings.database_path), known, there


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
        text = keyring.read_text(settings.key_path)
    keyring.check(keyring.parse(text), known)
    return True


def _key_place(settings: config.Settings) -> str:
    return "REDEEMD_MASTER_KEY" if settings.master_key.get_secret_value() else str(settings.key_path)
