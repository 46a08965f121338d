"""Ends a process that hangs after a test failed.

pytest-timeout and pytest's faulthandler both stop their timers at the first failure of a test, in case somebody starts
a debugger there. Fixtures that wait forever after that would hold up the whole run without a word. What follows 2.4.0
of pytest-timeout no longer does so (https://github.com/pytest-dev/pytest-timeout/issues/196).
"""

import faulthandler
import os

import pytest

TEARDOWN_SECONDS = 300


class Watchdog:
    """A plugin: the end of a test has a time-out, also of one that failed."""

    def __init__(self) -> None:
        self._error = os.dup(2)  # pytest has not redirected it yet, or not now

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """Print all stacks and exit if it takes too long. pytest's own plugin takes the order back after the test."""
        faulthandler.dump_traceback_later(TEARDOWN_SECONDS, exit=True, file=self._error)
