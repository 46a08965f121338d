"""`Use`, `Exchange` and `CountUp` against a bare echo: interleaved, medians.

`Use` also on a conventional store, over TLS, and as part of a trace that is not sampled; `Use` and `Exchange` also
against themselves without events, and `Exchange` with a reward that is delivered to a handler.
"""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from bench import generator, servers, workloads
from bench.admin_client import AdminClient
from bench.generator import Figures
from bench.servers import Server
from bench.workloads import Prepare, Workload

ECHO, REDEEMD = "echo", "redeemd"
BASELINE = "baseline"
EXCHANGE, HOT_COUNTER, MANY_COUNTERS = "exchange", "hot-counter", "many-counters"
SILENT, SILENT_EXCHANGE = "without-events", "exchange-without-events"
DELIVERED = "exchange-delivered"
ENCRYPTED, UNSAMPLED = "tls", "unsampled-trace"

Progress = Callable[[str], None]
Rounds = dict[str, list[Figures]]  # the figures of every round, by contestant

_REPLY = "reply.bin"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. The conventional store gets fewer calls, because it takes three times as long for each."""

    rounds: int
    calls: int
    baseline_calls: int
    warm_up_calls: int


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running server and the requests that it gets, in their order."""

    server: Server
    workload: Workload
    calls: int  # in a round
    _sent: "count[int]" = field(default_factory=count)

    def run(self, calls: int) -> Figures:
        """Send the next requests."""
        work = self.workload
        bodies = [work.bodies[next(self._sent)] for _ in range(calls)]
        return generator.run(self.server, bodies, method=work.method, metadata=work.metadata)


def run(folder: Path, size: Size, wanted: Collection[str], progress: Progress) -> Rounds:
    """Measure the echo and `Use`, and the other servers that are wanted."""
    with ExitStack() as stack:
        contestants = _contestants(stack, folder, size, wanted, progress)
        for contestant in contestants.values():
            contestant.run(size.warm_up_calls)
        rounds: Rounds = {name: [] for name in contestants}
        for number in range(size.rounds):
            for name, contestant in contestants.items():
                figures = contestant.run(contestant.calls)
                rounds[name].append(figures)
                progress(f"round {number + 1} of {size.rounds}, {name}: {figures.cpu_us:.0f} us of CPU a call")
    return rounds


def _contestants(
    stack: ExitStack, folder: Path, size: Size, wanted: Collection[str], progress: Progress
) -> dict[str, Contestant]:
    """Start all servers; each measurement has its own, so that none pays for another's pending work."""

    def service(name: str, command: Callable[[Path], list[str]], prepare: Prepare, calls: int) -> Contestant:
        progress(f"starting {name}")
        data = folder / name
        server = stack.enter_context(servers.running(command(data), data))
        with AdminClient(server) as administrator:
            return Contestant(server, prepare(administrator, size.rounds * calls + size.warm_up_calls), calls)

    redeemd = service(REDEEMD, servers.redeemd, workloads.use, size.calls)
    echo = _echo(stack, folder / ECHO, redeemd)
    contestants = {ECHO: echo, REDEEMD: redeemd}
    many_counters = partial(workloads.many_counters, players=size.calls)
    others: dict[str, tuple[Callable[[Path], list[str]], Prepare, int]] = {
        BASELINE: (servers.baseline, workloads.use, size.baseline_calls),
        SILENT: (servers.silent, workloads.use, size.calls),
        ENCRYPTED: (servers.encrypted, workloads.use, size.calls),
        UNSAMPLED: (servers.tracing, workloads.unsampled_use, size.calls),
        EXCHANGE: (servers.redeemd, workloads.exchange, size.calls),
        DELIVERED: (
            partial(servers.delivering, handler=echo.server.address),
            partial(workloads.exchange, delivered=True),
            size.calls,
        ),
        SILENT_EXCHANGE: (servers.silent, workloads.exchange, size.calls),
        HOT_COUNTER: (servers.redeemd, workloads.hot_counter, size.calls),
        MANY_COUNTERS: (servers.redeemd, many_counters, size.calls),
    }
    return contestants | {name: service(name, *others[name]) for name in others if name in wanted}


def _echo(stack: ExitStack, data: Path, redeemd: Contestant) -> Contestant:
    """Start the echo; it gets the same requests as redeemd, and responds with one of its replies."""
    data.mkdir(parents=True, exist_ok=True)
    (data / _REPLY).write_bytes(redeemd.workload.reply)
    server = stack.enter_context(servers.running(servers.echo(data / _REPLY), data))
    return Contestant(server, redeemd.workload, redeemd.calls)


def middle(figures: list[Figures]) -> Figures:
    """Return the median of each figure."""
    return Figures(
        calls=sum(each.calls for each in figures),
        cpu_us=median(each.cpu_us for each in figures),
        calls_per_second=median(each.calls_per_second for each in figures),
        p50_ms=median(each.p50_ms for each in figures),
        p99_ms=median(each.p99_ms for each in figures),
        p999_ms=median(each.p999_ms for each in figures),
        database_us=median(each.database_us for each in figures),
        ok_share=min(each.ok_share for each in figures),
        load_busy=max(each.load_busy for each in figures),
    )
