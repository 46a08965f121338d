"""redeemd with an accelerated clock: data that expires after a day expires after minutes.

Pauses between chores, deadlines and drains remain in real time. Usage: as redeemd; REDEEMD_SOAK_SPEED is the factor.
"""

import os

from redeemd import cli
from redeemd.app.environment import Environment
from redeemd.base.clock import SystemClock


class AcceleratedClock(SystemClock):
    """The clock of the operating system, which runs `speed` times as fast from now on."""

    def __init__(self, speed: float) -> None:
        self._start = super().now_ms()
        self._speed = speed

    def now_ms(self) -> int:
        """See Clock."""
        return self._start + int((super().now_ms() - self._start) * self._speed)


if __name__ == "__main__":
    cli.main(Environment(clock=AcceleratedClock(float(os.environ["REDEEMD_SOAK_SPEED"]))))
