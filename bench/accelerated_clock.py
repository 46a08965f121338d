"""`redeemd` with a clock that runs faster, and nothing else: what it forgets after a day, it forgets after minutes.

Rests between chores, deadlines and drains are real time, as ever. Usage: as redeemd; REDEEMD_SOAK_SPEED says how fast.
"""

import os

from redeemd import cli
from redeemd.base.clock import SystemClock


def hurry(speed: float) -> None:
    """Make the clock of this process run `speed` times as fast from now on."""
    real = SystemClock.now_ms
    start = real(SystemClock())

    def now_ms(self: SystemClock) -> int:
        return start + int((real(self) - start) * speed)

    SystemClock.now_ms = now_ms  # type: ignore[method-assign]  # the one difference


if __name__ == "__main__":
    hurry(float(os.environ["REDEEMD_SOAK_SPEED"]))
    cli.main()
