"""Signal handling of a serving process."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import TypeVar

T = TypeVar("T")

ENDING = (signal.SIGTERM, signal.SIGINT)
# By default these end a process; closing a terminal, rotating logs or a wrong kill command must not. SIGHUP is ignored
# until a server has started, and then reloads.
IGNORED = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


def heed() -> "asyncio.Future[int]":
    """Return a future of the number of the first signal in ENDING. Ignore the signals in IGNORED."""
    loop = asyncio.get_running_loop()
    ending: asyncio.Future[int] = loop.create_future()

    def end(number: int) -> None:
        if not ending.done():
            ending.set_result(number)

    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    for number in ENDING:
        loop.add_signal_handler(number, end, number)
    return ending


@contextlib.contextmanager
def reloading(request: Callable[[], None]) -> Iterator[None]:
    """Call `request` on every SIGHUP during the block; ignore the signal again afterwards."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, request)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


async def unless(ending: "asyncio.Future[int]", work: Coroutine[object, None, T]) -> T | None:
    """Return the result of some work, or None if it was cancelled because the process is to end."""
    task = asyncio.create_task(work)
    await asyncio.wait((task, ending), return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        await asyncio.wait((task,))
    return None if task.cancelled() else task.result()
