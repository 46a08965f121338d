"""A clock that advances only when a test says so."""

from pathlib import Path

START_MS = 1_800_000_000_000


class ManualClock:
    """See redeemd.base.clock.Clock. `now` is the time; the wall clock says that it is `ahead` milliseconds later."""

    def __init__(self, now: int = START_MS, *, ahead: int = 0) -> None:
        self.ahead = ahead
        self._files: list[Path] = []
        self.now = now

    @property
    def now(self) -> int:
        """The time, by no clock that is wrong."""
        return self._now

    @now.setter
    def now(self, now: int) -> None:
        self._now = now
        self._show()

    def follow(self, file: Path) -> None:
        """Keep the time, as the wall clock has it, in a file from now on."""
        self._files.append(file)
        self._show()

    def _show(self) -> None:
        for file in self._files:
            new = file.with_suffix(".new")
            new.write_text(str(self.now_ms()))
            new.replace(file)

    def now_ms(self) -> int:
        """Return what the wall clock says."""
        return self._now + self.ahead

    def monotonic_ms(self) -> int:
        """Return the time, which nobody sets."""
        return self._now

    def set_ahead(self, milliseconds: int) -> None:
        """Set the wall clock."""
        self.ahead = milliseconds
        self._show()

    def advance(self, *, seconds: int) -> None:
        """Advance the clock."""
        self.now += seconds * 1000
