"""The log lines of the calls of one method."""

from redeemd.base.log import LineLog, LogPolicy, Severity, timestamp

_ADDITIONS_MAX = 4000  # with more queued lines, additions are omitted: a blocked pipe must not fill the memory

# Faults of the server. A deadline may be the client's impatience, and unavailability that of the database.
_SEVERITIES = {
    "INTERNAL": Severity.ERROR,
    "UNKNOWN": Severity.ERROR,
    "DATA_LOSS": Severity.ERROR,
    "UNAVAILABLE": Severity.WARNING,
    "DEADLINE_EXCEEDED": Severity.WARNING,
}


class CallLog:
    """Decides which calls of a method are logged, and writes their lines."""

    def __init__(self, log: LineLog, policy: LogPolicy, name: str, *, writes: bool, streams: bool) -> None:
        """`name` is package.Service/Method; `streams` is whether a call has more than one request or reply."""
        self._log = log
        self._least = policy.least_call
        self._share = 1.0 if writes else policy.ok_reads
        self._slow_seconds = float("inf") if streams or not policy.slow_seconds else policy.slow_seconds
        self._credit = 1.0  # of successful reading calls; the first of them is logged
        self._head = f'"event":"call","method":"{name}"'

    def severity(self, status: str, seconds: float, *, always: bool) -> Severity | None:
        """Return the severity of a call's line; None if it gets none. `always`: no sampling applies to the call."""
        severity = _SEVERITIES.get(status, Severity.INFO)
        if seconds >= self._slow_seconds:
            severity = max(severity, Severity.WARNING)
        if severity < self._least:
            return None
        if severity is Severity.INFO and status == "OK" and self._share < 1.0 and not always:
            return severity if self._sampled() else None
        return severity

    def _sampled(self) -> bool:
        """Return True for the configured share of calls, evenly."""
        if self._credit < 1.0:
            self._credit += self._share
            return False
        self._credit += self._share - 1.0
        return True

    def write(
        self, severity: Severity, status: str, seconds: float, *, reason: str | None, members: str, addition: str
    ) -> None:
        """Write the line of a call.

        `members` and `addition` are JSON members, each preceded by a comma. Only while few lines are queued, the
        addition is written.
        """
        if addition and self._log.waiting > _ADDITIONS_MAX:
            addition = ',"request":"(left out, the log is behind)"'
        # All values are generated here or validated, so the line is JSON without escaping.
        why = f',"reason":"{reason}"' if reason else ""
        slow = ',"slow":true' if seconds >= self._slow_seconds else ""
        self._log.write(
            f'{{"time":"{timestamp()}","severity":"{severity.name}",{self._head},"code":"{status}"{why},'
            f'"duration_ms":{seconds * 1000:.3f}{slow}{members}{addition}}}'
        )
