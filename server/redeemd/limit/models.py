"""Limits of the current master data, parsed from serialised models once, and cached."""

import functools
import sys
from typing import NamedTuple

from redeem.limit.v1.resources_pb2 import LimitModel, Namespace

from redeemd.errors import StaleNamespace
from redeemd.limit import zones
from redeemd.limit.errors import LimitModelNotFound
from redeemd.limit.queries import QUERIES
from redeemd.limit.resets import ResetType, Schedule, next_reset
from redeemd.resources.scripts import Trigger
from redeemd.store import locks
from redeemd.store.base import Tx

_CACHE_MAX = 10_000


class LimitState(NamedTuple):
    """A limit at a given time: the fingerprint of its schedule, and its next reset."""

    schedule: str
    next_reset_at: int | None


def schedule_of(body: bytes) -> Schedule:
    """Return the schedule of a serialised model."""
    model = LimitModel.FromString(body)
    return Schedule(
        reset_type=ResetType(model.reset_type),
        hour=model.reset_hour,
        day_of_week=model.reset_day_of_week or 1,
        day_of_month=model.reset_day_of_month,
        anchor=model.anchor_timestamp,
        days=model.days,
        time_zone=zones.zone(model.reset_time_zone) if model.reset_time_zone else None,
    )


class _Resets:
    """A schedule with its last result, which is valid until the next reset."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._fingerprint = schedule.fingerprint
        self._known = 0, 0, LimitState(self._fingerprint, None)  # since, until, result

    def at(self, now: int) -> LimitState:
        since, until, limit = self._known
        if not since <= now < until:
            following = next_reset(self._schedule, now)
            limit = LimitState(self._fingerprint, following)
            self._known = now, sys.maxsize if following is None else following, limit
        return limit


@functools.lru_cache(maxsize=_CACHE_MAX)
def _resets(body: bytes) -> _Resets:
    return _Resets(schedule_of(body))


def limit_at(body: bytes, now: int) -> LimitState:
    """Return the limit of a serialised model at `now`."""
    return _resets(body).at(now)


class Model(NamedTuple):
    """A limit of the current master data, with the revision and the settings of its namespace."""

    body: bytes
    namespace_revision: int
    namespace: bytes

    @property
    def trigger(self) -> Trigger | None:
        """The script that counting up runs; None if there is none."""
        return _trigger(self.namespace)

    def at(self, now: int) -> LimitState:
        """Return the limit at `now`."""
        return limit_at(self.body, now)


@functools.lru_cache(maxsize=_CACHE_MAX)
def _trigger(namespace: bytes) -> Trigger | None:
    return Trigger.of(Namespace.FromString(namespace).count_up_script)


class ModelCache:
    """Models as last read, of at most _CACHE_MAX limits. A statement that relies on one checks that it is current."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Model] = {}

    def get(self, namespace_id: int, name: str) -> Model | None:
        """Return the model of a limit as it was last read, or None."""
        return self._known.get((namespace_id, name))

    def keep(self, namespace_id: int, name: str, model: Model) -> None:
        """Keep the model of a limit."""
        if len(self._known) >= _CACHE_MAX:
            self._known.clear()
        self._known[namespace_id, name] = model


async def schedule(tx: Tx, namespace_id: int, name: str) -> Schedule:
    """Return the schedule of a limit of the current master data. Raises LimitModelNotFound or StaleNamespace."""
    return schedule_of((await model(tx, namespace_id, name)).body)


async def model(tx: Tx, namespace_id: int, name: str) -> Model:
    """Read a limit of the current master data. Raises LimitModelNotFound or StaleNamespace."""
    row = await tx.one(QUERIES.limit_model_get, namespace_id=namespace_id, name=name)
    if row is None:
        raise StaleNamespace
    tx.pin(locks.namespace(namespace_id), row["version"])
    if row["body"] is None:
        raise LimitModelNotFound
    return Model(row["body"], row["namespace_revision"], row["namespace"])
