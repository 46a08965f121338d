"""The servers on a database: each records now and then that it runs, and all of them show who does."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum
from typing import NamedTuple

from redeemd.base.clock import Clock
from redeemd.status.queries import QUERIES
from redeemd.store import migrate
from redeemd.store.base import Row, Store, StoreError, Tx

REPORT_MS = 10_000  # between two reports
GONE_MS = 60_000  # a server that was not seen for this long is gone
KEPT_MS = 60 * 60 * 1000  # for which those that ended without a word are shown
SHOWN_MAX = 100
STOP_SECONDS = 2.0  # that a server that stops waits for the database


class State(IntEnum):
    """What a server does. The numbers are stored."""

    SERVING = 1
    DRAINING = 2
    UNHEALTHY = 3


class About(NamedTuple):
    """How a server describes itself. What a later version adds has a default, because earlier ones do not tell it.

    addresses  what it listens on, by protocol: grpc, http, admin
    schema     the newest migration that it knows
    store_ms   how long its last report took the database; None before the first one
    waiting    the transactions that waited for a connection
    handlers   the handlers to which it delivers
    webhooks   those that it may send to
    sending    those of them whose lease it held
    """

    host: str
    process: int
    version: str
    addresses: Mapping[str, str]
    schema: int
    store_ms: int | None
    waiting: int
    handlers: list[str]
    webhooks: list[str]
    sending: list[str]


class Replica(NamedTuple):
    """A server. Times are Unix milliseconds; `gone`: it has not been seen for GONE_MS."""

    replica_id: str
    state: State
    started_at: int
    seen_at: int
    gone: bool
    about: About


class Database(NamedTuple):
    """The database as this server finds it: its schema, and how long it took to respond."""

    embedded: bool
    schema: int
    response_ms: int
    waiting: int


class Replicas:
    """The servers of a database, and what this one says of itself."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        about: Callable[[int | None], About],
        *,
        shared: bool,
        defect: Callable[[Exception], None],
    ) -> None:
        """`about` describes this server, given its `store_ms`; `shared`: other servers may use the database.

        `defect` is called with an unexpected error while the server stops.
        """
        self.replica_id = secrets.token_hex(8)
        self.state = State.UNHEALTHY
        self._store = store
        self._clock = clock
        self._about = about
        self._shared = shared
        self._defect = defect
        self._started_at = clock.now_ms()
        self._reported_at: int | None = None  # monotonic
        self._store_ms: int | None = None

    async def step(self) -> bool:
        """Report now and then; a chore. A database of its own has no other server that could read it."""
        now = self._clock.monotonic_ms()
        if self._shared and (self._reported_at is None or now - self._reported_at >= REPORT_MS):
            self._reported_at = now
            await self.report()
        return False

    async def report(self) -> None:
        """Record the state of this server. Raises StoreError."""
        began = self._clock.monotonic_ms()
        row = {
            "replica_id": self.replica_id,
            "state": self.state,
            "started_at": self._started_at,
            "about": json.dumps(self._about(self._store_ms)._asdict()),
            "now": self._clock.now_ms(),
        }

        async def body(tx: Tx) -> None:
            await tx.run(QUERIES.replica_forget, now=row["now"], kept=KEPT_MS)
            await tx.run(QUERIES.replica_report, **row)

        await self._store.run(body, write=True)
        self._store_ms = self._clock.monotonic_ms() - began

    async def drain(self) -> None:
        """Record that this server stops, if the database responds soon."""
        self.state = State.DRAINING
        await self._record(self.report)

    async def withdraw(self) -> None:
        """Record that this server has stopped, if the database responds soon."""
        await self._record(self._remove)

    async def _remove(self) -> None:
        await self._store.run(lambda tx: tx.run(QUERIES.replica_withdraw, replica_id=self.replica_id), write=True)

    async def _record(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write to a database that other servers use. A server that stops goes on, whatever happens."""
        if not self._shared:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await write()
        except (StoreError, TimeoutError):
            pass  # others find out when it is not seen any more
        except Exception as defect:  # noqa: BLE001 -- see above
            self._defect(defect)

    async def look(self) -> tuple[list[Replica], Database]:
        """Return the servers, those that started first before others, and the database. Raises StoreError."""
        began, now = self._clock.monotonic_ms(), self._clock.now_ms()

        async def body(tx: Tx) -> tuple[list[Replica], int]:
            applied = await tx.all(migrate.APPLIED)
            rows = await tx.all(QUERIES.replica_all, now=now, limit=SHOWN_MAX)
            return [_replica(row) for row in rows], applied[-1]["version"]

        found, schema = await self._store.run(body, write=False)
        took = self._clock.monotonic_ms() - began
        servers = found if self._shared else [self._own(now)]
        return servers, Database(not self._shared, schema, took, self._store.waiting)

    def _own(self, now: int) -> Replica:
        return Replica(self.replica_id, self.state, self._started_at, now, gone=False, about=self._about(None))


def _replica(row: Row) -> Replica:
    """Return a server. A later version may describe itself by more than is known here."""
    told = json.loads(row["about"])
    about = About(**{name: value for name, value in told.items() if name in About._fields})
    gone = row["age"] > GONE_MS
    return Replica(row["replica_id"], State(row["state"]), row["started_at"], row["seen_at"], gone=gone, about=about)
