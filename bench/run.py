"""`python -m bench.run`: measures everything, prints it and writes REPORT.md."""

import argparse
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from rich.console import Console

from bench import (
    batches,
    capped,
    compare,
    door,
    generator,
    growth,
    issuing,
    machine,
    micro,
    postgres_target,
    purge,
    report,
    surroundings,
    transfer,
)
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
from bench.peers import go_service, plots
from bench.peers import run as peers
from bench.servers import ServerFailed
from bench.stalls import run as stalls

_FULL = compare.Size(rounds=7, calls=20_000, baseline_calls=6_000, warm_up_calls=3_000)
_FULL_GROWTH = growth.Size(batches=100, used=1_000_000, stretches=30)
_FULL_SURROUNDINGS = surroundings.Size(1_000, used=5_000_000, counters=1_000_000, imported=100_000, namespaces=1_000)
_QUICK_SURROUNDINGS = surroundings.Size(100, used=500_000, counters=100_000, imported=10_000, namespaces=100)
_QUICK = compare.Size(rounds=1, calls=5_000, baseline_calls=1_500, warm_up_calls=1_000)
_QUICK_GROWTH = growth.Size(batches=10, used=100_000, stretches=5)
_FULL_PEERS = peers.Size(rounds=3, calls=8_000, warm_up_calls=2_000, seconds=12, codes=100_000)
_QUICK_PEERS = peers.Size(rounds=1, calls=2_000, warm_up_calls=500, seconds=2, codes=15_000)

# What can be measured by itself. These come with the echo and Use, and with whom they compare:
_COMPARED = {
    "use": (BASELINE,),
    "exchange": (EXCHANGE,),
    "events": (SILENT, EXCHANGE, SILENT_EXCHANGE, DELIVERED),
    "mesh": (ENCRYPTED, UNSAMPLED),
    "counters": (HOT_COUNTER, MANY_COUNTERS),
}
_AFTER = ("batch", "door", "postgres", "capped", "peers", "issuing", "transfer", "growth", "purge", "stalls")
_ALL = ("micro", *_COMPARED, *_AFTER)
# The Go service takes minutes to compile, and each service is measured for a minute.
_SLOW = {"peers"}


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, few calls; REPORT.md stays as it is")
    parser.add_argument("--only", nargs="+", choices=_ALL, help="measure these; REPORT.md stays as it is")
    arguments = parser.parse_args()
    only = arguments.only or [part for part in _ALL if not (arguments.quick and part in _SLOW)]
    errors = Console(stderr=True, highlight=False)
    began = time.monotonic()

    def progress(text: str) -> None:
        errors.print(f"[dim]{time.monotonic() - began:5.0f} s[/]  {text}")

    generator.build()
    folder = machine.WORK / "data"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        results = _measure(only, quick=arguments.quick, progress=progress)
    except (generator.VoidRun, ServerFailed) as failure:
        errors.print(f"bench: {failure}", markup=False)
        raise SystemExit(1) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report.show(results, Console(width=120))
    remark = _remark(only, quick=arguments.quick)
    results.machine["took"] = f"{(time.monotonic() - began) / 60:.0f} minutes"
    path = machine.WORK / "REPORT.md" if remark else machine.ROOT / "bench" / "REPORT.md"
    path.write_text(report.markdown(results, remark=remark), encoding="utf-8")
    if results.peers is not None:
        plots.draw(results.peers, path.parent / "pictures")
    progress(f"wrote {path.relative_to(machine.ROOT)}")


def _remark(only: Collection[str], *, quick: bool) -> str:
    """Return why a run is not the one for REPORT.md; nothing when it is."""
    if quick:
        return "Made by a quick run: one round, few calls. Do not quote it."
    if set(only) != set(_ALL):
        return f"Only a part was measured: {', '.join(only)}."
    return ""


def _measure(only: Collection[str], *, quick: bool, progress: "compare.Progress") -> report.Results:
    folder = machine.WORK / "data"
    size, growth_size = (_QUICK, _QUICK_GROWTH) if quick else (_FULL, _FULL_GROWTH)
    parts: dict[str, float] = {}
    around: list[surroundings.Surrounding] = []
    rounds: compare.Rounds = {}
    issued = transferred = grown = round_trips = stalled = compared = batched = None
    if "micro" in only:
        progress("the parts of a call")
        parts = micro.run()
    if set(_COMPARED) & set(only):
        wanted = [name for part in _COMPARED if part in only for name in _COMPARED[part]]
        rounds = compare.run(folder / "compare", size, wanted, progress)
    if "batch" in only:
        rounds_of_batches, redemptions = (1, 3_000) if quick else (5, 16_000)
        batched = batches.run(folder / "batches", rounds=rounds_of_batches, redemptions=redemptions, progress=progress)
    if "postgres" in only:
        progress("the statements of a Use on PostgreSQL")
        round_trips = postgres_target.count(folder / "round_trips")
    if "peers" in only:
        progress("compiling the Go service")
        go_service.build()
        compared = peers.run(folder / "peers", _QUICK_PEERS if quick else _FULL_PEERS, progress)
    if "issuing" in only:
        progress("issuing and listing")
        issued = issuing.run(folder / "issuing", issues=10 if quick else 50, listings=1 if quick else 5)
    if "transfer" in only:
        progress("a million codes out and in" if not quick else "codes out and in")
        transferred = transfer.run(folder / "transfer", count=100_000 if quick else 1_000_000, passes=1 if quick else 3)
    if "growth" in only:
        grown = growth.run(folder / "growth", growth_size, progress)
        surrounding = _QUICK_SURROUNDINGS if quick else _FULL_SURROUNDINGS
        around = surroundings.run(folder / "surroundings", surrounding, progress)
    if "stalls" in only:
        stalled = stalls.run(folder / "stalls", quick=quick, progress=progress)
    return report.Results(
        machine=machine.description(),
        size=size,
        growth_size=growth_size,
        rounds=rounds,
        round_trips=round_trips,
        issuing=issued,
        growth=grown,
        surroundings=around,
        purges=_purges(folder / "purge", quick=quick, progress=progress) if "purge" in only else (),
        transfer=transferred,
        stalls=stalled,
        micro=parts,
        peers=compared,
        batched=batched,
        campaigns=_campaigns(folder / "capped", only, quick=quick, progress=progress),
        door=_by_door(folder / "door", quick=quick, progress=progress) if "door" in only else None,
    )


def _campaigns(
    folder: Path, only: Collection[str], *, quick: bool, progress: "compare.Progress"
) -> capped.Capped | None:
    if "capped" not in only:
        return None
    rounds, calls = (1, 600) if quick else (7, 6_000)
    return capped.run(folder, rounds=rounds, calls=calls, progress=progress)


def _by_door(folder: Path, *, quick: bool, progress: "compare.Progress") -> door.Door:
    rounds, calls = (1, 2_000) if quick else (7, 10_000)
    return door.run(folder, rounds=rounds, calls=calls, progress=progress)


def _purges(folder: Path, *, quick: bool, progress: "compare.Progress") -> list[purge.Purge]:
    rows = (100_000,) if quick else (200_000, 2_000_000)
    return purge.run(folder, sizes=rows, seconds=2 if quick else 20, progress=progress)


if __name__ == "__main__":
    main()
