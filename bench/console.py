"""`python -m bench.console`: what pages of the console cost: CPU per page, and for how long each keeps the event loop.

The server and its client share this process, so the numbers include what the client costs: they are upper bounds.
The client is that of the tests: PYTHONPATH has to name their folder.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from redeemd.app.server import tame_garbage_collector
from support.console import address_of, console, logged_in
from support.service import Service
from support.world import World

PAGES = 100  # of each kind
NAMESPACE = "bench"


class _Stretches:
    """How long each callback of the event loop took, in milliseconds. Only the standard loop can be watched."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        run = asyncio.Handle._run  # noqa: SLF001 -- the loop offers no other way to see every callback

        def timed(handle: asyncio.Handle) -> None:
            began = time.perf_counter()
            run(handle)
            self.milliseconds.append((time.perf_counter() - began) * 1000)

        asyncio.Handle._run = timed  # type: ignore[method-assign,assignment]  # noqa: SLF001 -- same


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one kind of page, in milliseconds: CPU of a page, and the longest stretch of each page (median and worst)."""

    cpu: float
    stretch: float
    worst: float


async def measure(url: str, path: str, cookie: str, stretches: _Stretches) -> Cost:
    """Request a page many times over one connection."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {cookie}\r\n\r\n".encode()

    async def once() -> float:
        stretches.milliseconds.clear()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert " 200 " in head.splitlines()[0], head
        length = next(line for line in head.splitlines() if line.lower().startswith("content-length:"))
        await reader.readexactly(int(length.split(":")[1]))
        return max(stretches.milliseconds)

    for _ in range(5):
        await once()
    began = time.process_time()
    longest = [await once() for _ in range(PAGES)]
    cpu = (time.process_time() - began) / PAGES * 1000
    writer.close()
    return Cost(cpu, median(longest), max(longest))


async def paths(service: Service) -> Sequence[str]:
    """Fill the server; return the paths of pages with much on them."""
    await service.call("CreateNamespace", name=NAMESPACE)
    world = World(service, NAMESPACE)
    await world.put_in_force(*(f"campaign-{number}" for number in range(50)))
    await world.codes(60, "campaign-0")
    for code in (await world.codes(300, "campaign-0"))[:200]:
        await service.as_player("Use", "alice", namespace_name=NAMESPACE, code=code)
    for _ in range(50):
        await world.issue(1000, "campaign-0")
    jobs = await service.call("DescribeIssueJobs", namespace_name=NAMESPACE, campaign_model_name="campaign-0")
    campaign = f"/console/codes/{NAMESPACE}/campaigns/campaign-0"
    batch = f"{campaign}/batches/{jobs.items[0].name}"
    return (
        "/console/login",
        "/console/codes",
        f"/console/codes/{NAMESPACE}",
        campaign,
        f"{campaign}?by=hour&with=campaign-1",
        f"{campaign}?by=batch",
        batch,
        f"{batch}/codes",
        f"{batch}/sheet",
        f"{campaign}/import",
        "/console/servers",
        f"/console/codes/{NAMESPACE}/master-data",
    )


async def main() -> None:
    """Measure and print."""
    stretches = _Stretches()
    with tempfile.TemporaryDirectory() as folder:
        async with console(Path(folder)) as service, logged_in(service) as admin:
            tame_garbage_collector()  # as `redeemd serve` does: otherwise full collections of 80 ms are measured
            await admin.get("/console/codes")
            cookie = "; ".join(f"{each.key}={each.value}" for each in admin.session.cookie_jar)
            print("| page | CPU, ms | longest stretch, ms | worst, ms |\n|---|---|---|---|")
            for path in await paths(service):
                cost = await measure(address_of(service), path, cookie, stretches)
                print(f"| {path} | {cost.cpu:.1f} | {cost.stretch:.1f} | {cost.worst:.1f} |")


if __name__ == "__main__":
    asyncio.run(main())
