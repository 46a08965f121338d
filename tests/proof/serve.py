"""`python -m proof.serve MILLISECONDS serve ...`: redeemd, with a clock that is ahead or behind."""

import sys

from redeemd import cli
from redeemd.app.environment import Environment
from redeemd.base.clock import SystemClock


class ShiftedClock:
    """The machine's clock, shifted."""

    def __init__(self, by_ms):
        self._by_ms = by_ms

    def now_ms(self):
        """Return the time."""
        return SystemClock().now_ms() + self._by_ms

    def monotonic_ms(self):
        """Return the machine's monotonic time, which nobody shifts."""
        return SystemClock().monotonic_ms()


def main():
    """Run the command line of redeemd in a server whose clock is wrong."""
    by_ms = int(sys.argv.pop(1))
    cli.main(Environment(clock=ShiftedClock(by_ms)))


if __name__ == "__main__":
    main()
