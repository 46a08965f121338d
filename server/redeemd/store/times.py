"""How long things may take on PostgreSQL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Times:
    """Limits in seconds."""

    host: float = 3.0  # to connect to one host, before the next one is tried
    free: float = 5.0  # for a connection to be given back, where all are in use
    statement: float = 15.0  # then the database itself ends the statement
    # A process that was stopped in the middle of a transaction must not keep its locks.
    idle_in_transaction: float = 10.0
    # For any answer. It is longer than `statement`, so whoever is silent for so long is gone, or its commit waits for a
    # standby; shorter than the 30 s that clients wait by default, so that they learn which of their calls is in doubt.
    answer: float = 20.0
    # After that long without an acknowledgement, or without any traffic, the kernel asks the other end, and gives up.
    unacknowledged: float = 15.0
    idle_before_probes: float = 30.0
    pause_max: float = 5.0  # between two looks at a database that is away, or that leaves a commit unanswered
