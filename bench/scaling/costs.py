"""The measured costs that the model computes with. Change them here, and run `python -m bench.scaling` again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of a redemption on PostgreSQL. Times are in microseconds.

    A replica runs up to `sets_at_once` statements of `set_max` redemptions at once. A statement costs the database
    `statement_us` and `element_us` for each redemption in it. Its commit waits for a flush of the WAL, which takes
    `flush_us` and serves all commits that wait when it begins.
    """

    replica_us: float = 800
    statement_us: float = 560
    element_us: float = 25
    round_trip_us: float = 300
    flush_us: float = 1_000
    wal_bytes: float = 770
    sets_at_once: int = 2
    set_max: int = 128


MEASURED = Costs()
BUSY_MAX = 0.7  # the share of a replica's core that leaves room for bursts
