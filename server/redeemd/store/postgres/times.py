"""Timeouts for PostgreSQL."""

from dataclasses import dataclass

from redeemd.store.postgres import turns


@dataclass(frozen=True, slots=True)
class Times:
    """Limits in seconds."""

    host: float = 3.0  # to connect to one host, before the next one is tried
    free: float = 5.0  # for a connection to be released when all are in use
    turn: float = turns.SECONDS  # for other calls that lock the same names to end
    statement: float = 15.0  # after which the database itself cancels the statement
    # Prevents a process that was suspended in the middle of a transaction from keeping its locks.
    idle_in_transaction: float = 10.0
    # For any response. Longer than `statement`, so a server that does not respond in time is gone, or the commit waits
    # for a standby. Shorter than the default timeout of clients, 30 s, so that they learn which calls are in doubt.
    response: float = 20.0
    # When the kernel gives up on unacknowledged data, and how long a connection is idle before the kernel probes it.
    unacknowledged: float = 15.0
    idle_before_probes: float = 30.0
    pause_max: float = 5.0  # between two probes of a database that is unreachable or has not acknowledged a commit
