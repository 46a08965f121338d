"""The clock interface, and the system clock."""

import time
from typing import Protocol


class Clock(Protocol):
    """A clock that returns milliseconds."""

    def now_ms(self) -> int:
        """Return the Unix time."""

    def monotonic_ms(self) -> int:
        """Return a monotonic time that cannot be set; only differences are meaningful."""


class SystemClock:
    """The clock of the operating system."""

    def now_ms(self) -> int:
        """See Clock."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """See Clock."""
        return time.monotonic_ns() // 1_000_000
