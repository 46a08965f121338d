"""Changes of API keys in a database that no server uses, for the command `keys`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import typer
from redeem.options.v1 import options_pb2

from redeemd import config
from redeemd.app import database as databases
from redeemd.auth import keys
from redeemd.base.clock import SystemClock
from redeemd.cli.running import print_report, run
from redeemd.errors import ServiceError
from redeemd.event import local
from redeemd.store.base import Tx
from redeemd.store.sqlite.lock import FolderInUse

_SERVICE = "redeem.auth.v1.AuthService"


class _Change(NamedTuple):
    """A change to record: the method that does the same, and the id of the key."""

    method: str
    key_id: str


class _Done(NamedTuple):
    """The keys that a command shows, and what it changed."""

    keys: Sequence[keys.Key]
    change: _Change | None = None


_Work = Callable[[Tx, int], Awaitable[_Done]]  # given the time


class Locally:
    """Works in the database of some settings. Raises FolderInUse where a server uses it."""

    def __init__(self, settings: config.Settings) -> None:
        self._settings = settings

    def create(self, role: options_pb2.Role, namespace_names: list[str], description: str) -> str:
        """Create a key; return it with its secret."""
        new = keys.draw()

        async def work(tx: Tx, now: int) -> _Done:
            await keys.create(
                tx, new, role=role, namespace_names=namespace_names,
                description=description, now=now,
            )  # fmt: skip
            return _Done((), _Change("CreateKey", new.key_id))

        self._run(work)
        return new.text

    def list(self, limit: int) -> Sequence[keys.Key]:
        """Return the keys, at most `limit`."""

        async def work(tx: Tx, _now: int) -> _Done:
            return _Done(await keys.page(tx, after="", limit=limit))

        return self._run(work)

    def revoke(self, key_id: str) -> None:
        """Revoke a key."""

        async def work(tx: Tx, now: int) -> _Done:
            revoked = await keys.revoke(tx, key_id, now=now)
            return _Done((), _Change("RevokeKey", key_id) if revoked.now else None)

        self._run(work)

    def _run(self, work: _Work) -> Sequence[keys.Key]:
        found: list[keys.Key] = []

        async def open_and_run() -> None:
            found.extend(await _open_and_run(self._settings, work))

        run(open_and_run, but=FolderInUse)
        return found


async def _open_and_run(settings: config.Settings, work: _Work) -> Sequence[keys.Key]:
    clock = SystemClock()

    async def body(tx: Tx) -> Sequence[keys.Key]:
        now = clock.now_ms()
        done = await work(tx, now)
        if done.change is not None and settings.event_retention_seconds:
            await local.record(tx, f"{_SERVICE}/{done.change.method}", resource_name=done.change.key_id, now=now)
        return done.keys

    try:
        async with databases.open_for_keys(settings, clock, report=print_report) as store:
            return await store.run(body, write=True)
    except ServiceError as refusal:
        print_report(str(refusal))
        raise typer.Exit(1) from None
