"""The tables of docs/explanation/scaling.md."""

import math
from collections.abc import Sequence

from bench.scaling.costs import BUSY_MAX, MEASURED, Costs
from bench.scaling.simulation import Load, Outcome, Simulation

RATES = (1_000, 10_000, 100_000)
CORES = {1_000: (1, 2), 10_000: (4, 8), 100_000: (8, 32)}
ONE_REPLICA = (50, 200, 400, 800)
_REDEMPTIONS = 6_000

_COSTS = ("what", "cost")
_SETS = ("redemptions/s at one replica", "redemptions per set", "database us each", "flushes/s", "p50 ms", "p99 ms")
_NEEDS = (
    "redemptions/s",
    "replicas",
    "cores of the database",
    "redemptions per set",
    "database us each",
    "cores in use",
    "flushes/s",
    "WAL MB/s",
    "p99 ms at the store",
)


def replicas_for(rate: float, costs: Costs = MEASURED) -> int:
    """Return how many replicas a rate needs, each on a core of its own that it uses to BUSY_MAX."""
    return math.ceil(rate * costs.replica_us / 1e6 / BUSY_MAX)


def simulate(rate: float, replicas: int, cores: int, costs: Costs = MEASURED) -> Outcome:
    """Simulate a load."""
    return Simulation(Load(rate, replicas, cores, _REDEMPTIONS), costs).run()


def costs_table(costs: Costs = MEASURED) -> str:
    """Return what the model computes with."""
    return _table(
        _COSTS,
        [
            ("CPU of a replica, per redemption", f"{costs.replica_us:.0f} us"),
            ("CPU of the database, per statement", f"{costs.statement_us:.0f} us"),
            ("CPU of the database, per redemption in a statement", f"{costs.element_us:.0f} us more"),
            ("WAL, per redemption", f"{costs.wal_bytes:,.0f} bytes"),
            ("round trip to the database (assumed)", f"{costs.round_trip_us:.0f} us"),
            ("flush of the WAL, fsync (assumed)", f"{costs.flush_us:,.0f} us"),
        ],
    )


def sets_table(costs: Costs = MEASURED) -> str:
    """Return the sizes of sets that arrival rates give at one replica, on a database with a core to spare."""
    rows = []
    for rate in ONE_REPLICA:
        it = simulate(rate, 1, 2, costs)
        rows.append(
            (
                f"{rate:,}",
                f"{it.set_size:.1f}",
                f"{it.database_us:.0f}",
                f"{it.flushes_per_second:,.0f}",
                f"{it.p50_ms:.1f}",
                f"{it.p99_ms:.1f}",
            )
        )
    return _table(_SETS, rows)


def needs_table(costs: Costs = MEASURED) -> str:
    """Return what each rate needs."""
    return _table(_NEEDS, [_needs(rate, cores, costs) for rate in RATES for cores in CORES[rate]])


def _needs(rate: float, cores: int, costs: Costs) -> tuple[str, ...]:
    replicas = replicas_for(rate, costs)
    it = simulate(rate, replicas, cores, costs)
    return (
        f"{rate:,}",
        f"{replicas:,}",
        f"{cores:,}",
        f"{it.set_size:.1f}",
        f"{it.database_us:.0f}",
        f"{it.busy * cores:.1f}",
        f"{it.flushes_per_second:,.0f}",
        f"{rate * costs.wal_bytes / 1e6:,.1f}",
        f"{it.p99_ms:.1f}",
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (columns, *rows)]
    lines.insert(1, f"|{'---|' * len(columns)}")
    return "\n".join(lines)
