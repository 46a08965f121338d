"""How far the imports of the console are. The database knows, so any server shows it, also after a restart."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from redeemd.base.clock import Clock
from redeemd.crypto.keyring import KeyRing
from redeemd.crypto.sealing import Box
from redeemd.status.queries import QUERIES
from redeemd.store.base import STEP_ROWS, Row, Store, Tx

KEPT_MS = 7 * 24 * 60 * 60 * 1000
SILENT_SECONDS_MAX = 60  # an import that no server has worked on for this long broke off

# Returns the id of a namespace by its name. Raises NamespaceNotFound.
NamespaceId = Callable[[str], Awaitable[int]]


class Followed(NamedTuple):
    """An import of the console. Times are Unix milliseconds.

    done    how many of its `total` codes are written
    ended   whether it has a report
    silent  whether no server works on it any more: it broke off
    notes   what was typed and, once it has ended, the report; empty in a list
    """

    import_id: str
    campaign_name: str
    started_at: int
    done: int
    total: int
    ended: bool
    silent: bool
    notes: bytes


class Run(NamedTuple):
    """One attempt at an import. Only the latest one records anything."""

    namespace_id: int
    import_id: str
    attempt: int


class FollowedImports:
    """The imports of the console, in the database. All methods raise StoreError."""

    def __init__(self, store: Store, clock: Clock, ring: KeyRing, namespace_id: NamespaceId) -> None:
        self._store = store
        self._now = clock.now_ms
        self._box = Box(ring, "console import/v1")
        self._namespace_id = namespace_id

    async def begin(
        self, namespace_name: str, campaign_name: str, import_id: str, total: int, notes: bytes
    ) -> Run | None:
        """Begin an import, also one that broke off; None if it is under way or has ended. Raises NamespaceNotFound."""
        namespace_id = await self._namespace_id(namespace_name)
        now, sealed = self._now(), self._seal(notes, namespace_id, import_id)

        async def body(tx: Tx) -> Row | None:
            return await tx.one(
                QUERIES.console_import_begin,
                namespace_id=namespace_id,
                import_id=import_id,
                campaign_name=campaign_name,
                total=total,
                sealed=sealed,
                now=now,
                silent_since=_silent_since(now),
            )

        row = await self._store.run(body, write=True)
        return None if row is None else Run(namespace_id, import_id, row["attempt"])

    async def advance(self, run: Run, done: int) -> None:
        """Record that so many codes are written, and that a server works on it."""
        await self._advance(run, done, self._now())

    async def break_off(self, run: Run, done: int) -> None:
        """Record that no server works on it any more."""
        await self._advance(run, done, 0)

    async def _advance(self, run: Run, done: int, seen_at: int) -> None:
        row = run._asdict() | {"done": done, "seen_at": seen_at}
        await self._store.run(lambda tx: tx.run(QUERIES.console_import_advance, **row), write=True)

    async def end(self, run: Run, done: int, notes: bytes) -> None:
        """Record the report."""
        sealed = self._seal(notes, run.namespace_id, run.import_id)
        row = run._asdict() | {"done": done, "seen_at": self._now(), "sealed": sealed}
        await self._store.run(lambda tx: tx.run(QUERIES.console_import_end, **row), write=True)

    async def get(self, namespace_name: str, import_id: str) -> Followed | None:
        """Return an import; None if there is none, or no more. Raises NamespaceNotFound."""
        namespace_id = await self._namespace_id(namespace_name)

        async def body(tx: Tx) -> Row | None:
            return await tx.one(QUERIES.console_import_get, namespace_id=namespace_id, import_id=import_id)

        row = await self._store.run(body, write=False)
        if row is None:
            return None
        return self._of(row, self._box.open(row["sealed"], _bound(namespace_id, import_id)))

    async def latest(self, namespace_name: str, campaign_name: str, limit: int) -> list[Followed]:
        """Return the latest imports into a campaign, the last one first. Raises NamespaceNotFound."""
        wanted = {"namespace_id": await self._namespace_id(namespace_name), "campaign_name": campaign_name}

        async def body(tx: Tx) -> list[Row]:
            return list(await tx.all(QUERIES.console_import_page, **wanted, limit=limit))

        return [self._of(row, b"") for row in await self._store.run(body, write=False)]

    def _seal(self, notes: bytes, namespace_id: int, import_id: str) -> bytes:
        return self._box.seal(notes, _bound(namespace_id, import_id))

    def _of(self, row: Row, notes: bytes) -> Followed:
        return Followed(
            row["import_id"],
            row["campaign_name"],
            row["started_at"],
            done=row["done"],
            total=row["total"],
            ended=bool(row["ended"]),
            silent=not row["ended"] and row["seen_at"] < _silent_since(self._now()),
            notes=notes,
        )


async def break_off_all(tx: Tx) -> None:
    """Have all imports of the console count as broken off: an embedded database was just opened."""
    await tx.run(QUERIES.console_import_break_off_all)


async def forget_old(tx: Tx, *, now: int) -> bool:
    """Delete some imports of the console that are older than KEPT_MS; return whether there were any."""
    return bool(await tx.run(QUERIES.console_import_purge, old=now - KEPT_MS, limit=STEP_ROWS))


def _silent_since(now: int) -> int:
    return now - SILENT_SECONDS_MAX * 1000


def _bound(namespace_id: int, import_id: str) -> bytes:
    return f"{namespace_id}/{import_id}".encode()
