"""The parts of a run. Each measures one thing by itself, at its full size or at that of a quick run."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

from bench import batches, capped, compare, door, growth, issuing, micro, postgres_target, purge, surroundings, transfer
from bench.compare import (
    BASELINE,
    DELIVERED,
    ENCRYPTED,
    EXCHANGE,
    HOT_COUNTER,
    MANY_COUNTERS,
    SILENT,
    SILENT_EXCHANGE,
    UNSAMPLED,
)
from bench.peers import go_service
from bench.peers import run as peers
from bench.stalls import run as stalls

_FULL = compare.Size(rounds=5, calls=8_000, baseline_calls=3_000, warm_up_calls=2_000)
_QUICK = compare.Size(rounds=1, calls=1_500, baseline_calls=500, warm_up_calls=300)
_FULL_GROWTH = growth.Size(batches=100, used=1_000_000, stretches=30)
_QUICK_GROWTH = growth.Size(batches=10, used=20_000, stretches=3)
_FULL_SURROUNDINGS = surroundings.Size(1_000, used=5_000_000, counters=1_000_000, imported=100_000, namespaces=1_000)
_QUICK_SURROUNDINGS = surroundings.Size(
    100, used=50_000, counters=20_000, imported=10_000, namespaces=100, calls=50, rounds=2
)
_FULL_PEERS = peers.Size(rounds=3, calls=8_000, warm_up_calls=2_000, seconds=12, codes=100_000)
_QUICK_PEERS = peers.Size(rounds=1, calls=2_000, warm_up_calls=500, seconds=2, codes=15_000)

# What one part compares in the same rounds. These come with the echo and Use, and with whom they compare:
_COMPARED = {
    "use": (BASELINE,),
    "exchange": (EXCHANGE,),
    "events": (SILENT, EXCHANGE, SILENT_EXCHANGE, DELIVERED),
    "mesh": (ENCRYPTED, UNSAMPLED),
    "counters": (HOT_COUNTER, MANY_COUNTERS),
}


class Plan(NamedTuple):
    """What to measure."""

    only: Collection[str]  # some of NAMES
    quick: bool
    folder: Path  # for data; each part has its own folder in it
    progress: compare.Progress

    @property
    def size(self) -> compare.Size:
        """How much is compared."""
        return _QUICK if self.quick else _FULL

    @property
    def growth_size(self) -> growth.Size:
        """How far the database of the part `growth` grows."""
        return _QUICK_GROWTH if self.quick else _FULL_GROWTH


class Part(NamedTuple):
    """One part of a run, and the name of its result in `report.Results`."""

    names: Collection[str]  # one of which, or all, `--only` names
    result: str
    measure: Callable[[Plan], Any]


def _compared(plan: Plan) -> compare.Rounds:
    wanted = [name for part, names in _COMPARED.items() if part in plan.only for name in names]
    return compare.run(plan.folder / "compare", plan.size, wanted, plan.progress)


def _batched(plan: Plan) -> batches.Batches:
    rounds, redemptions = (1, 3_000) if plan.quick else (5, 16_000)
    return batches.run(plan.folder / "batches", rounds=rounds, redemptions=redemptions, progress=plan.progress)


def _door(plan: Plan) -> door.Door:
    rounds, calls = (1, 2_000) if plan.quick else (7, 10_000)
    return door.run(plan.folder / "door", rounds=rounds, calls=calls, progress=plan.progress)


def _campaigns(plan: Plan) -> capped.Capped:
    rounds, calls = (1, 600) if plan.quick else (7, 6_000)
    return capped.run(plan.folder / "capped", rounds=rounds, calls=calls, progress=plan.progress)


def _peers(plan: Plan) -> peers.Peers:
    go_service.build()
    return peers.run(plan.folder / "peers", _QUICK_PEERS if plan.quick else _FULL_PEERS, plan.progress)


def _issuing(plan: Plan) -> tuple[issuing.Issuing, issuing.Listing]:
    issues, listings = (10, 1) if plan.quick else (50, 5)
    return issuing.run(plan.folder / "issuing", issues=issues, listings=listings)


def _transfer(plan: Plan) -> transfer.Transfer:
    count, passes = (100_000, 1) if plan.quick else (1_000_000, 3)
    return transfer.run(plan.folder / "transfer", count=count, passes=passes)


def _surroundings(plan: Plan) -> list[surroundings.Surrounding]:
    size = _QUICK_SURROUNDINGS if plan.quick else _FULL_SURROUNDINGS
    return surroundings.run(plan.folder / "surroundings", size, plan.progress)


def _purges(plan: Plan) -> list[purge.Purge]:
    rows = (20_000,) if plan.quick else (200_000, 2_000_000)
    return purge.run(plan.folder / "purge", sizes=rows, seconds=2 if plan.quick else 20, progress=plan.progress)


PARTS = (
    Part(("micro",), "micro", lambda _plan: micro.run()),
    Part(tuple(_COMPARED), "rounds", _compared),
    Part(("batch",), "batched", _batched),
    Part(("door",), "door", _door),
    Part(("postgres",), "round_trips", lambda plan: postgres_target.count(plan.folder / "round_trips")),
    Part(("capped",), "campaigns", _campaigns),
    Part(("peers",), "peers", _peers),
    Part(("issuing",), "issuing", _issuing),
    Part(("transfer",), "transfer", _transfer),
    Part(("growth",), "growth", lambda plan: growth.run(plan.folder / "growth", plan.growth_size, plan.progress)),
    Part(("growth",), "surroundings", _surroundings),
    Part(("purge",), "purges", _purges),
    Part(
        ("stalls",), "stalls", lambda plan: stalls.run(plan.folder / "stalls", quick=plan.quick, progress=plan.progress)
    ),
)
NAMES = tuple(dict.fromkeys(name for part in PARTS for name in part.names))
# The Go service takes minutes to compile, and each service is measured for a minute.
SLOW = {"peers"}
