"""Where the time comes from."""

import time
from typing import Protocol


class Clock(Protocol):
    """A source of milliseconds."""

    def now_ms(self) -> int:
        """Answer the Unix time."""

    def monotonic_ms(self) -> int:
        """Answer a time that never goes back, and that nobody sets; only differences of it mean something."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """See Clock."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """See Clock."""
        return time.monotonic_ns() // 1_000_000
