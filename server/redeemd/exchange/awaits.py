"""Rates in force, and operations on awaits. They run in a transaction and know no RPCs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from redeem.common.v1.common_pb2 import Config as ConfigMessage
from redeem.exchange.v1 import resources_pb2 as pb

from redeemd.crypto.sealing import Box
from redeemd.errors import Conflict, ServiceError, StaleNamespace, ValidationFailed, Violation
from redeemd.exchange.errors import AwaitNotFound
from redeemd.exchange.queries import QUERIES
from redeemd.exchange.settings import Settings, settings_of
from redeemd.exchange.skipping import SkipType, skipped
from redeemd.store import locks
from redeemd.store.base import Row, Tx

TIME_MAX = 32_503_680_000_000  # the documented maximum, the year 3000, in Unix milliseconds

SECONDS_OF_A_MINUTE = 60
# For all values of an await together, which are stored as long as the await: the maximum of a single value.
CONFIG_CHARACTERS_MAX = 51_200

# Total size of the configs that are read for a page: more than fits in a reply, so that a listing notices that more
# awaits follow.
_PAGE_BYTES_MAX = 4 * 1024 * 1024

Config = Mapping[str, str]


class InForce(NamedTuple):
    """A rate's serialised model, and its serialised namespace."""

    namespace: bytes
    model: bytes

    @property
    def settings(self) -> Settings:
        """The settings of the namespace."""
        return settings_of(self.namespace)


@dataclass(frozen=True, slots=True)
class AwaitName:
    """Identifies one await of one player."""

    namespace_id: int
    user_id: str
    name: str

    def key(self) -> dict[str, int | str]:
        """Return the name as parameters of a query."""
        return {"namespace_id": self.namespace_id, "user_id": self.user_id, "name": self.name}

    def binding(self) -> bytes:
        """Return the context that a sealed config is bound to."""
        return f"{self.namespace_id}/{self.user_id}/{self.name}".encode()


@dataclass(frozen=True, slots=True)
class AwaitPosition:
    """A position among a player's awaits, which are ordered by creation and name."""

    created_at: int = -1
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "AwaitPosition":
        """Parse the result of `str`; names contain no slash. Raises ValueError."""
        created_at, name = text.split("/") if text else ("-1", "")
        return cls(int(created_at), name)

    def __str__(self) -> str:
        return f"{self.created_at}/{self.name}"


@dataclass(frozen=True, slots=True)
class Await:
    """A reward that is paid for and can be acquired later. Times are Unix milliseconds on the player's clock.

    `promised` is the reward that was promised when the price was paid (see `promise`); None if it is that of the
    current master data.
    """

    name: str
    user_id: str
    rate_name: str
    count: int
    skip_seconds: int
    lock_seconds: int
    config: Config
    exchanged_at: int
    created_at: int
    revision: int
    promised: bytes | None

    @property
    def acquirable_at(self) -> int:
        """The earliest time at which it can be acquired."""
        return self.exchanged_at + (self.lock_seconds - self.skip_seconds) * 1000

    @property
    def position(self) -> AwaitPosition:
        """Its position among the player's awaits."""
        return AwaitPosition(self.created_at, self.name)


def promise(model: pb.RateModel) -> bytes | None:
    """Return what an await of a rate keeps of it, so that later master data changes nothing: its acquire actions."""
    if model.await_reward == pb.AWAIT_REWARD_CURRENT:
        return None
    return pb.RateModel(acquire_actions=model.acquire_actions).SerializeToString()


async def in_force(
    tx: Tx, namespace_id: int, kind: str, name: str, not_found: type[ServiceError], *, promised: bytes | None = None
) -> InForce:
    """Read a rate of the current master data, or take the `promised` one. Raises `not_found` or StaleNamespace."""
    row = await tx.one(QUERIES.rate_get, namespace_id=namespace_id, kind=kind, name=name)
    if row is None:
        raise StaleNamespace
    model = row["model"] if promised is None else promised
    if model is None:
        raise not_found
    tx.pin(locks.namespace(namespace_id), row["version"])
    return InForce(row["namespace"], model)


