"""Limits of the current master data, read off serialised models once, and remembered."""

import functools
from typing import NamedTuple

from redeem.limit.v1.resources_pb2 import LimitModel, Namespace

from redeemd import scripts
from redeemd.errors import StaleNamespace
from redeemd.limit.errors import LimitModelNotFound
from redeemd.limit.resets import ResetType, Schedule, next_reset
from redeemd.store import sql
from redeemd.store.base import Tx

QUERIES = sql.load("redeemd.limit")

_SCHEDULES_MAX = 10_000


class Limit(NamedTuple):
    """What a limit says at a moment."""

    schedule: str
    next_reset_at: int | None


@functools.lru_cache(maxsize=_SCHEDULES_MAX)
def _fingerprint(schedule: Schedule) -> str:
    return schedule.fingerprint


@functools.lru_cache(maxsize=_SCHEDULES_MAX)
def schedule_of(body: bytes) -> Schedule:
    """Read the schedule off a serialised model."""
    model = LimitModel.FromString(body)
    return Schedule(
        reset_type=ResetType(model.reset_type),
        hour=model.reset_hour,
        day_of_week=model.reset_day_of_week or 1,
        day_of_month=model.reset_day_of_month,
        anchor=model.anchor_timestamp,
        days=model.days,
        time_zone=model.reset_time_zone,
    )


class _NextResets:
    """Remembers the next reset of schedules: it is the same for all moments up to it."""

    def __init__(self) -> None:
        self._known: dict[Schedule, tuple[int, int]] = {}

    def of(self, schedule: Schedule, now: int) -> int | None:
        known = self._known.get(schedule)
        if known is not None and known[0] <= now < known[1]:
            return known[1]
        following = next_reset(schedule, now)
        if following is not None:
            if len(self._known) >= _SCHEDULES_MAX:
                self._known.clear()
            self._known[schedule] = now, following
        return following


_next_resets = _NextResets()


def limit_at(body: bytes, now: int) -> Limit:
    """Answer what the limit of a serialised model says at a moment."""
    found = schedule_of(body)
    return Limit(_fingerprint(found), _next_resets.of(found, now))


class Model(NamedTuple):
    """A limit of the current master data, with the revision and the settings of its namespace."""

    body: bytes
    namespace_revision: int
    namespace: bytes

    @property
    def runs_a_script(self) -> bool:
        """Whether counting up would have to run one."""
        return _runs_a_script(self.namespace)

    def at(self, now: int) -> Limit:
        """Answer what the limit says at a moment."""
        return limit_at(self.body, now)


@functools.lru_cache(maxsize=_SCHEDULES_MAX)
def _runs_a_script(namespace: bytes) -> bool:
    return scripts.would_run(Namespace.FromString(namespace).count_up_script)


# What limits were when they were last read. Statements that go by it make sure that they still are.
_remembered: dict[tuple[int, str], Model] = {}


def remembered(namespace_id: int, name: str) -> Model | None:
    """Answer what a limit was when it was last read."""
    return _remembered.get((namespace_id, name))


def remember(namespace_id: int, name: str, model: Model) -> None:
    """Note what a limit is."""
    if len(_remembered) >= _SCHEDULES_MAX:
        _remembered.clear()
    _remembered[namespace_id, name] = model


async def schedule(tx: Tx, namespace_id: int, name: str) -> Schedule:
    """Answer the schedule of a limit of the current master data. Raises LimitModelNotFound or StaleNamespace."""
    return schedule_of((await model(tx, namespace_id, name)).body)


async def model(tx: Tx, namespace_id: int, name: str) -> Model:
    """Read a limit of the current master data. Raises LimitModelNotFound or StaleNamespace."""
    row = await tx.one(QUERIES.limit_model_get, namespace_id=namespace_id, name=name)
    if row is None:
        raise StaleNamespace
    if row["body"] is None:
        raise LimitModelNotFound
    return Model(row["body"], row["namespace_revision"], row["namespace"])
