"""`python -m bench.searching`: how long pages of the console take to appear over a database of 100 million codes.

Five million of the codes are used, by half as many players. Their rows are written into the stopped database, in the
shape that `Use` gives them, without the counts that `Use` adds up for curves: see `bench.curves` for those. Times are
those of the whole request, its client included, on an embedded database that is larger than the cache of SQLite.
The client is that of the tests: PYTHONPATH has to name their folder.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from statistics import median

from redeemd.app.server import tame_garbage_collector
from support.console import Person, Shown, console, logged_in
from support.world import World

from bench import growth, surroundings
from bench.admin_client import CAMPAIGN, ISSUE_MAX, NAMESPACE

ISSUED, USED = 100_000_000, 5_000_000
TIMES = 100  # of each page, each time for something else
_SEED = 20261130

_Page = Callable[[], Awaitable[Shown]]


async def fill(folder: Path, issued: int, used: int) -> str:
    """Issue codes and use some of them; return the name of the last batch."""
    async with console(folder) as service:
        await service.call("CreateNamespace", name=NAMESPACE)
        world = World(service, NAMESPACE)
        await world.put_in_force(CAMPAIGN)
        for _ in range(issued // ISSUE_MAX):
            job = await world.issue(ISSUE_MAX, CAMPAIGN)
    surroundings.use(folder, used=used, step=issued // used)
    return str(job.name)


def pages(person: Person, batch: str, codes: Iterator[str], players: int) -> Mapping[str, _Page]:
    """Return what somebody opens, by name; what they search for is another each time."""
    draw = random.Random(_SEED)
    namespace = f"/console/codes/{NAMESPACE}"
    campaign = f"{namespace}/campaigns/{CAMPAIGN}"
    empty: dict[str, str] = {}

    async def code() -> Shown:
        if not empty:
            empty.update((await person.get(f"{namespace}/code")).form("find"))
        return await person.post(f"{namespace}/code", {**empty, "code": next(codes)})

    return {
        "the campaigns": lambda: person.get(namespace),
        "a campaign": lambda: person.get(campaign),
        "a campaign by batch": lambda: person.get(f"{campaign}?by=batch"),
        "a batch": lambda: person.get(f"{campaign}/batches/{batch}"),
        "the codes of a batch": lambda: person.get(f"{campaign}/batches/{batch}/codes"),
        "a code that is searched": code,
        "a player": lambda: person.get(f"{namespace}/player?user=player-{draw.randrange(players):07}"),
    }


async def measure(page: _Page) -> tuple[float, float]:
    """Return the median and the longest time of a page, in milliseconds."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        shown = await page()
        taken.append((time.perf_counter() - began) * 1000)
        assert shown.status == HTTPStatus.OK, shown.text
        assert not shown.refusal, shown.refusal
    return median(taken), max(taken)


async def run(folder: Path, issued: int, used: int) -> None:
    """Measure and print."""
    batch = await fill(folder, issued, used)
    codes = growth.unused(folder, issued=issued, step=issued // used)
    async with console(folder) as service, logged_in(service) as person:
        tame_garbage_collector()  # as `redeemd serve` does
        print("| page | median, ms | longest, ms |\n|---|---|---|")
        for name, page in pages(person, batch, codes, used // 2).items():
            middle, longest = await measure(page)
            print(f"| {name} | {middle:.1f} | {longest:.1f} |")


def main() -> None:
    """Read how many codes there are to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--issued", type=int, default=ISSUED, help="codes, in batches of 100,000")
    parser.add_argument("--used", type=int, default=USED)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # on a disk, and not in memory
        asyncio.run(run(Path(folder), arguments.issued, arguments.used))


if __name__ == "__main__":
    main()
