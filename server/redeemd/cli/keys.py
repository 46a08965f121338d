"""The command `keys`: calls the running server or, if none uses the data folder, opens the database."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple, cast

import typer
from redeem.auth.v1 import requests_pb2 as pb
from redeem.auth.v1 import resources_pb2
from redeem.options.v1 import options_pb2

from redeemd import config
from redeemd.app import database as databases
from redeemd.auth import keys
from redeemd.base.clock import SystemClock
from redeemd.cli.client import Client, connected
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import complain
from redeemd.cli.running import run
from redeemd.contract.options import spelling
from redeemd.errors import ServiceError
from redeemd.event import local
from redeemd.store.base import Tx
from redeemd.store.sqlite.lock import FolderInUse

app = typer.Typer(help="Manage the API keys of servers and tools.", no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="The data folder, used if no server runs on it.", envvar="REDEEMD_DATA")]
Database = Annotated[str, typer.Option(help="As for `serve`; PostgreSQL is used directly.", envvar="REDEEMD_DATABASE")]
DATA_DEFAULT = Path("data")
LIST_MAX = 1000

_SERVICE = "redeem.auth.v1.AuthService"


class _Change(NamedTuple):
    """A change to record: the method that does the same, and the id of the key."""

    method: str
    key_id: str


class _Done(NamedTuple):
    """What a command prints, and what it changed."""

    text: str
    change: _Change | None = None


_Work = Callable[[Tx, int], Awaitable[_Done]]  # given the time

_ROLES = {
    spelling(options_pb2.Role.DESCRIPTOR, number): cast("options_pb2.Role", number)
    for number in options_pb2.Role.values()
}


@app.command()
@with_options(Connection)
def create(
    role: Annotated[str, typer.Argument(help="admin, issuer, server, read or client.")],
    namespace: Annotated[list[str] | None, typer.Option(help="Limit to this namespace; may be repeated.")] = None,
    description: Annotated[str, typer.Option(help="A description for people.")] = "",
    *,
    connection: Connection,
    data: Data = DATA_DEFAULT,
    database: Database = "",
) -> None:
    """Create a key and print it. Its secret cannot be shown again."""
    number = _ROLES.get(role) if role else None
    if not number:
        complain(f"redeemd: role must be one of {', '.join(filter(None, _ROLES))}")
        raise typer.Exit(2)
    names = namespace or []
    new = keys.draw()

    async def locally(tx: Tx, now: int) -> _Done:
        await keys.create(
            tx, new, role=number, namespace_names=names,
            description=description, now=now,
        )  # fmt: skip
        return _Done(new.text, _Change("CreateKey", new.key_id))

    def remotely(client: Client) -> str:
        request = pb.CreateKeyRequest(role=number, namespace_names=names, description=description)
        made = client.call(client.auth.CreateKey, request)
        return f"{made.item.key_id}.{made.secret}"

    _Target(connection, data, database).run(locally, remotely)


@app.command(name="list")
@with_options(Connection)
def list_keys(
    *,
    connection: Connection,
    data: Data = DATA_DEFAULT,
    database: Database = "",
) -> None:
    """List the keys, without their secrets."""

    async def locally(tx: Tx, _now: int) -> _Done:
        found = await keys.page(tx, after="", limit=LIST_MAX)
        lines = (_line(item, sorted(item.namespace_names or ()), item.revoked_at) for item in found)
        return _Done("\n".join(lines))

    def remotely(client: Client) -> str:
        found = client.call(client.auth.ListKeys, pb.ListKeysRequest(limit=LIST_MAX)).items
        return "\n".join(_line(item, list(item.namespace_names), item.revoked_at or None) for item in found)

    _Target(connection, data, database).run(locally, remotely)


@app.command()
@with_options(Connection)
def revoke(
    key_id: Annotated[str, typer.Argument(help="The part of the key before the dot.")],
    *,
    connection: Connection,
    data: Data = DATA_DEFAULT,
    database: Database = "",
) -> None:
    """Revoke a key."""

    async def locally(tx: Tx, now: int) -> _Done:
        revoked = await keys.revoke(tx, key_id, now=now)
        return _Done(f"{key_id} is revoked", _Change("RevokeKey", key_id) if revoked.now else None)

    def remotely(client: Client) -> str:
        client.call(client.auth.RevokeKey, pb.RevokeKeyRequest(key_id=key_id))
        return f"{key_id} is revoked"

    _Target(connection, data, database).run(locally, remotely)


@dataclass(frozen=True, slots=True)
class _Target:
    """The options of all commands: the database to open, and the server to call if that is not possible."""

    connection: Connection
    data: Path
    database: str

    def run(self, locally: _Work, remotely: Callable[[Client], str]) -> None:
        """Run `locally` in the database if it can be opened, else `remotely` by the server; print the result."""
        settings = config.load(data=self.data, database=self.database)
        # If there is no embedded database here, the server runs elsewhere: do not create one.
        absent = settings.embedded and not settings.database_path.exists()
        if not absent:
            with contextlib.suppress(FolderInUse):
                run(lambda: _open_and_run(settings, locally), but=FolderInUse)
                return
        try:
            with connected(self.connection) as client:
                typer.echo(remotely(client))
        except typer.Exit:
            if absent:
                complain(f"redeemd: the server was called because there is no database in {settings.data}, see --data")
            raise


async def _open_and_run(settings: config.Settings, work: _Work) -> None:
    clock = SystemClock()

    async def body(tx: Tx) -> str:
        now = clock.now_ms()
        done = await work(tx, now)
        if done.change is not None and settings.event_retention_seconds:
            await local.record(tx, f"{_SERVICE}/{done.change.method}", resource_name=done.change.key_id, now=now)
        return done.text

    try:
        async with databases.open_for_keys(settings, clock, report=typer.echo) as store:
            typer.echo(await store.run(body, write=True))
    except ServiceError as refusal:
        complain(f"redeemd: {refusal}")
        raise typer.Exit(1) from None


def _line(item: keys.Key | resources_pb2.Key, namespaces: list[str], revoked_at: int | None) -> str:
    role = spelling(options_pb2.Role.DESCRIPTOR, item.role)
    state = "revoked" if revoked_at else "good"
    return (
        f"{item.key_id}  {role:<7} {state:<8} {','.join(namespaces) or 'all namespaces'}  {item.description}".rstrip()
    )
