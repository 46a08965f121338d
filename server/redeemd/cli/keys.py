"""The commands `keys`: they call the running server or, if none uses the data folder, open the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

import typer
from redeem.auth.v1 import requests_pb2 as pb
from redeem.options.v1 import options_pb2

from redeemd import config
from redeemd.cli.client import Client, connected
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import complain
from redeemd.cli.results import Json, put
from redeemd.contract.options import spelling

if TYPE_CHECKING:
    from redeemd.cli.keys_local import Locally

app = typer.Typer(help="Manage the API keys of servers and tools.", no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="The data folder, used if no server runs on it.", envvar="REDEEMD_DATA")]
Database = Annotated[str, typer.Option(help="As for `serve`; PostgreSQL is used directly.", envvar="REDEEMD_DATABASE")]
DATA_DEFAULT = Path("data")
LIST_MAX = 1000

T = TypeVar("T")

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
    as_json: Json = False,
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

    def remotely(client: Client) -> str:
        request = pb.CreateKeyRequest(role=number, namespace_names=names, description=description)
        made = client.call(client.auth.CreateKey, request)
        return f"{made.item.key_id}.{made.secret}"

    target = _Target(connection, data, database)
    key = target.run(lambda here: here.create(number, names, description), remotely)
    put({"keyId": key.partition(".")[0], "key": key, "role": role}, key, as_json=as_json)


@app.command(name="list")
@with_options(Connection)
def list_keys(
    as_json: Json = False,
    *,
    connection: Connection,
    data: Data = DATA_DEFAULT,
    database: Database = "",
) -> None:
    """List the keys, without their secrets."""

    def locally(here: "Locally") -> Sequence[_Listed]:
        return [
            _Listed(
                each.key_id, each.role, sorted(each.namespace_names or ()), each.description, each.revoked_at or None
            )
            for each in here.list(LIST_MAX)
        ]

    def remotely(client: Client) -> Sequence[_Listed]:
        found = client.call(client.auth.ListKeys, pb.ListKeysRequest(limit=LIST_MAX)).items
        return [
            _Listed(each.key_id, each.role, list(each.namespace_names), each.description, each.revoked_at or None)
            for each in found
        ]

    for listed in _Target(connection, data, database).run(locally, remotely):
        put(listed.members, listed.text, as_json=as_json)


@app.command()
@with_options(Connection)
def revoke(
    key_id: Annotated[str, typer.Argument(help="The part of the key before the dot.")],
    as_json: Json = False,
    *,
    connection: Connection,
    data: Data = DATA_DEFAULT,
    database: Database = "",
) -> None:
    """Revoke a key."""

    def remotely(client: Client) -> None:
        client.call(client.auth.RevokeKey, pb.RevokeKeyRequest(key_id=key_id))

    _Target(connection, data, database).run(lambda here: here.revoke(key_id), remotely)
    put({"keyId": key_id, "revoked": True}, f"{key_id} is revoked", as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A key without its secret; `revoked_at` in Unix milliseconds."""

    key_id: str
    role_number: int
    namespace_names: list[str]
    description: str
    revoked_at: int | None

    @property
    def role(self) -> str:
        return spelling(options_pb2.Role.DESCRIPTOR, self.role_number)

    @property
    def members(self) -> dict[str, object]:
        return {
            "keyId": self.key_id,
            "role": self.role,
            "namespaceNames": self.namespace_names or None,
            "description": self.description,
            "revokedAt": self.revoked_at,
        }

    @property
    def text(self) -> str:
        state = "revoked" if self.revoked_at else "good"
        namespaces = ",".join(self.namespace_names) or "all namespaces"
        return f"{self.key_id}  {self.role:<7} {state:<8} {namespaces}  {self.description}".rstrip()


@dataclass(frozen=True, slots=True)
class _Target:
    """The options of all commands: the database to open, and the server to call if that is not possible."""

    connection: Connection
    data: Path
    database: str

    def run(self, locally: "Callable[[Locally], T]", remotely: Callable[[Client], T]) -> T:
        """Return what `locally` returns for the database if it can be opened, else what `remotely` does."""
        settings = config.load(data=self.data, database=self.database)
        # If there is no embedded database here, the server runs elsewhere: do not create one.
        absent = settings.embedded and not settings.database_path.exists()
        if not absent:
            from redeemd.cli.keys_local import Locally  # noqa: PLC0415 -- databases, which calls do not need
            from redeemd.store.sqlite.lock import FolderInUse  # noqa: PLC0415 -- same

            try:
                return locally(Locally(settings))
            except FolderInUse:
                pass
        try:
            with connected(self.connection) as client:
                return remotely(client)
        except typer.Exit:
            if absent:
                complain(f"redeemd: the server was called because there is no database in {settings.data}, see --data")
            raise
