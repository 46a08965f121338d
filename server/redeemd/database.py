"""Opens the database that the settings name, and makes what a first start needs."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from redeem.options.v1 import options_pb2

from redeemd import data_folder, keyring, locks
from redeemd.auth import keys
from redeemd.clock import Clock
from redeemd.config import Settings
from redeemd.keyring import KeyRing
from redeemd.store import migrate
from redeemd.store.base import Store, Tx
from redeemd.store.faults import Faults
from redeemd.store.lock import FolderLock
from redeemd.store.postgres import PostgresStore
from redeemd.store.sqlite import SqliteStore
from redeemd.telemetry import Telemetry

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that is ready, and the master keys that fit it."""

    store: SqliteStore | PostgresStore
    ring: KeyRing


@contextlib.asynccontextmanager
async def open_store(settings: Settings, telemetry: Telemetry) -> AsyncIterator[SqliteStore | PostgresStore]:
    """Open the database, whatever its schema; of an embedded one, own the folder.

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
    """Open the database with the schema that this version needs. Raises as open_store does, or SchemaError."""
    async with open_store(settings, telemetry) as store:
        if settings.embedded and settings.migrate:
            await migrate.apply(store, now=clock.now_ms())
        await migrate.check(store)
        if isinstance(store, PostgresStore):
            await store.require_rights(migrate.tables())
        yield store


@contextlib.asynccontextmanager
async def opened(settings: Settings, telemetry: Telemetry, clock: Clock, *, tell: Tell) -> AsyncIterator[Opened]:
    """Open the database and the master keys that fit it; `tell` hears of files that were made.

    Raises FolderInUse, DatabaseLost, SchemaError, KeyRingError, Unavailable or OSError.
    """
    async with open_ready(settings, telemetry, clock) as store:
        ring = await _open_ring(store, settings, clock, tell=tell)
        if settings.embedded:
            settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            await _first_key(store, settings, clock, tell=tell)
        elif not await _has_keys(store):
            tell("the database has no key yet: make one with `redeemd keys create admin`, with the same settings")
        yield Opened(store, ring)


@contextlib.asynccontextmanager
async def open_for_keys(
    settings: Settings, telemetry: Telemetry, clock: Clock, *, tell: Tell
) -> AsyncIterator[SqliteStore | PostgresStore]:
    """Open the database to look after its API keys, for which PostgreSQL needs no master key. Raises as `opened`."""
    if not settings.embedded:
        async with open_ready(settings, telemetry, clock) as store:
            yield store
        return
    async with opened(settings, telemetry, clock, tell=tell) as found:  # the first key is an admin's
        yield found.store


async def _open_ring(store: Store, settings: Settings, clock: Clock, *, tell: Tell) -> KeyRing:
    """Read the master keys and compare them with what the database knows of them.

    One is made for an embedded database that is empty. Replicas have to be given theirs.
    """

    async def read(tx: Tx) -> dict[str, bytes]:
        return {row["key_id"]: row["check_value"] for row in await tx.all(keys.QUERIES.master_key_checks)}

    known = await store.run(read, write=False)
    text = settings.master_key.get_secret_value()
    if text:
        ring = keyring.parse(text)
    elif not settings.embedded and settings.master_key_file is None:
        raise keyring.KeyRingError("PostgreSQL needs --master-key or --master-key-file, the same for all replicas")
    elif settings.key_path.exists():
        ring = keyring.parse(settings.key_path.read_text(encoding="utf-8"))
    elif known or settings.master_key_file:
        used = f"; the database was used with master key {', '.join(known)}" if known else ""
        raise keyring.KeyRingError(f"the master key file {settings.key_path} is missing{used}")
    else:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        ring = keyring.write_new(settings.key_path)
        tell(f"made a master key: {settings.key_path} (without it every code is void; keep a copy elsewhere)")

    async def note(tx: Tx) -> None:
        await tx.lock(locks.MASTER_KEYS)
        for key_id in keyring.check(ring, known):
            value = ring.check_value(key_id)
            await tx.run(keys.QUERIES.master_key_check_insert, key_id=key_id, check_value=value, now=clock.now_ms())
        keyring.check(ring, await read(tx))  # another replica may have been faster, with other keys

    if keyring.check(ring, known):
        await store.run(note, write=True)
    return ring


async def _has_keys(store: Store) -> bool:
    async def found(tx: Tx) -> bool:
        return bool(await keys.page(tx, after="", limit=1))

    return await store.run(found, write=False)


async def _first_key(store: Store, settings: Settings, clock: Clock, *, tell: Tell) -> None:
    """Make an admin key when there is no key at all.

    The file is written before the commit: a key that is in the database and not in the file would lock everybody out.
    A key that is in a file and in no database is that of a first start which was interrupted, and is put in force. Not
    so the keys of a database that is intentionally begun anew: among them may be one that was revoked.
    """
    if await _has_keys(store):
        return
    files = data_folder.admin_key_files(settings.data)
    if files and not settings.allow_empty_database:
        path, made = files[-1], "put the admin key in force that is in"
        new = data_folder.read_admin_key(path)
    else:
        new, made = keys.draw(), "made an admin key:"
        path = data_folder.write_admin_key(settings.data, new)

    async def make(tx: Tx) -> None:
        await keys.create(
            tx, new, role=options_pb2.ROLE_ADMIN, namespace_names=(), description="first key", now=clock.now_ms()
        )

    await store.run(make, write=True)
    tell(f"{made} {path}")
