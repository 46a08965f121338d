"""`python -m bench.counting`: what the counting of uses, for the curves of the console, adds to the cost of a Use.

On each store, a server that counts and one whose triggers were dropped take turns. The processor time of the server and
its database counts, until the uses are added to the totals.
"""

import argparse
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median

from bench import database, generator, machine, servers, workloads
from bench.admin_client import AdminClient
from bench.compare import Contestant
from bench.servers import Server

_WARM_UP_CALLS = 2000
Start = Callable[[ExitStack, Path, bool], Server]


def embedded(stack: ExitStack, data: Path, counts: bool) -> Server:
    """Start a server on SQLite."""
    server = stack.enter_context(servers.running(servers.redeemd(data), data))
    if not counts:
        with closing(sqlite3.connect(data / "redeemd.db")) as connection:
            names = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'serial_key'"
            for (name,) in connection.execute(names).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
    return server


def on_postgres(stack: ExitStack, data: Path, counts: bool) -> Server:
    """Start a server on a PostgreSQL of its own."""
    cluster = stack.enter_context(database.running(data / "cluster"))
    flags = cluster.create_for_redeemd(data)
    if not counts:
        cluster.server.sql("ALTER TABLE serial_key DISABLE TRIGGER USER", database="redeemd")
    return stack.enter_context(servers.running([*servers.redeemd(data), *flags], data, cluster))


def _measure(start: Start, folder: Path, *, rounds: int, calls: int) -> None:
    with ExitStack() as stack:
        contestants = {}
        for name, counts in (("counting", True), ("without", False)):
            server = start(stack, folder / name, counts)
            with AdminClient(server) as administrator:
                workload = workloads.use(administrator, rounds * calls + _WARM_UP_CALLS)
            contestants[name] = Contestant(server, workload, calls)
            contestants[name].run(_WARM_UP_CALLS)
        ratios = []
        for number in range(rounds):
            order = list(contestants)[:: 1 if number % 2 else -1]  # what comes first does not always come first
            took = {name: contestants[name].run(calls).together_us for name in order}
            ratios.append(took["counting"] / took["without"])
            figures = ", ".join(f"{name} {us:.0f} us" for name, us in sorted(took.items()))
            print(f"round {number + 1}: {figures} of CPU a call, {ratios[-1]:.3f}", flush=True)
    print(f"  counting / without: {median(ratios):.3f}")


def main() -> None:
    """Measure both stores, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    generator.build()
    folder = machine.WORK / "counting"
    for name, start in (("SQLite", embedded), ("PostgreSQL", on_postgres)):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        print(name)
        _measure(start, folder, **vars(arguments))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
