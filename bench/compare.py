"""`Use` against a bare echo, and against the same service over an ordinary store: interleaved rounds, medians."""

import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from bench import generator, servers
from bench.administrator import Administrator, use_bodies
from bench.generator import Figures
from bench.servers import Server

ECHO, REDEEMD, ORDINARY = "echo", "redeemd", "ordinary"

Tell = Callable[[str], None]

_SEED = 20260101
_REPLY = "reply.bin"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. The ordinary server gets fewer calls, because it takes three times as long for each."""

    rounds: int
    calls: int
    ordinary_calls: int
    warm_up_calls: int


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running server and the requests that it gets, each once."""

    server: Server
    bodies: list[bytes]
    calls: int  # in a round
    _sent: "count[int]" = field(default_factory=count)

    def run(self, calls: int) -> Figures:
        """Send the next requests."""
        return generator.run(self.server, [self.bodies[next(self._sent)] for _ in range(calls)])


def run(folder: Path, size: Size, tell: Tell) -> dict[str, list[Figures]]:
    """Answer the figures of every round, by server."""
    with ExitStack() as stack:
        tell("starting redeemd, the ordinary server and the echo")
        redeemd = _service(stack, servers.redeemd, folder / REDEEMD, size, size.calls)
        contestants = {
            ECHO: _echo(stack, folder, redeemd),
            REDEEMD: redeemd,
            ORDINARY: _service(stack, servers.ordinary, folder / ORDINARY, size, size.ordinary_calls),
        }
        for contestant in contestants.values():
            contestant.run(size.warm_up_calls)
        rounds: dict[str, list[Figures]] = {name: [] for name in contestants}
        for number in range(size.rounds):
            for name, contestant in contestants.items():
                figures = contestant.run(contestant.calls)
                rounds[name].append(figures)
                tell(f"round {number + 1} of {size.rounds}, {name}: {figures.cpu_us:.0f} us of CPU a call")
    return rounds


def _service(stack: ExitStack, command: Callable[[Path], list[str]], data: Path, size: Size, calls: int) -> Contestant:
    server = stack.enter_context(servers.running(command(data), data))
    with Administrator(server) as administrator:
        administrator.prepare()
        codes = administrator.new_codes(size.rounds * calls + size.warm_up_calls + 1)
        tokens = administrator.login_players()
        # Players do not redeem in the order of issuing, which would be the kindest one to the database.
        random.Random(_SEED).shuffle(codes)
        (data / _REPLY).write_bytes(administrator.use(codes.pop(), tokens[0]))
    return Contestant(server, use_bodies(codes, tokens), calls)


def _echo(stack: ExitStack, folder: Path, redeemd: Contestant) -> Contestant:
    """Start the echo; it gets the very requests that redeemd gets, and answers with one of its replies."""
    server = stack.enter_context(servers.running(servers.echo(redeemd.server.data / _REPLY), folder / ECHO))
    return Contestant(server, redeemd.bodies, redeemd.calls)


def middle(figures: list[Figures]) -> Figures:
    """Answer the median of each figure."""
    return Figures(
        calls=sum(each.calls for each in figures),
        cpu_us=median(each.cpu_us for each in figures),
        calls_per_second=median(each.calls_per_second for each in figures),
        p50_ms=median(each.p50_ms for each in figures),
        p99_ms=median(each.p99_ms for each in figures),
    )
