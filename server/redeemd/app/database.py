"""Opens the database of the settings, and creates the keys that a first start needs."""

import contextlib
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redeem.options.v1 import options_pb2

from redeemd.app import data_folder, master_keys
from redeemd.app.master_keys import NO_KEYS_LISTENER, KeysListener, MasterKeys
from redeemd.auth import keys
from redeemd.base.clock import Clock
from redeemd.base.log import Report, Severity
from redeemd.config import Settings
from redeemd.crypto import keyring
from redeemd.crypto.keyring import KeyRing
from redeemd.store import migrate
from redeemd.store.base import NO_LISTENER, Listener, Store, Tx
from redeemd.store.faults import Faults
from redeemd.store.sqlite.lock import FolderLock
from redeemd.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from redeemd.base.telemetry import Telemetry
    from redeemd.store.postgres.opening import Connect
    from redeemd.store.postgres.times import Times


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that is ready, and its master keys."""

    store: Store
    ring: KeyRing
    master_keys: MasterKeys


OpenStore = Callable[[Settings, Listener], AbstractAsyncContextManager[Store]]  # see open_store


def listener(telemetry: "Telemetry", health: Callable[[bool], None]) -> Listener:
    """Return the listener that reports batches and faults of the store to `telemetry`, and its health to `health`."""

    def report(error: str, code: str, count: int) -> None:
        telemetry.event("store_fault", Severity.ERROR, error=error, code=code, count=count)

    faults = Faults(report)

    def fault(error: Exception) -> None:
        telemetry.store_fault(type(error).__name__)
        faults.add(error)

    return Listener(batch=telemetry.observe_batch, fault=fault, health=health, wait=telemetry.observe_wait)


@contextlib.asynccontextmanager
async def open_store(
    settings: Settings,
    listener: Listener = NO_LISTENER,
    *,
    connect: "Connect | None" = None,
    times: "Times | None" = None,
) -> AsyncIterator[Store]:
    """Open the database, whatever its schema; lock the folder of an embedded one.

    `connect` opens connections to PostgreSQL, by default asyncpg's; `times` are its timeouts. Raises FolderInUse,
    DatabaseLost, Unavailable or OSError.
    """
    with contextlib.ExitStack() as stack:
        if settings.embedded:
            stack.enter_context(_locked_folder(settings))
            store: Store = await SqliteStore.open(settings.database_path, readers=settings.readers, listener=listener)
        else:
            store = await _open_postgres(settings, listener, connect, times)
        try:
            yield store
        finally:
            await store.close()


@contextlib.contextmanager
def _locked_folder(settings: Settings) -> Iterator[None]:
    folder = settings.database_path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(folder)
    try:
        data_folder.refuse_lost(settings)
        yield
    finally:
        lock.release()


async def _open_postgres(
    settings: Settings, listener: Listener, connect: "Connect | None", times: "Times | None"
) -> Store:
    import asyncpg  # noqa: PLC0415 -- commands on an embedded database do not need it

    from redeemd.store.postgres.coalescing import CoalescingStore  # noqa: PLC0415 -- same
    from redeemd.store.postgres.store import TIMES, PostgresStore  # noqa: PLC0415 -- same

    store = await PostgresStore.open(
        settings.database.get_secret_value(),
        connections=settings.connections,
        prepared=settings.prepared_statements == "on",
        listener=listener,
        connect=connect or asyncpg.connect,
        times=times or TIMES,
    )
    store.watch()
    # In transactions of a pooler, each of which sets its limits, a statement is not a transaction by itself.
    return CoalescingStore(store, listener) if settings.prepared_statements == "on" else store


@contextlib.asynccontextmanager
async def open_ready(
    settings: Settings, clock: Clock, listener: Listener = NO_LISTENER, open_store: OpenStore = open_store
) -> AsyncIterator[Store]:
    """Open the database with the schema that this version needs. Raises the errors of open_store, or SchemaError."""
    async with open_store(settings, listener) as store:
        if settings.embedded and settings.migrate:
            await migrate.apply(store, now=clock.now_ms())
        await migrate.check(store)
        await store.require_rights(migrate.tables())
        yield store


@contextlib.asynccontextmanager
async def opened(
    settings: Settings,
    clock: Clock,
    *,
    report: Report,
    listener: Listener = NO_LISTENER,
    keys_listener: KeysListener = NO_KEYS_LISTENER,
    open_store: OpenStore = open_store,
) -> AsyncIterator[Opened]:
    """Open the database and its master keys; `report` is called with messages about created files.

    Raises FolderInUse, DatabaseLost, SchemaError, KeyRingError, Unavailable or OSError.
    """
    async with open_ready(settings, clock, listener, open_store) as store:
        ring = await _open_ring(store, settings, report=report)
        replica = MasterKeys(store, ring, shared=not settings.embedded, clock=clock, listener=keys_listener)
        await replica.agree(ring)
        if settings.embedded:
            settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            await _first_key(store, settings, clock, report=report)
        elif not await _has_keys(store):
            report(
                "the database has no API key yet: create one with `redeemd keys create admin` and the same settings",
                Severity.WARNING,
            )
        async with replica.kept_announced():
            yield Opened(store, ring, replica)


@contextlib.asynccontextmanager
async def open_for_keys(settings: Settings, clock: Clock, *, report: Report) -> AsyncIterator[Store]:
    """Open the database to manage its API keys, which needs no master key on PostgreSQL.

    Raises the errors of `opened`.
    """
    if not settings.embedded:
        async with open_ready(settings, clock) as store:
            yield store
        return
    async with opened(settings, clock, report=report) as found:  # creates the first admin key
        yield found.store


async def _open_ring(store: Store, settings: Settings, *, report: Report) -> KeyRing:
    """Read the master keys; for an empty embedded database without keys, create one."""
    ring = master_keys.read(settings)
    if ring is not None:
        _warn_if_readable(settings, report)
        return ring
    known = await store.run(master_keys.used, write=False)
    if known or settings.master_key_file:
        used = f"; the database was used with master key {', '.join(known)}" if known else ""
        raise keyring.KeyRingError(f"the master key file {settings.key_path} is missing{used}")
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = keyring.write_new(settings.key_path)
    report(f"created a master key: {settings.key_path} (without it every code is void; keep a copy elsewhere)")
    return ring


def _warn_if_readable(settings: Settings, report: Report) -> None:
    """Report a master key file that more than its owner can read."""
    path = settings.key_path
    if settings.master_key.get_secret_value() or not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        text = f"warning: others can read the master keys in {path} (mode {mode:04o}): chmod 600 {path}"
        report(text, Severity.WARNING)


async def _has_keys(store: Store) -> bool:
    async def found(tx: Tx) -> bool:
        return bool(await keys.page(tx, after="", limit=1))

    return await store.run(found, write=False)


async def _first_key(store: Store, settings: Settings, clock: Clock, *, report: Report) -> None:
    """Create an admin key if there is no API key at all.

    The file is written before the commit, because a key in the database without its file would lock everybody out. A
    key in a file but in no database comes from an interrupted first start, and is added to the database. This does not
    apply when a database is intentionally started empty: the keys in files may include revoked ones.
    """
    if await _has_keys(store):
        return
    files = data_folder.admin_key_files(settings.data)
    if files and not settings.allow_empty_database:
        path, made = files[-1], "added the admin key of"
        new = data_folder.read_admin_key(path)
    else:
        new, made = keys.draw(), "created an admin key:"
        path = data_folder.write_admin_key(settings.data, new)

    async def make(tx: Tx) -> None:
        await keys.create(
            tx, new, role=options_pb2.ROLE_ADMIN, namespace_names=(), description="first key", now=clock.now_ms()
        )

    await store.run(make, write=True)
    report(f"{made} {path}")
