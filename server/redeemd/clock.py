"""Where the time comes from."""

import time
from typing import Protocol


class Clock(Protocol):
    """A source of Unix milliseconds."""

    def now_ms(self) -> int:
        """Answer the time."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """See Clock."""
        return time.time_ns() // 1_000_000
