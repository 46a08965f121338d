"""The commands `master-keys`: edit the master key file, and show what replicas have."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from redeemd import config
from redeemd.app import database as databases
from redeemd.app import master_keys
from redeemd.app.master_keys import Announced
from redeemd.base.clock import SystemClock
from redeemd.base.new_file import replace_secret
from redeemd.cli.results import Json, put
from redeemd.cli.running import reporting_problems, run
from redeemd.crypto import key_file, keyring
from redeemd.crypto.keyring import KeyRing, KeyRingError
from redeemd.store.base import Tx
from redeemd.store.sqlite import snapshot

app = typer.Typer(help="Rotate the master key: docs/how-to/rotate-keys.md.", no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="The data folder.", envvar="REDEEMD_DATA")]
File = Annotated[
    Path | None,
    typer.Option(
        "--master-key-file", help="By default master.key in the data folder.", envvar="REDEEMD_MASTER_KEY_FILE"
    ),
]
KeyId = Annotated[str, typer.Argument(help="The id of a master key, such as k2.")]
Database = Annotated[str, typer.Option(help="As for `serve`.", envvar="REDEEMD_DATABASE")]
DATA_DEFAULT = Path("data")
_RELOAD = "Give the file to every replica and restart them one after the other, or send them SIGHUP."


@app.command()
def add(
    key_id: Annotated[str, typer.Option(help="Its id; by default k2, k3, ...")] = "",
    data: Data = DATA_DEFAULT,
    file: File = None,
    as_json: Json = False,
) -> None:
    """Add a random master key that replicas accept but do not use for new data yet."""
    made = ""

    def change(text: str) -> str:
        nonlocal made
        changed, made = key_file.add(text, key_id)
        return changed

    _edit(data, file, change)
    text = f"{made} was added. {_RELOAD} Then `redeemd master-keys use {made}`."
    put({"masterKeyId": made, "state": "accept"}, text, as_json=as_json)


@app.command()
def use(key_id: KeyId, data: Data = DATA_DEFAULT, file: File = None, as_json: Json = False) -> None:
    """Allow replicas to use a master key for new data. They do once all of them have it."""
    _edit(data, file, lambda text: key_file.mark(text, key_id, accept_only=False))
    put({"masterKeyId": key_id, "state": "use"}, f"{key_id} is to be used for new data. {_RELOAD}", as_json=as_json)


@app.command()
def accept(key_id: KeyId, data: Data = DATA_DEFAULT, file: File = None, as_json: Json = False) -> None:
    """Roll back `use`: the key before it is used for new data, and what this one made stays valid."""
    _edit(data, file, lambda text: key_file.mark(text, key_id, accept_only=True))
    text = f"{key_id} is accepted and no longer used for new data. {_RELOAD}"
    put({"masterKeyId": key_id, "state": "accept"}, text, as_json=as_json)


@app.command()
def remove(
    key_id: KeyId, data: Data = DATA_DEFAULT, file: File = None, database: Database = "", as_json: Json = False
) -> None:
    """Roll back `add`: remove a key that was never used. Replicas do not start without a key that was.

    A key that the database has recorded as used is refused.
    """

    async def work() -> None:
        settings = _settings(data, file, database)
        if settings.embedded and not settings.database_path.exists():
            return
        ring = _ring(settings)
        used, _ = await _recorded(settings)
        if key_id in ring.key_ids and used.get(key_id) == ring.check_value(key_id):
            raise KeyRingError(
                f"master key {key_id} was used for new data, which is void without it; leave it in the file"
            )

    run(work)
    _edit(data, file, lambda text: key_file.remove(text, key_id))
    put({"masterKeyId": key_id, "state": "removed"}, f"{key_id} was removed. {_RELOAD}", as_json=as_json)


@app.command()
def status(data: Data = DATA_DEFAULT, file: File = None, database: Database = "", as_json: Json = False) -> None:
    """List the master keys of the file: whether each was used for new data, and how many live replicas have it."""

    async def work() -> None:
        settings = _settings(data, file, database)
        _print(_ring(settings), *await _recorded(settings), as_json=as_json)

    run(work)


async def _recorded(settings: config.Settings) -> tuple[dict[str, bytes], Announced]:
    """Return the check values of the keys that were used, and what live replicas have announced."""
    if settings.embedded:
        return snapshot.master_key_checks(settings.database_path), {}
    clock = SystemClock()
    async with databases.open_ready(settings, clock) as store:

        async def read(tx: Tx) -> tuple[dict[str, bytes], Announced]:
            return await master_keys.used(tx), await master_keys.announced(tx, now=clock.now_ms())

        return await store.run(read, write=False)


def _print(ring: KeyRing, used: dict[str, bytes], replicas: Announced, *, as_json: bool) -> None:
    """Print a line for each key of the file or of a database."""
    for key_id in dict.fromkeys([*ring.key_ids, *used]):
        value = ring.check_value(key_id) if key_id in ring.key_ids else None
        having = sum(each.get(key_id) == value for each in replicas.values()) if value else 0
        state = "missing" if value is None else "accept" if key_id in ring.accept_only else "use"
        was = ("used" if used[key_id] == value else "used, but with another key") if key_id in used else "unused"
        text = f"{key_id}  {state:<7}  {was}" + (f"  {having} of {len(replicas)} replicas" if replicas else "")
        result = {"masterKeyId": key_id, "state": state, "used": was, "replicaCount": having if replicas else None}
        put(result, text, as_json=as_json)


def _settings(data: Path, file: Path | None, database: str = "") -> config.Settings:
    return config.load(data=data, database=database, master_key_file=file)


def _ring(settings: config.Settings) -> KeyRing:
    ring = master_keys.read(settings)
    if ring is None:
        raise KeyRingError(f"the master key file {settings.key_path} is missing")
    return ring


def _edit(data: Path, file: Path | None, change: Callable[[str], str]) -> None:
    """Replace the file by what `change` makes of its text."""
    with reporting_problems():
        path = _settings(data, file).key_path
        replace_secret(path, change(keyring.read_text(path)))
