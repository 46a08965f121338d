"""The tables of docs/explanation/scaling.md."""

from collections.abc import Sequence

from bench.scaling.costs import MEASURED, MEASUREMENTS, Costs
from bench.scaling.simulation import Load, Outcome, simulate

RATES_OF_A_REPLICA = (200, 400, 600, 1_000, 1_500, 2_000)
# Redemptions per second, replicas, cores of the database.
NEEDS = (
    (1_000, 1, 1),
    (1_000, 2, 1),
    (10_000, 7, 2),
    (10_000, 7, 4),
    (10_000, 14, 4),
    (100_000, 67, 8),
    (100_000, 67, 32),
    (100_000, 134, 32),
)
_REDEMPTIONS_MIN = 6_000
_SECONDS_MIN = 0.15

_FIT = ("load", "redemptions per set", "replica us: measured", "fitted", "database us: measured", "fitted")
_SETS = (
    "redemptions/s at one replica",
    "redemptions per set",
    "replica us each",
    "database us each",
    "replica's core in use",
    "flushes/s",
    "p50 ms",
    "p99 ms",
)
_NEEDS = (
    "redemptions/s",
    "replicas",
    "cores of the database",
    "redemptions per set",
    "replicas' cores in use",
    "database's cores in use",
    "flushes/s",
    "WAL MB/s",
    "p99 ms",
)


def outcome(rate: float, replicas: int, cores: int, costs: Costs = MEASURED) -> Outcome:
    """Simulate a load."""
    redemptions = max(_REDEMPTIONS_MIN, round(rate * _SECONDS_MIN))
    return simulate(Load(rate, replicas, cores, redemptions), costs)


def fit_table() -> str:
    """Return the measured costs, and what the model makes of them."""
    rows = [
        (
            load,
            f"{size:.1f}",
            f"{replica_us:,}",
            f"{MEASURED.replica.each(size):,.0f}",
            f"{database_us:,}",
            f"{MEASURED.database.each(size):,.0f}",
        )
        for load, size, replica_us, database_us in MEASUREMENTS
    ]
    return _table(_FIT, rows)


def sets_table() -> str:
    """Return the sizes of sets that arrival rates give at one replica, on a database with a core to spare."""
    return _table(_SETS, [_sets(rate) for rate in RATES_OF_A_REPLICA])


def _sets(rate: float) -> tuple[str, ...]:
    it = outcome(rate, 1, 2)
    return (
        f"{rate:,}",
        f"{it.set_size:.1f}",
        f"{MEASURED.replica.each(it.set_size):,.0f}",
        f"{MEASURED.database.each(it.set_size):,.0f}",
        f"{it.replica_busy:.0%}",
        f"{it.flushes_per_second:,.0f}",
        f"{it.p50_ms:.1f}",
        f"{it.p99_ms:.1f}",
    )


def needs_table() -> str:
    """Return what rates need."""
    return _table(_NEEDS, [_needs(*need) for need in NEEDS])


def _needs(rate: float, replicas: int, cores: int) -> tuple[str, ...]:
    it = outcome(rate, replicas, cores)
    return (
        f"{rate:,}",
        f"{replicas:,}",
        f"{cores:,}",
        f"{it.set_size:.1f}",
        f"{it.replica_busy:.0%}",
        f"{it.database_busy:.0%}",
        f"{it.flushes_per_second:,.0f}",
        f"{rate * MEASURED.wal_bytes / 1e6:,.1f}",
        f"{it.p99_ms:.1f}",
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (columns, *rows)]
    lines.insert(1, f"|{'---|' * len(columns)}")
    return "\n".join(lines)
