"""Measure `Use` of each service: its processor time, that of its database, its saturation, and latency below it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench import database, generator, servers, workloads
from bench.admin_client import AdminClient
from bench.compare import Progress, Rounds, middle
from bench.generator import Figures
from bench.peers import writing
from bench.peers.go_service import GoService
from bench.peers.writing import Writes
from bench.servers import Server
from bench.workloads import Workload

ECHO, SQLITE, POSTGRES = "echo", "redeemd on SQLite", "redeemd on PostgreSQL"
GO_POSTGRES, GO_POSTGRES_EVENT = "Go, pgx, PostgreSQL", "Go, pgx, PostgreSQL, with an event"
GO_SQLITE, GO_SQLITE_EVENT = "Go, SQLite", "Go, SQLite, with an event"
SHARES = (0.5, 0.9)  # of each one's own saturation

_REPLY = "reply.bin"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; `seconds` of open-loop load at each share of the saturation."""

    rounds: int
    calls: int
    warm_up_calls: int
    seconds: float
    codes: int


@dataclass(frozen=True, slots=True)
class Peers:
    """The figures of all services by their names. `open_loop` has those of each share, with the rate offered."""

    size: Size
    saturated: Rounds
    open_loop: dict[str, list[tuple[float, Figures]]]
    writes: dict[str, Writes]


@dataclass(frozen=True, slots=True)
class _Contestant:
    server: Server
    bodies: Iterator[bytes]

    def run(self, calls: int, rate: float = 0) -> Figures:
        """Send the next requests; fewer if there are not so many left."""
        return generator.run(self.server, list(islice(self.bodies, calls)), rate=rate)


def run(folder: Path, size: Size, progress: Progress) -> Peers:
    """Measure all services, in interleaved rounds."""
    with ExitStack() as stack:
        contestants = _start(stack, folder, size, progress)
        for contestant in contestants.values():
            contestant.run(size.warm_up_calls)
        saturated: Rounds = {name: [] for name in contestants}
        writes: dict[str, Writes] = {}
        for number in range(size.rounds):
            for name, contestant in contestants.items():
                before = writing.so_far(contestant.server)
                figures = contestant.run(size.calls)
                writes[name] = writing.per_call(before, writing.so_far(contestant.server), figures.calls)
                saturated[name].append(figures)
                progress(f"round {number + 1} of {size.rounds}, {name}: {figures.together_us:.0f} us of CPU a call")
        open_loop = _open_loop(contestants, saturated, size, progress)
    return Peers(size, saturated, open_loop, writes)


def _open_loop(
    contestants: dict[str, _Contestant], saturated: Rounds, size: Size, progress: Progress
) -> dict[str, list[tuple[float, Figures]]]:
    found: dict[str, list[tuple[float, Figures]]] = {name: [] for name in contestants}
    for share in SHARES:
        for name, contestant in contestants.items():
            rate = share * middle(saturated[name]).calls_per_second
            figures = contestant.run(round(rate * size.seconds), rate)
            found[name].append((rate, figures))
            progress(f"{name}, {rate:,.0f} calls/s offered: p99 {figures.p99_ms:.0f} ms")
    return found


def _start(stack: ExitStack, folder: Path, size: Size, progress: Progress) -> dict[str, _Contestant]:
    def redeemd(name: str, data: Path, flags: list[str], cluster: database.Database | None = None) -> Workload:
        progress(f"starting {name}")
        server = stack.enter_context(servers.running([*servers.redeemd(data), *flags], data, cluster))
        with AdminClient(server) as administrator:
            workload = workloads.use(administrator, size.codes)
        contestants[name] = _Contestant(server, iter(workload.bodies))
        return workload

    def go(name: str, data: Path, url: str, cluster: database.Database | None = None, *, events: bool) -> None:
        progress(f"starting {name}")
        service = GoService(data, url, events)
        workload = service.prepare(size.codes)
        server = stack.enter_context(servers.running(service.serve(), data, cluster))
        contestants[name] = _Contestant(server, iter(workload.bodies))

    def cluster(name: str) -> database.Database:
        return stack.enter_context(database.running(folder / name))

    contestants: dict[str, _Contestant] = {}
    workload = redeemd(SQLITE, folder / "redeemd", [])
    ours = cluster("cluster-redeemd")
    data = folder / "redeemd-postgres"
    redeemd(POSTGRES, data, ours.create_for_redeemd(data), ours)
    for name, short, events in ((GO_POSTGRES, "go", False), (GO_POSTGRES_EVENT, "go-event", True)):
        theirs = cluster(f"cluster-{short}")
        go(name, folder / short, theirs.create("peer"), theirs, events=events)
    for name, short, events in ((GO_SQLITE, "go-sqlite", False), (GO_SQLITE_EVENT, "go-sqlite-event", True)):
        go(name, folder / short, f"sqlite:{folder / short / 'peer.db'}", events=events)
    contestants[ECHO] = _echo(stack, folder / "echo", workload)
    return contestants


def _echo(stack: ExitStack, data: Path, workload: Workload) -> _Contestant:
    """Start the echo; it gets the same requests as redeemd, and responds with one of its replies."""
    data.mkdir(parents=True, exist_ok=True)
    (data / _REPLY).write_bytes(workload.reply)
    server = stack.enter_context(servers.running(servers.echo(data / _REPLY), data))
    return _Contestant(server, iter(workload.bodies))
