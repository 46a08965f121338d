"""Takes the warnings of libraries into the log, where they would otherwise be text on standard error."""

import contextlib
import logging
from collections.abc import Iterator

from redeemd.base.log import Severity, origins
from redeemd.base.telemetry import Telemetry

PLACES_MAX = 100  # each place in a library is logged once; further ones are not


class _Handler(logging.Handler):
    """Logs each place that warns once, without the text of its message, which may quote anything."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__(logging.WARNING)
        self._telemetry = telemetry
        self._seen: set[tuple[str, int, type | None]] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        error = record.exc_info[1] if record.exc_info else None
        place = (record.pathname, record.lineno, type(error) if error else None)
        if place in self._seen or len(self._seen) >= PLACES_MAX:
            return
        self._seen.add(place)
        severity = Severity.ERROR if record.levelno >= logging.ERROR else Severity.WARNING
        self._telemetry.event(
            "library",
            severity,
            library=record.name,
            place=f"{record.pathname}:{record.lineno} {record.funcName}",
            errors=origins(error) if error else [],
        )


@contextlib.contextmanager
def taken_into(telemetry: Telemetry) -> Iterator[None]:
    """Log the warnings of libraries while the block runs."""
    handler, root = _Handler(telemetry), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
