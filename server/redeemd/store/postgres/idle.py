"""Detects that a database is gone although no call uses it."""

import asyncio
from collections.abc import Awaitable, Callable

PING_SECONDS = 1.0  # between two pings
# How long an idle database may take to respond before it is suspect, and then how long to accept a connection before it
# is reported as unreachable. With the pause between pings, a database that falls silent is reported within 3 s.
ANSWER_SECONDS = 1.0
CONNECT_SECONDS = 0.9


async def watch(
    busy: Callable[[], bool], ping: Callable[[], Awaitable[bool]], doubt: Callable[[], None], *, seconds: float
) -> None:
    """Ping an idle database every few seconds until cancelled; call `doubt` unless it responds that it is writable.

    While runs are under way (`busy`), they detect it themselves. `ping` must not raise, except when it is cancelled.
    """
    while True:
        await asyncio.sleep(seconds)
        if busy():
            continue
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                writable = await ping()
        except TimeoutError:
            writable = False
        if not writable:
            doubt()
