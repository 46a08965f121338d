"""Detects attempts to guess the codes of a namespace, and reports them at most once per interval."""

import functools
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from redeem.event.v1.resources_pb2 import Attack, Event
from redeem.options.v1 import options_pb2

from redeemd.base.clock import Clock
from redeemd.base.log import Severity
from redeemd.base.telemetry import Telemetry
from redeemd.event.recorder import Events
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey.definition import SERVICE
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Store, Tx

REPORT_INTERVAL_MS = 10 * 60 * 1000
NAMESPACES_MAX = 10_000  # counted; those with the most recent guesses
_MINUTE_MS = 60 * 1000


class Seen(NamedTuple):
    """The wrong codes and refused guesses of a minute, and whether they are an attack."""

    wrong: int
    refused: int
    attacked: bool


@dataclass(slots=True)
class _Minute:
    """The counts of a namespace since `began_at`, and whether it is under attack."""

    namespace: NamespaceKey
    began_at: int
    wrong: int = 0
    refused: int = 0
    attacked: bool = False


async def reported_at(tx: Tx, namespace_id: int) -> int | None:
    """Return when a replica last reported an attack on a namespace, in Unix milliseconds; None if none did."""
    row = await tx.one(QUERIES.guess_alarm_get, namespace_id=namespace_id)
    return None if row is None else row["told_until"] - REPORT_INTERVAL_MS


class Attacks:
    """Counts the wrong codes and refused guesses that this server sees, by namespace and minute."""

    def __init__(
        self, store: Store, clock: Clock, telemetry: Telemetry, events: Events, *, wake: Callable[[], None]
    ) -> None:
        """`wake` makes the caller of `report` run soon."""
        self._store = store
        self._clock = clock
        self._telemetry = telemetry
        self._events = events
        self._wake = wake
        self._minutes: OrderedDict[int, _Minute] = OrderedDict()
        self._unreported: dict[int, _Minute] = {}
        self._guesses = telemetry.counter("redeemd_guesses", "Wrong codes of players, and refused guesses.", "outcome")
        telemetry.gauge(
            "redeemd_namespaces_under_attack", "Namespaces under attack by guesses, as seen by this server.", self.count
        )

    def wrong(self, namespace: NamespaceKey, alarm: int) -> None:
        """Count a wrong code. `alarm` wrong codes and refused guesses in a minute put the namespace under attack."""
        self._guesses.labels("wrong").inc()
        minute = self._minute(namespace)
        minute.wrong += 1
        self._check(minute, alarm)

    def refused(self, namespace: NamespaceKey, alarm: int) -> None:
        """Count a refused guess; `alarm` is as for `wrong`."""
        self._guesses.labels("refused").inc()
        minute = self._minute(namespace)
        minute.refused += 1
        self._check(minute, alarm)

    def _minute(self, namespace: NamespaceKey) -> _Minute:
        now = self._clock.monotonic_ms()
        minute = self._minutes.get(namespace.namespace_id)
        if minute is None or now >= minute.began_at + _MINUTE_MS:
            minute = self._minutes[namespace.namespace_id] = _Minute(namespace, now)
            self._minutes.move_to_end(namespace.namespace_id)
            if len(self._minutes) > NAMESPACES_MAX:
                self._minutes.popitem(last=False)
        return minute

    def _check(self, minute: _Minute, alarm: int) -> None:
        if not minute.attacked and minute.wrong + minute.refused >= alarm:
            minute.attacked = True
            self._unreported[minute.namespace.namespace_id] = minute
            self._wake()

    def count(self) -> int:
        """Return the number of namespaces under attack."""
        return sum(self.seen(namespace_id).attacked for namespace_id in self._minutes)

    def seen(self, namespace_id: int) -> Seen:
        """Return what this server counted in this minute in a namespace."""
        minute = self._minutes.get(namespace_id)
        if minute is None or self._clock.monotonic_ms() >= minute.began_at + _MINUTE_MS:
            return Seen(0, 0, attacked=False)
        return Seen(minute.wrong, minute.refused, minute.attacked)

    async def report(self) -> bool:
        """Report namespaces that came under attack, unless they were reported recently. A chore. Raises StoreError."""
        for namespace_id, minute in list(self._unreported.items()):
            if await self._store.run(functools.partial(self._record, minute), write=True):
                self._events.wake()
                self._telemetry.event(
                    "under_attack",
                    Severity.WARNING,
                    namespace=minute.namespace.name,
                    wrong=minute.wrong,
                    refused=minute.refused,
                )
            del self._unreported[namespace_id]
        return False

    async def _record(self, minute: _Minute, tx: Tx) -> bool:
        """Record the attack, unless a replica did within REPORT_INTERVAL_MS. Return whether this server reports it."""
        now = self._clock.now_ms()
        namespace_id = minute.namespace.namespace_id
        row = await tx.one(QUERIES.guess_alarm_report, namespace_id=namespace_id, now=now, again=REPORT_INTERVAL_MS)
        if row is not None:
            attack = Attack(guesses=minute.wrong + minute.refused, seconds=_MINUTE_MS // 1000)
            event = Event(service=SERVICE, namespace_name=minute.namespace.name, attack=attack)
            await self._events.record(tx, options_pb2.EVENT_KIND_UNDER_ATTACK, [event], at=now)
        return row is not None
