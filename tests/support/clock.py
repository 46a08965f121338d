"""A clock that stands still until told otherwise."""

START_MS = 1_800_000_000_000


class ManualClock:
    """See redeemd.clock.Clock."""

    def __init__(self, now: int = START_MS) -> None:
        self.now = now

    def now_ms(self) -> int:
        """Answer the time that was set."""
        return self.now

    def monotonic_ms(self) -> int:
        """Answer the same: it is not set back either."""
        return self.now

    def advance(self, *, seconds: int) -> None:
        """Let time pass."""
        self.now += seconds * 1000
