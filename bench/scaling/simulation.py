"""Simulates replicas that run the redemptions that wait together as one statement, on one PostgreSQL.

Redemptions arrive at random (Poisson) at random replicas. The one core of a replica prepares each, and begins
statements: while one of its few places is free, with all redemptions that wait then. A statement waits for a core of
the database, and its commit for the flush of the WAL after the one that is under way. Locks, checkpoints, vacuum and
other calls are not simulated.
"""

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from bench.scaling.costs import Costs

_SEED = 20261129
_US = 1e6

Step = Callable[[], None]
Set = list[float]  # the times at which redemptions arrived


@dataclass(frozen=True, slots=True)
class Load:
    """Redemptions per second at all replicas together, the cores of the database, and how many are simulated."""

    rate: float
    replicas: int
    cores: int
    redemptions: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results. `replica_busy` and `database_busy` are shares of their cores; times are in milliseconds."""

    set_size: float
    replica_busy: float
    database_busy: float
    flushes_per_second: float
    p50_ms: float
    p99_ms: float


class Clock:
    """The time of the simulation in microseconds, and what happens when."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Step]] = []
        self._order = count()  # of events at the same time

    def after(self, delay_us: float, step: Step) -> None:
        """Do something later."""
        heapq.heappush(self._events, (self.now + delay_us, next(self._order), step))

    def run(self) -> None:
        """Do everything, in the order of time."""
        while self._events:
            self.now, _, step = heapq.heappop(self._events)
            step()


@dataclass(slots=True)
class Cores:
    """Some cores. Work waits for a free one in the order of arrival; its duration is known when it begins."""

    clock: Clock
    free: int
    worked_us: float = 0.0
    queue: deque[tuple[Callable[[], float], Step]] = field(default_factory=deque)

    def work(self, begin: Callable[[], float], end: Step) -> None:
        """Call `begin` on a free core; it returns how long the work takes. Then call `end`."""
        self.queue.append((begin, end))
        self._next()

    def _next(self) -> None:
        if self.free and self.queue:
            self.free -= 1
            begin, end = self.queue.popleft()
            duration_us = begin()
            self.worked_us += duration_us
            self.clock.after(duration_us, partial(self._end, end))

    def _end(self, end: Step) -> None:
        self.free += 1
        end()
        self._next()


class Database:
    """PostgreSQL: cores, and one flush of the WAL at a time."""

    def __init__(self, clock: Clock, cores: int, costs: Costs) -> None:
        self.cores = Cores(clock, cores)
        self.flushes = 0
        self._clock = clock
        self._costs = costs
        self._committing: list[Step] = []
        self._flushing = False

    def execute(self, size: int, committed: Step) -> None:
        """Execute a statement for some redemptions."""
        self.cores.work(lambda: self._costs.database.of(size), lambda: self._commit(committed))

    def _commit(self, committed: Step) -> None:
        self._committing.append(committed)
        self._flush()

    def _flush(self) -> None:
        if self._committing and not self._flushing:
            self._flushing = True
            self.flushes += 1
            served, self._committing = self._committing, []
            self._clock.after(self._costs.flush_us, partial(self._flushed, served))

    def _flushed(self, served: list[Step]) -> None:
        self._flushing = False
        for committed in served:
            committed()
        self._flush()


class Replica:
    """A replica: one core, and places for statements."""

    def __init__(self, clock: Clock, database: Database, costs: Costs, latencies: list[float]) -> None:
        self.core = Cores(clock, 1)
        self.statements = 0
        self._clock = clock
        self._database = database
        self._costs = costs
        self._latencies = latencies
        self._waiting: Set = []
        self._places = costs.sets_at_once

    def redeem(self) -> None:
        """Begin with a redemption that arrives now."""
        arrived = self._clock.now
        self.core.work(lambda: self._costs.replica.redemption_us, lambda: self._wait(arrived))

    def _wait(self, arrived: float) -> None:
        self._waiting.append(arrived)
        self._begin()

    def _begin(self) -> None:
        if self._places and self._waiting:
            self._places -= 1
            chosen: Set = []
            self.core.work(partial(self._choose, chosen), partial(self._send, chosen))

    def _choose(self, chosen: Set) -> float:
        chosen += self._waiting[: self._costs.set_max]
        del self._waiting[: self._costs.set_max]
        return self._costs.replica.statement_us if chosen else 0.0

    def _send(self, chosen: Set) -> None:
        if not chosen:  # the set before took all that waited
            self._places += 1
            return
        self.statements += 1
        travel_us = self._costs.round_trip_us / 2
        back = partial(self._clock.after, travel_us, partial(self._end, chosen))
        self._clock.after(travel_us, partial(self._database.execute, len(chosen), back))

    def _end(self, chosen: Set) -> None:
        self._latencies += [self._clock.now - arrived for arrived in chosen]
        self._places += 1
        self._begin()


def simulate(load: Load, costs: Costs) -> Outcome:
    """Simulate a load until every redemption has ended."""
    clock = Clock()
    latencies: list[float] = []
    database = Database(clock, load.cores, costs)
    replicas = [Replica(clock, database, costs, latencies) for _ in range(load.replicas)]
    draw = random.Random(_SEED)
    arrival_us = 0.0
    for _ in range(load.redemptions):
        arrival_us += draw.expovariate(load.rate) * _US
        clock.after(arrival_us, draw.choice(replicas).redeem)
    clock.run()
    latencies.sort()
    return Outcome(
        set_size=load.redemptions / sum(replica.statements for replica in replicas),
        replica_busy=sum(replica.core.worked_us for replica in replicas) / (clock.now * load.replicas),
        database_busy=database.cores.worked_us / (clock.now * load.cores),
        flushes_per_second=database.flushes / clock.now * _US,
        p50_ms=latencies[len(latencies) // 2] / 1000,
        p99_ms=latencies[len(latencies) * 99 // 100] / 1000,
    )
