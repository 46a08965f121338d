"""The measured costs that the model computes with. Change them here, and run `python -m bench.scaling` again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU in microseconds: of each statement, and of each redemption in it."""

    statement_us: float
    redemption_us: float

    def of(self, size: int) -> float:
        """Return the CPU of a statement with a number of redemptions."""
        return self.statement_us + self.redemption_us * size

    def each(self, size: float) -> float:
        """Return the CPU per redemption in sets of a size."""
        return self.statement_us / size + self.redemption_us


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of redemptions on PostgreSQL.

    A replica runs up to `sets_at_once` statements of up to `set_max` redemptions at once. The commit of a statement
    waits for a flush of the WAL, which takes `flush_us` and serves all commits that wait when it begins.
    """

    replica: Cost = Cost(855, 355)
    database: Cost = Cost(440, 32)
    round_trip_us: float = 300
    flush_us: float = 1_000
    wal_bytes: float = 740
    sets_at_once: int = 2
    set_max: int = 128


MEASURED = Costs()

# What the costs were fitted to: redemptions per set, CPU of the replica and of the database for each, in microseconds.
MEASUREMENTS = (
    ("one call at a time", 1.00, 1_205, 472),
    ("4 calls at a time, one connection", 1.33, 980, 358),
    ("open loop, 600/s", 1.67, 963, 287),
    ("4 x 4 calls at a time", 5.02, 526, 130),
    ("16 x 16 calls at a time", 66.0, 370, 39),
)
