"""Debounces the health of the database for health checks."""

import asyncio
from collections.abc import Callable

HOLD_SECONDS = 0.5


class Steady:
    """Reports a state only after it has been stable for a while.

    Clients leave a replica that reports NOT_SERVING, and return when it reports SERVING. Alternating between both many
    times a second would do more harm than the fault itself.
    """

    def __init__(self, report: Callable[[bool], None], *, seconds: float = HOLD_SECONDS) -> None:
        """`report` is called with each new state; the initial state is True and is not reported."""
        self._report = report
        self._seconds = seconds
        self._told = True
        self._timer: asyncio.TimerHandle | None = None

    def set(self, state: bool) -> None:
        """Record a state."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if state != self._told:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._pass_on, state)

    def _pass_on(self, state: bool) -> None:
        self._timer = None
        self._told = state
        self._report(state)
