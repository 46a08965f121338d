"""`python -m proof.run`: one run of the proof. Exits with 1 when anything is wrong, and leaves the histories then."""

import argparse
import asyncio
import random
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import uvloop
from rich.console import Console

from proof import checker, ending, report, world
from proof.cluster import CLUSTERS, TESTS
from proof.faults import Faults
from proof.history import History
from proof.plan import CLOCK_SKEW_MS, WORKERS, Options
from proof.progress import Progress
from proof.proxy import Proxy

WORK = Path(__file__).resolve().parent / ".work"  # on the disk of the checkout: /tmp is often memory
STALLED_SECONDS = 120


class Stalled(Exception):
    """No operation ended for a long time."""


async def run(folder: Path, options: Options, *, server: Path | None = None):
    """Run the clients and the faults, check everything; return the Findings. `server` is a build of redeemd."""
    program = checker.build(folder)
    began = time.monotonic()
    clocks = random.Random(f"{options.seed}/clocks")
    cluster = CLUSTERS[options.store](
        folder, draw_clock_ms=lambda: clocks.randint(-CLOCK_SKEW_MS, CLOCK_SKEW_MS), server=server
    )
    faults = Faults(cluster, options)
    async with cluster.running(), Proxy.running([replica.address for replica in cluster.replicas], TESTS) as proxy:
        plan = await world.set_up(cluster, proxy.addresses, options)
        plan.write(folder / "plan.json")
        await _run_clients(folder, lambda *clients: faults.run(proxy, *clients))
        faults.write(folder / "faults.json")
        await cluster.restart()
        history = History(plan, folder, "end")
        ending.note_clocks(cluster.clock_of_budgets, history)
        not_conserved, sums = await ending.end(plan, cluster.replicas[0].address, history)
        history.close()
    seconds = time.monotonic() - began
    checked = await asyncio.to_thread(checker.check, program, folder)
    outcomes, impossible = report.read_counts(folder)
    return report.Findings(
        store=cluster.store,
        seed=options.seed,
        seconds=seconds,
        checked_seconds=time.monotonic() - began - seconds,
        outcomes=outcomes,
        faults=Counter(fault.kind for fault in faults.injected),
        checked=checked,
        sums=dict(sums),
        not_conserved=not_conserved,
        impossible=impossible,
    )


async def _run_clients(folder, inject):
    progress = Progress(folder / "progress", WORKERS)
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "proof.worker", str(folder), str(number), cwd=TESTS)
        for number in range(WORKERS)
    ]
    injecting = asyncio.create_task(
        inject(progress.total, lambda: any(process.returncode is None for process in processes))
    )
    try:
        watching = asyncio.create_task(_watch(progress))
        ended = asyncio.gather(*(process.wait() for process in processes), injecting)
        done, _ = await asyncio.wait({ended, watching}, return_when=asyncio.FIRST_COMPLETED)
        watching.cancel()
        for task in done:
            task.result()
        assert all(process.returncode == 0 for process in processes), "a process of clients failed"
    finally:
        injecting.cancel()
        for process in processes:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _watch(progress):
    seen, since = 0, time.monotonic()
    while time.monotonic() - since < STALLED_SECONDS:
        if progress.total() != seen:
            seen, since = progress.total(), time.monotonic()
        await asyncio.sleep(1)
    raise Stalled(f"after {seen} operations")


def fresh(folder: Path):
    """Empty a folder, or make it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def main():
    """Run the proof as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--store", choices=list(CLUSTERS), default="sqlite")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--plot", type=Path, help="draw the history into this file, .svg or .png")
    arguments = vars(parser.parse_args())
    picture = arguments.pop("plot")
    options = Options(**arguments)
    folder = fresh(WORK / options.store)
    findings = uvloop.run(run(folder, options))
    report.show(findings, Console(width=140))
    if picture:
        from proof import plot  # noqa: PLC0415 -- needs matplotlib, which nothing else does

        plot.draw(folder, picture)
    if findings.anomalies:
        sys.exit(f"the histories are in {folder}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
