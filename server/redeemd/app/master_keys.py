"""The master keys of a replica: read from the settings, and agreed upon with the other replicas.

A code, token or URL that one replica makes must be accepted by all others. Therefore every replica announces its keys
in the database, and uses a key for new data only if all live replicas have announced it. A key that was ever used for
new data is recorded; a replica without it does not start. All of this happens under one lock, so that a replica either
announces before a key is first used, and is considered, or starts afterwards, and is refused.

A replica renews its announcement, which expires by the clock of the database when the replica is gone. A replica that
could not renew in time reports itself as not healthy until it has: others may use a key now that it lacks. An embedded
database has one process, which has nobody to agree with.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redeemd.auth.queries import QUERIES
from redeemd.base.clock import Clock
from redeemd.base.log import Severity
from redeemd.config import Settings
from redeemd.crypto import keyring
from redeemd.crypto.keyring import KeyRing, KeyRingError
from redeemd.store import locks
from redeemd.store.base import CommitUnknown, Store, StoreError, Tx

if TYPE_CHECKING:
    from redeemd.base.telemetry import Telemetry

RENEW_SECONDS = 5.0
LIFETIME_SECONDS = 30.0  # of an announcement; replicas that were killed delay the use of a new key by as much


@dataclass(frozen=True, slots=True)
class KeysListener:
    """Functions that MasterKeys calls: `event` with facts for the log, `health` with whether it has all keys in use."""

    event: Callable[[Mapping[str, str]], None]
    health: Callable[[bool], None]


NO_KEYS_LISTENER = KeysListener(event=lambda _: None, health=lambda _: None)


def listener(telemetry: "Telemetry", health: Callable[[bool], None]) -> KeysListener:
    """Return the listener that reports facts to the log of `telemetry`, and the health to `health`."""

    def event(facts: Mapping[str, str]) -> None:
        telemetry.event("master_keys", Severity.ERROR if "problem" in facts else Severity.NOTICE, **facts)

    return KeysListener(event=event, health=health)


Announced = dict[str, dict[str, bytes]]  # check values by replica and key id


async def used(tx: Tx) -> dict[str, bytes]:
    """Return the check values, by key id, of the keys with which the database was used."""
    return {row["key_id"]: row["check_value"] for row in await tx.all(QUERIES.master_key_checks)}


async def announced(tx: Tx, *, now: int) -> Announced:
    """Return the check values that live replicas have announced. `now` is the time for an embedded database."""
    found: Announced = {}
    for row in await tx.all(QUERIES.master_key_announcements, now=now):
        found.setdefault(row["replica_id"], {})[row["key_id"]] = row["check_value"]
    return found


def read(settings: Settings) -> KeyRing | None:
    """Read the master keys of the settings; return None if there is no file. Raises KeyRingError or OSError."""
    text = settings.master_key.get_secret_value()
    if text:
        return keyring.parse(text)
    if not settings.embedded and settings.master_key_file is None:
        raise KeyRingError("PostgreSQL requires --master-key or --master-key-file, the same for all replicas")
    if settings.key_path.exists():
        return keyring.read(settings.key_path)
    return None


def choose(ring: KeyRing, known: Mapping[str, bytes], others: Announced) -> str:
    """Return the id of the key for new data: the newest unmarked one that was used before or that all others have.

    `known` are the keys that were used, `others` the announcements of the other live replicas.
    """
    candidates = [key_id for key_id in reversed(ring.key_ids) if key_id not in ring.accept_only]
    return next(
        (key_id for key_id in candidates if key_id in known or all(key_id in each for each in others.values())),
        ring.oldest,
    )


class MasterKeys:
    """The master keys of this process."""

    def __init__(
        self, store: Store, ring: KeyRing, *, shared: bool, clock: Clock, listener: KeysListener = NO_KEYS_LISTENER
    ) -> None:
        """`shared` is whether other replicas may use the database."""
        self.ring = ring
        self._store = store
        self._shared = shared
        self._clock = clock
        self._listener = listener
        self._replica_id = secrets.token_hex(8)
        self._renewed_at = 0  # monotonic
        self._healthy = True

    async def agree(self, ring: KeyRing) -> None:
        """Announce the keys of `ring` and use them from now on.

        Raises KeyRingError or StoreError; then nothing changes, except that new keys are accepted after CommitUnknown.
        """
        if ring.oldest != self.ring.oldest:
            raise KeyRingError(f"the first master key must stay {self.ring.oldest}")
        began = self._clock.monotonic_ms()
        with self._accepting(ring):
            current = await self._store.run(lambda tx: self._agree(tx, ring), write=True, queue=[locks.MASTER_KEYS])
        self._renewed_at = began
        if current != self.ring.current or ring.wanted != self.ring.wanted:
            self._listener.event({"current": current, "wanted": ring.wanted})
        self.ring.adopt(ring, current)

    @contextlib.contextmanager
    def _accepting(self, ring: KeyRing) -> Iterator[None]:
        """Accept the keys of `ring`, too, before they are announced: as soon as they are, others may use them."""
        before, current = self.ring.joined(self.ring), self.ring.current
        self.ring.adopt(self.ring.joined(ring), current)
        try:
            yield
        except CommitUnknown:
            raise  # they may have been announced
        except BaseException:
            self.ring.adopt(before, current)
            raise

    async def _agree(self, tx: Tx, ring: KeyRing) -> str:
        await tx.lock(locks.MASTER_KEYS)
        known = await used(tx)
        keyring.check(ring, known)
        others = await self._announce(tx, ring) if self._shared else {}
        _require_same(ring, others)
        current = choose(ring, known, others)
        for key_id in dict.fromkeys((ring.oldest, current)):
            if key_id not in known:
                value = ring.check_value(key_id)
                await tx.run(
                    QUERIES.master_key_check_insert, key_id=key_id, check_value=value, now=self._clock.now_ms()
                )
        return current

    async def _announce(self, tx: Tx, ring: KeyRing) -> Announced:
        """Announce the keys of `ring`; return the announcements of others."""
        now = self._clock.now_ms()
        await tx.run(QUERIES.master_key_announcements_end, replica_id=self._replica_id, now=now)
        row = {"replica_id": self._replica_id, "now": now, "lifetime": int(LIFETIME_SECONDS * 1000)}
        keys = [row | {"key_id": key_id, "check_value": ring.check_value(key_id)} for key_id in ring.key_ids]
        await tx.many(QUERIES.master_key_announce, keys)
        found = await announced(tx, now=now)
        found.pop(self._replica_id, None)
        return found

    @contextlib.asynccontextmanager
    async def kept_announced(self) -> AsyncIterator[None]:
        """Renew the announcement during the block, and withdraw it at the end."""
        if not self._shared:
            yield
            return
        renewing = asyncio.create_task(self._keep_renewing())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})
            await self._withdraw()

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            await self._renew()

    async def _renew(self) -> None:
        if self._clock.monotonic_ms() - self._renewed_at > LIFETIME_SECONDS * 1000:
            self._set_healthy(False)
        try:
            await self.agree(self.ring)
        except KeyRingError as problem:
            self._set_healthy(False, str(problem))
        except StoreError:
            return  # the store is unavailable, and reports that itself
        else:
            self._set_healthy(True)

    def _set_healthy(self, healthy: bool, problem: str = "the announcement of the keys has expired") -> None:
        if healthy != self._healthy:
            self._healthy = healthy
            if not healthy:
                self._listener.event({"problem": problem})
            self._listener.health(healthy)

    async def _withdraw(self) -> None:
        now = self._clock.now_ms()
        with contextlib.suppress(StoreError):
            await self._store.run(
                lambda tx: tx.run(QUERIES.master_key_announcements_end, replica_id=self._replica_id, now=now),
                write=True,
            )


def _require_same(ring: KeyRing, others: Announced) -> None:
    """Raise KeyRingError if another replica has another key of the same id."""
    for theirs in others.values():
        for key_id in theirs.keys() & set(ring.key_ids):
            if not secrets.compare_digest(ring.check_value(key_id), theirs[key_id]):
                raise KeyRingError(f"master key {key_id} is not the one that another replica has")
