"""Opens the database of the settings, and creates the keys that a first start needs."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from redeem.options.v1 import options_pb2

from redeemd.app import data_folder
from redeemd.auth import keys
from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.config import Settings
from redeemd.crypto import keyring
from redeemd.crypto.keyring import KeyRing
from redeemd.store import locks, migrate
from redeemd.store.base import Store, Tx
from redeemd.store.faults import Faults
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sqlite.lock import FolderLock
from redeemd.store.sqlite.store import SqliteStore

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that is ready, and its master keys."""

    store: SqliteStore | PostgresStore
    ring: KeyRing


@contextlib.asynccontextmanager
async def open_store(settings: Settings, telemetry: Telemetry) -> AsyncIterator[SqliteStore | PostgresStore]:
    """Open the database, whatever its schema; lock the folder of an embedded one.

    Raises FolderInUse, DatabaseLost, Unavailable or OSError.
    """
    opened = _open_embedded if settings.embedded else _open_postgres
    async with opened(settings, telemetry) as store:
        yield store


@contextlib.asynccontextmanager
async def _open_embedded(settings: Settings, telemetry: Telemetry) -> AsyncIterator[SqliteStore]:
    path = settings.database_path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(path.parent)
    try:
        data_folder.refuse_lost(settings)
        store = await SqliteStore.open(
            path, readers=settings.readers, observe=telemetry.observe_batch, on_fault=_faults(telemetry).add
        )
        try:
            yield store
        finally:
            await store.close()
    finally:
        lock.release()


@contextlib.asynccontextmanager
async def _open_postgres(settings: Settings, telemetry: Telemetry) -> AsyncIterator[PostgresStore]:
    store = await PostgresStore.open(
        settings.database.get_secret_value(),
        connections=settings.connections,
        prepared=settings.prepared_statements == "on",
        observe=telemetry.observe_batch,
        on_fault=_faults(telemetry).add,
    )
    try:
        yield store
    finally:
        await store.close()


def _faults(telemetry: Telemetry) -> Faults:
    def report(error: str, code: str, count: int) -> None:
        telemetry.event("store_fault", error=error, code=code, count=count)

    return Faults(report)


@contextlib.asynccontextmanager
async def open_ready(
    settings: Settings, telemetry: Telemetry, clock: Clock
) -> AsyncIterator[SqliteStore | PostgresStore]:
    """Open the database with the schema that this version needs. Raises the errors of open_store, or SchemaError."""
    async with open_store(settings, telemetry) as store:
        if settings.embedded and settings.migrate:
            await migrate.apply(store, now=clock.now_ms())
        await migrate.check(store)
        if isinstance(store, PostgresStore):
            await store.require_rights(migrate.tables())
        yield store


@contextlib.asynccontextmanager
async def opened(settings: Settings, telemetry: Telemetry, clock: Clock, *, report: Report) -> AsyncIterator[Opened]:
    """Open the database and its master keys; `report` is called with messages about created files.

    Raises FolderInUse, DatabaseLost, SchemaError, KeyRingError, Unavailable or OSError.
    """
    async with open_ready(settings, telemetry, clock) as store:
        ring = await _open_ring(store, settings, clock, report=report)
        if settings.embedded:
            settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            await _first_key(store, settings, clock, report=report)
        elif not await _has_keys(store):
            report("the database has no API key yet: create one with `redeemd keys create admin` and the same settings")
        yield Opened(store, ring)


@contextlib.asynccontextmanager
async def open_for_keys(
    settings: Settings, telemetry: Telemetry, clock: Clock, *, report: Report
) -> AsyncIterator[SqliteStore | PostgresStore]:
    """Open the database to manage its API keys, which needs no master key on PostgreSQL.

    Raises the errors of `opened`.
    """
    if not settings.embedded:
        async with open_ready(settings, telemetry, clock) as store:
            yield store
        return
    async with opened(settings, telemetry, clock, report=report) as found:  # creates the first admin key
        yield found.store


async def _open_ring(store: Store, settings: Settings, clock: Clock, *, report: Report) -> KeyRing:
    """Read the master keys and compare them with the check values in the database.

    For an empty embedded database, a master key is created. For PostgreSQL, master keys must be given.
    """

    async def read(tx: Tx) -> dict[str, bytes]:
        return {row["key_id"]: row["check_value"] for row in await tx.all(keys.QUERIES.master_key_checks)}

    known = await store.run(read, write=False)
    text = settings.master_key.get_secret_value()
    if text:
        ring = keyring.parse(text)
    elif not settings.embedded and settings.master_key_file is None:
        raise keyring.KeyRingError("PostgreSQL requires --master-key or --master-key-file, the same for all replicas")
    elif settings.key_path.exists():
        ring = keyring.parse(settings.key_path.read_text(encoding="utf-8"))
    elif known or settings.master_key_file:
        used = f"; the database was used with master key {', '.join(known)}" if known else ""
        raise keyring.KeyRingError(f"the master key file {settings.key_path} is missing{used}")
    else:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        ring = keyring.write_new(settings.key_path)
        report(f"created a master key: {settings.key_path} (without it every code is void; keep a copy elsewhere)")

    async def note(tx: Tx) -> None:
        await tx.lock(locks.MASTER_KEYS)
        for key_id in keyring.check(ring, known):
            value = ring.check_value(key_id)
            await tx.run(keys.QUERIES.master_key_check_insert, key_id=key_id, check_value=value, now=clock.now_ms())
        keyring.check(ring, await read(tx))  # another replica may have been faster, with different keys

    if keyring.check(ring, known):
        await store.run(note, write=True)
    return ring


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
