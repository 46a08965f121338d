"""The log: lines of JSON, for machines first.

The log is an allow-list. It contains nothing of a request but the name of its namespace, and therefore no codes, tokens
or secrets; only in namespaces with a log setting does rpc.request_log add what may be shown. For an unexpected
exception, it contains the type and the origin, but not the text, which may quote anything.
"""

import functools
import json
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Literal, Protocol, TextIO

_FLUSH_SECONDS = 0.2
_LINES_MAX = 100_000  # beyond that, the oldest are dropped: a blocked pipe must not fill the memory


class Severity(IntEnum):
    """How much attention a line deserves, with the names that log collectors know."""

    INFO = 1
    NOTICE = 2
    WARNING = 3
    ERROR = 4


class Report(Protocol):
    """Prints a line about a command or a server for people."""

    def __call__(self, text: str, severity: Severity = Severity.INFO, /) -> None:
        """Print a line."""


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """The calls and events that are logged.

    level         calls: every call, and every event; faults: calls that a fault of the server or a long wait affected,
                  and every event; off: no calls, and events from NOTICE on, such as defects and faults of the store
    ok_reads      the share of successful reading calls that is logged, from 0 to 1
    slow_seconds  calls with one request and one reply that last this long are logged as slow; 0: none
    """

    level: Literal["calls", "faults", "off"] = "calls"
    ok_reads: float = 1.0
    slow_seconds: float = 0.0

    @property
    def least_call(self) -> int:
        """The least severity of a call that is logged."""
        return {"calls": Severity.INFO, "faults": Severity.WARNING, "off": Severity.ERROR + 1}[self.level]

    @property
    def least_event(self) -> Severity:
        """The least severity of an event that is logged."""
        return Severity.NOTICE if self.level == "off" else Severity.INFO


class LineLog:
    """Writes lines to a stream a few times a second, because a write per call would cost more than the call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=_LINES_MAX)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line."""
        self._lines.append(line)

    @property
    def waiting(self) -> int:
        """The number of queued lines."""
        return len(self._lines)

    def flush(self) -> None:
        """Write the queued lines."""
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if lines:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()

    def _run(self) -> None:
        while not self._stop.wait(_FLUSH_SECONDS):
            self.flush()

    def close(self) -> None:
        """Write the queued lines and stop."""
        self._stop.set()
        self._thread.join()
        self.flush()


def event_line(event: str, severity: Severity, **fields: object) -> str:
    """Render the line of an event that is not a call."""
    return json.dumps({"time": timestamp(), "severity": severity.name, "event": event, **fields})


def origins(error: BaseException) -> list[str]:
    """Return the types and tracebacks of an exception and its causes, without their texts."""
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        frames = reversed(traceback.extract_tb(cause.__traceback__))
        places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        chain.append(f"{type(cause).__name__} at {places}")
        cause = cause.__cause__ or cause.__context__
    return chain


def timestamp() -> str:
    """Return the present time in RFC 3339, with milliseconds."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{_second(milliseconds // 1000)}.{milliseconds % 1000:03}Z"


@functools.lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    """Render a second; cached, because the same second is rendered thousands of times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
