"""Reports database faults at a limited rate."""

import time
from collections.abc import Callable

EVERY_SECONDS = 1.0
KINDS_MAX = 100  # more than there should be; all further kinds are counted as one

Report = Callable[[str, str, int], None]


class Faults:
    """Reports each kind of fault at most once a second, with the number of faults since the previous report."""

    def __init__(self, report: Report, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`report` is called with the class of an error, its SQLSTATE or SQLite error name, and the number of faults.

        It does not get the text of the error, which may quote a row. `clock` returns seconds.
        """
        self._report = report
        self._clock = clock
        self._waiting: dict[tuple[str, str], int] = {}
        self._reported: dict[tuple[str, str], float] = {}

    def add(self, error: BaseException) -> None:
        """Report an error, now or together with the next one of its kind."""
        code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or ""
        kind = (type(error).__name__, code)
        if kind not in self._reported and len(self._reported) >= KINDS_MAX:
            kind = ("other", "")
        count = self._waiting[kind] = self._waiting.get(kind, 0) + 1
        now = self._clock()
        if now - self._reported.get(kind, -EVERY_SECONDS) >= EVERY_SECONDS:
            self._reported[kind], self._waiting[kind] = now, 0
            self._report(*kind, count)
