"""Many calls at once, and some work that is done over and over meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

AT_ONCE, EACH, EACH_MAX = 50, 4, 100


async def hurry(call: Callable[[], Awaitable[Any]], enough: Callable[[], bool]) -> None:
    """Call from AT_ONCE sides at once, EACH times at least, until it is enough."""

    async def calls() -> None:
        for made in range(EACH_MAX):
            if made < EACH or not enough():
                await call()

    await asyncio.gather(*(calls() for _ in range(AT_ONCE)))
    assert enough()


@contextlib.asynccontextmanager
async def over_and_over(work: Callable[[], Awaitable[Any]]) -> AsyncIterator[None]:
    """Do some work over and over meanwhile, the last time to its end."""
    ended = asyncio.Event()

    async def go_on() -> None:
        while not ended.is_set():
            await work()

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        ended.set()
        await task
