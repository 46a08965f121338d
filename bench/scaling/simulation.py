"""Simulates replicas that run the redemptions that wait together as one statement, on one PostgreSQL.

Redemptions arrive at random (Poisson) at random replicas. A replica has a few places for statements: while one is free,
a redemption runs at once; the others wait, and run together when a place becomes free. A statement waits for a core of
the database, and its commit for the flush of the WAL after the one that is under way. The event loop of a replica is
not simulated, nor locks, checkpoints, vacuum and other calls.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from bench.scaling.costs import Costs

_SEED = 20261129
_US = 1e6


@dataclass(frozen=True, slots=True)
class Load:
    """Redemptions per second at all replicas together, and the cores of the database."""

    rate: float
    replicas: int
    cores: int
    redemptions: int  # to simulate


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results. `busy` is the share of the database's cores in use; times are those at the store, in ms."""

    set_size: float
    database_us: float
    busy: float
    flushes_per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(slots=True)
class _Replica:
    waiting: deque[float]  # times of arrival
    free: int


class Simulation:
    """One run."""

    def __init__(self, load: Load, costs: Costs) -> None:
        self._costs = costs
        self._load = load
        self._random = random.Random(_SEED)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()  # of events at the same time
        self._now = 0.0
        self._replicas = [_Replica(deque(), costs.sets_at_once) for _ in range(load.replicas)]
        self._cores = load.cores
        self._queue: deque[tuple[_Replica, list[float]]] = deque()  # statements that wait for a core
        self._committing: list[tuple[_Replica, list[float]]] = []  # statements that wait for a flush
        self._flushing = False
        self._arrived = 0
        self._statements = 0
        self._flushes = 0
        self._latencies: list[float] = []

    def run(self) -> Outcome:
        """Simulate until every redemption has ended."""
        self._arrive_later()
        while self._events:
            self._now, _, happen = heapq.heappop(self._events)
            happen()
        return self._outcome()

    def _outcome(self) -> Outcome:
        done = len(self._latencies)
        self._latencies.sort()
        work_us = self._statements * self._costs.statement_us + done * self._costs.element_us
        return Outcome(
            set_size=done / self._statements,
            database_us=work_us / done,
            busy=work_us / (self._now * self._load.cores),
            flushes_per_second=self._flushes / self._now * _US,
            p50_ms=self._latencies[done // 2] / 1000,
            p99_ms=self._latencies[done * 99 // 100] / 1000,
        )

    def _after(self, delay_us: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._now + delay_us, next(self._order), happen))

    def _arrive_later(self) -> None:
        if self._arrived < self._load.redemptions:
            self._arrived += 1
            self._after(self._random.expovariate(self._load.rate) * _US, self._arrive)

    def _arrive(self) -> None:
        replica = self._random.choice(self._replicas)
        replica.waiting.append(self._now)
        self._begin(replica)
        self._arrive_later()

    def _begin(self, replica: _Replica) -> None:
        if not replica.free or not replica.waiting:
            return
        replica.free -= 1
        size = min(len(replica.waiting), self._costs.set_max)
        elements = [replica.waiting.popleft() for _ in range(size)]
        self._statements += 1
        self._after(self._costs.round_trip_us / 2, lambda: self._reach_database(replica, elements))

    def _reach_database(self, replica: _Replica, elements: list[float]) -> None:
        self._queue.append((replica, elements))
        self._execute()

    def _execute(self) -> None:
        if not self._cores or not self._queue:
            return
        self._cores -= 1
        statement = self._queue.popleft()
        work_us = self._costs.statement_us + self._costs.element_us * len(statement[1])
        self._after(work_us, lambda: self._commit(statement))

    def _commit(self, statement: tuple[_Replica, list[float]]) -> None:
        self._cores += 1
        self._execute()
        self._committing.append(statement)
        self._flush()

    def _flush(self) -> None:
        if self._flushing or not self._committing:
            return
        self._flushing = True
        self._flushes += 1
        flushed, self._committing = self._committing, []
        self._after(self._costs.flush_us, lambda: self._flushed(flushed))

    def _flushed(self, statements: list[tuple[_Replica, list[float]]]) -> None:
        self._flushing = False
        for replica, elements in statements:
            self._after(self._costs.round_trip_us / 2, lambda r=replica, e=elements: self._end(r, e))  # type: ignore[misc]  # defaults bind the loop's variables
        self._flush()

    def _end(self, replica: _Replica, elements: list[float]) -> None:
        self._latencies += [self._now - arrived for arrived in elements]
        replica.free += 1
        self._begin(replica)