class Awaits:
    """The awaits of all namespaces."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def create(
        self,
        tx: Tx,
        name: AwaitName,
        *,
        rate_name: str,
        count: int,
        lock_seconds: int,
        config: Config,
        promised: bytes | None,
        now: int,
    ) -> Await:
        """Create an await; the lock time is cut so that it ends by TIME_MAX."""
        lock_seconds = min(lock_seconds, (TIME_MAX - now) // 1000)
        await tx.run(
            QUERIES.await_insert,
            **name.key(),
            rate_name=rate_name,
            count=count,
            lock_seconds=lock_seconds,
            config=self._seal(config, name),
            promised=promised,
            now=now,
        )
        return Await(name.name, name.user_id, rate_name, count, 0, lock_seconds, config, now, now, 1, promised)

    async def get(self, tx: Tx, name: AwaitName) -> Await:
        """Read an await. Raises AwaitNotFound or StaleNamespace."""
        row = await tx.one(QUERIES.await_get, **name.key())
        if row is None:
            raise StaleNamespace
        if row["name"] is None:
            raise AwaitNotFound
        return self.of(row, name.namespace_id)

    async def page(
        self, tx: Tx, namespace_id: int, user_id: str, rate_name: str | None, *, after: AwaitPosition, limit: int
    ) -> list[Await]:
        """List a player's awaits, of one rate if `rate_name` is given, oldest first (semantics 12.46).

        Returns fewer than `limit` if their configs are large, but at least one if there is any.
        """
        rows = await tx.all(
            QUERIES.await_page if rate_name is None else QUERIES.await_page_of_rate,
            namespace_id=namespace_id,
            user_id=user_id,
            rate_name=rate_name,
            after=after.created_at,
            after_name=after.name,
            limit=limit,
            bytes_max=_PAGE_BYTES_MAX,
        )
        return [self.of(row, namespace_id) for row in rows]

    async def skip(self, tx: Tx, name: AwaitName, skip_type: SkipType, *, minutes: int, rate: float, now: int) -> Await:
        """Shorten a wait. Raises AwaitNotFound, StaleNamespace, or Conflict if another call changed it meanwhile."""
        await tx.lock(locks.player(name.user_id))
        found = await self.get(tx, name)
        skip_seconds = skipped(
            skip_type,
            lock=found.lock_seconds,
            skip=found.skip_seconds,
            elapsed=max(0, (now - found.exchanged_at) // 1000),
            minutes=minutes,
            rate=rate,
        )
        changed = await tx.one(QUERIES.await_skip, **name.key(), skip_seconds=skip_seconds, revision=found.revision)
        if changed is None:
            raise Conflict
        return replace(found, skip_seconds=skip_seconds, revision=changed["revision"])

    async def delete(self, tx: Tx, name: AwaitName) -> Await:
        """Remove an await and return it. Raises AwaitNotFound or StaleNamespace."""
        found = await self.get(tx, name)
        if await tx.one(QUERIES.await_delete, **name.key()) is None:
            raise AwaitNotFound
        return found

    async def clean(self, tx: Tx, namespace_id: int, user_id: str, *, limit: int) -> int:
        """Remove a player's awaits, and what is known of their import; return the number removed, at most `limit`."""
        player = {"namespace_id": namespace_id, "user_id": user_id}
        removed = await tx.run(QUERIES.await_clean, **player, limit=limit)
        if removed < limit:
            removed += await tx.run(QUERIES.imported_await_clean, **player, limit=limit - removed)
        return removed

    async def restore(self, tx: Tx, namespace_id: int, item: Await) -> bool:
        """Restore an await; return False if the player already has it."""
        name = AwaitName(namespace_id, item.user_id, item.name)
        row = await tx.one(
            QUERIES.await_restore,
            **name.key(),
            rate_name=item.rate_name,
            count=item.count,
            skip_seconds=item.skip_seconds,
            lock_seconds=item.lock_seconds,
            config=self._seal(item.config, name),
            exchanged_at=item.exchanged_at,
            created_at=item.created_at,
            revision=item.revision,
            promised=item.promised,
        )
        return row is not None

    def of(self, row: Row, namespace_id: int) -> Await:
        """Return the await of a row."""
        name = AwaitName(namespace_id, row["user_id"], row["name"])
        return Await(
            name=row["name"],
            user_id=row["user_id"],
            rate_name=row["rate_name"],
            count=row["count"],
            skip_seconds=row["skip_seconds"],
            lock_seconds=row["lock_seconds"],
            config=self._open(row["config"], name),
            exchanged_at=row["exchanged_at"],
            created_at=row["created_at"],
            revision=row["revision"],
            promised=row["promised"],
        )

    def _seal(self, config: Config, name: AwaitName) -> bytes:
        if not config:
            return b""
        kept = pb.Await(config=config_messages(config))
        return self._box.seal(kept.SerializeToString(), name.binding())

    def _open(self, sealed: bytes, name: AwaitName) -> Config:
        if not sealed:
            return {}
        kept = pb.Await.FromString(self._box.open(sealed, name.binding()))
        return config_of(kept.config)


def check_config(messages: Sequence[ConfigMessage], field: str) -> None:
    """Raise ValidationFailed if values are too long to be stored with an await. `field` is their path."""
    if sum(map(len, config_of(messages).values())) > CONFIG_CHARACTERS_MAX:
        text = f"may have at most {CONFIG_CHARACTERS_MAX} characters in all values together, because it is stored"
        raise ValidationFailed(component="await", violations=[Violation(field, text, "tooLong")])


def config_of(messages: Sequence[ConfigMessage]) -> dict[str, str]:
    """Read values for placeholders; of several values for a key, the last one counts."""
    return {message.key: message.value for message in messages}


def config_messages(config: Config) -> list[ConfigMessage]:
    """Render values for placeholders."""
    return [ConfigMessage(key=key, value=value) for key, value in config.items()]
