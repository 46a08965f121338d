"""Reports what goes wrong in a database, without drowning in it."""

import time
from collections.abc import Callable

EVERY_SECONDS = 1.0
KINDS_MAX = 100  # there are fewer; what is beyond is counted as one

Report = Callable[[str, str, int], None]


class Faults:
    """Passes each kind of fault on at most once a second, with how many there were since the last time."""

    def __init__(self, report: Report, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`report` is called with the class of an error, its SQLSTATE or SQLite's name of it, and their number.

        Not with its text, which may quote a row. `clock` returns seconds.
        """
        self._report = report
        self._clock = clock
        self._waiting: dict[tuple[str, str], int] = {}
        self._reported: dict[tuple[str, str], float] = {}

    def add(self, error: BaseException) -> None:
        """Report an error, now or with the next of its kind."""
        code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or ""
        kind = (type(error).__name__, code)
        if kind not in self._reported and len(self._reported) >= KINDS_MAX:
            kind = ("other", "")
        count = self._waiting[kind] = self._waiting.get(kind, 0) + 1
        now = self._clock()
        if now - self._reported.get(kind, -EVERY_SECONDS) >= EVERY_SECONDS:
            self._reported[kind], self._waiting[kind] = now, 0
            self._report(*kind, count)
