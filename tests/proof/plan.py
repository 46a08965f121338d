"""The plan of a run: operations and objects, made once and read by every client process."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

CODES, COUNTERS, RATES = "codes", "counters", "rates"  # the namespaces
CAPPED = "capped"  # the namespace of campaigns with limits
HOT, SOLD = "hot", "sold"  # campaigns: codes that are used directly, and by exchanges only
PLAYERS = ("alice", "bob", "carol")

GUESSERS = PLAYERS[:2]  # try codes that are none; the others are honest
GUESS_BURST, GUESSES_PER_MINUTE = 8, 6
WELCOME = "welcome"  # a campaign code, which could be guessed

# Objects that clients fight for at a time. They give way to others after GENERATION_CALLS calls, so that a history
# stays short enough to be checked.
GENERATION_CALLS = 2000
HOT_CODES = 3
SOLD_CODES = 3
GENERATIONS_SPARE = 3  # calls that follow from others (acquiring an await) are not counted beforehand

TICKS = 90  # limits with a reset of their own; a namespace holds 100
DAY_MS = 24 * 60 * 60 * 1000


WORKERS, CLIENTS = 2, 12  # processes of clients, and clients of each
AT_ONCE = 3  # so many clients try to acquire an await at the same time, guess, or use or revert codes, for one player
CLOCK_SKEW_MS = 1500  # by how much the clock of a server may be wrong


@dataclass(frozen=True)
class Options:
    """The options of a run."""

    operations: int
    faults: int
    store: str
    seed: int


@dataclass(frozen=True)
class Plan:
    """See above. Codes are named by their places in these lists, so that no history shows one."""

    addresses: list[str]  # of the proxy, one for each server
    key: str
    operations: int
    seed: int
    code_revision: int  # of a code that was never touched
    jobs: dict[str, list[str]]  # the names of the batches, by campaign
    hot: list[str]
    sold: list[str]
    forged: list[str]
    capped: dict[str, list[str]]  # the codes of campaigns with limits, the campaign code first
    wall_minus_monotonic_ns: int
    ticks_from_ms: int  # the first of TICKS stretches of time, each with a reset in its middle
    tick_ms: int

    @classmethod
    def read(cls, path):
        """Read it from a file."""
        return cls(**json.loads(Path(path).read_text()))

    def write(self, path):
        """Write it to a file."""
        Path(path).write_text(json.dumps(asdict(self)))

    def tick_reset_ms(self, tick):
        """Return when the counters of a tick are reset for the first time."""
        return self.ticks_from_ms + tick * self.tick_ms + self.tick_ms // 2


def generations(operations):
    """Return how many generations of objects a run needs."""
    return operations // GENERATION_CALLS + GENERATIONS_SPARE
