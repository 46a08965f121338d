"""The faults of a run: which come when, and how each is done."""

import asyncio
import json
import random
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from proof.history import now_ns
from proof.plan import Options

_EVERYWHERE = {"kill": 4, "pause": 4, "terminate": 2, "drop": 4, "cut": 3, "delay": 1}
_PAUSE_SECONDS = (0.1, 2.0)
_DOWN_SECONDS = (0.0, 0.5)
_DROP_SECONDS = (0.05, 0.8)
_DELAY_SECONDS = 0.3


@dataclass(frozen=True)
class Injected:
    """A fault that was injected, on the clock of the histories."""

    kind: str
    begin: int
    end: int


class Faults:
    """Injects faults, each at a point of the run, one after the other."""

    def __init__(self, cluster, options: Options):
        self._cluster = cluster
        self._random = random.Random(f"{options.seed}/faults")
        step = options.operations / options.faults
        self._points = [int(step * (number + 0.5)) for number in range(options.faults)]
        self._kinds = self._draw(options.faults)
        self.injected: list[Injected] = []

    def write(self, path: Path):
        """Write them beside the histories, as JSON."""
        path.write_text(json.dumps([asdict(fault) for fault in self.injected]))

    def _weights(self):
        return _EVERYWHERE | self._cluster.database_faults

    def _draw(self, count):
        """Draw kinds, each at least once where there is room for all."""
        weights = self._weights()
        kinds = list(weights)[:count]
        kinds += self._random.choices(list(weights), weights.values(), k=count - len(kinds))
        self._random.shuffle(kinds)
        return kinds

    async def run(self, proxy, total, under_way):
        """Inject all of them; `total` returns how far the run is, `under_way` whether it goes on."""
        for point, kind in zip(self._points, self._kinds, strict=True):
            while total() < point and under_way():  # noqa: ASYNC110 -- other processes count
                await asyncio.sleep(0.01)
            if not under_way():
                return
            begin = now_ns()
            await self._inject(kind, proxy)
            self.injected.append(Injected(kind, begin, now_ns()))

    async def _inject(self, kind, proxy):
        number = self._random.randrange(len(self._cluster.replicas))
        if kind in {"drop", "cut", "delay"}:
            seconds = {"drop": self._random.uniform(*_DROP_SECONDS), "cut": 0.0, "delay": _DELAY_SECONDS}[kind]
            await proxy.inject(number, kind, seconds)
        elif kind in {"kill", "terminate", "pause"}:
            await getattr(self, f"_{kind}")(self._cluster.replicas[number])
        else:
            await self._cluster.database_fault(kind)

    async def _kill(self, replica):
        await replica.kill()
        await self._start(replica)

    async def _terminate(self, replica):
        await replica.terminate()
        await self._start(replica)

    async def _start(self, replica):
        """Start it again after a while."""
        await asyncio.sleep(self._random.uniform(*_DOWN_SECONDS))
        await replica.start()

    async def _pause(self, replica):
        replica.signal(signal.SIGSTOP)
        await asyncio.sleep(self._random.uniform(*_PAUSE_SECONDS))
        replica.signal(signal.SIGCONT)
