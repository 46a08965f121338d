"""Measures the bytes that a service and its database write for a redemption."""

from dataclasses import dataclass

from bench import machine
from bench.servers import Server


@dataclass(frozen=True, slots=True)
class Writes:
    """Bytes to files, and for PostgreSQL bytes of WAL and fsyncs of it; the last two are 0 for others."""

    file_bytes: float
    wal_bytes: float
    fsyncs: float


def so_far(server: Server) -> Writes:
    """Return what was written so far: by the database, or by the server if its database is embedded."""
    if server.database is None:
        return Writes(machine.family_written_bytes(server.pid), 0, 0)
    written = server.database.written()
    return Writes(written.file_bytes, written.wal_bytes, written.fsyncs)


def per_call(before: Writes, after: Writes, calls: int) -> Writes:
    """Return what one of the calls between two readings wrote, on average."""
    return Writes(
        (after.file_bytes - before.file_bytes) / calls,
        (after.wal_bytes - before.wal_bytes) / calls,
        (after.fsyncs - before.fsyncs) / calls,
    )
