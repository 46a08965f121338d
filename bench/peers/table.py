"""The tables of the report, and the targets that compare redeemd with the Go service."""

from collections.abc import Sequence

from bench.compare import middle
from bench.generator import OK_SHARE_MIN, OPEN_LOOP_SECONDS_MAX, Figures
from bench.peers import plots
from bench.peers.run import GO_POSTGRES, GO_POSTGRES_EVENT, POSTGRES, SHARES, SQLITE, Peers
from bench.peers.writing import Writes
from bench.section import Section

GO_RATIO_MAX = 1.4
LOAD_BUSY_MAX = 0.9  # above it, the load generator may be what is saturated
POSTGRES_RATIO_MAX = 1.5

_COST_COLUMNS = ("service", "service us", "database us", "together us", "x redeemd on SQLite", "calls/s")
_WRITES_COLUMNS = ("service", "bytes to files", "bytes of WAL", "fsyncs of WAL")
_LATENCY_COLUMNS = (
    "service",
    *(f"{share:.0%}: {what}" for share in SHARES for what in ("calls/s", "p50 ms", "p99 ms", "p99.9 ms")),
)

_COST_PLOT = (plots.COST, "The processor time of a Use, of each service and its database.")
_LATENCY_PLOT = (plots.LATENCY, "The latency of a Use by each service, at half and at 90 % of what it can do.")

Ratio = tuple[str, float, float]  # what, measured, at most


def sections(peers: Peers) -> list[Section]:
    """Return the tables."""
    return [
        Section("Peers: cost of a Use", _COST_COLUMNS, _costs(peers), _cost_note(peers), _COST_PLOT),
        Section("Peers: latency", _LATENCY_COLUMNS, _latencies(peers), _latency_note(peers), _LATENCY_PLOT),
        Section("Peers: what a Use writes", _WRITES_COLUMNS, _writes(peers), _WRITES_NOTE),
    ]


def ratios(peers: Peers) -> list[Ratio]:
    """Return what has a target: the processor time of Use on PostgreSQL, that of the database included."""
    ours, base, go = (_together(peers, name) for name in (POSTGRES, SQLITE, GO_POSTGRES_EVENT))
    return [
        ("CPU of Use on PostgreSQL, the database's included / CPU of Use on SQLite", ours / base, POSTGRES_RATIO_MAX),
        ("the same / CPU of the Go service with an event on PostgreSQL, its database's included", ours / go,
         GO_RATIO_MAX),
    ]  # fmt: skip


def _together(peers: Peers, name: str) -> float:
    return middle(peers.saturated[name]).together_us


def _costs(peers: Peers) -> list[tuple[str, ...]]:
    """Return the rows of _COST_COLUMNS."""
    base = _together(peers, SQLITE)
    return [_cost(name, figures, base) for name, figures in peers.saturated.items()]


def _cost(name: str, figures: Sequence[Figures], base: float) -> tuple[str, ...]:
    mid = middle(list(figures))
    together = [each.together_us for each in figures]
    return (
        name,
        f"{mid.cpu_us:.0f}",
        f"{mid.database_us:.0f}" if mid.database_us else "",
        f"{mid.together_us:.0f} ({min(together):.0f} to {max(together):.0f})",
        f"{mid.together_us / base:.2f}",
        f"{'at least ' if mid.load_busy > LOAD_BUSY_MAX else ''}{mid.calls_per_second:,.0f}",
    )


def _latencies(peers: Peers) -> list[tuple[str, ...]]:
    """Return the rows of _LATENCY_COLUMNS."""
    return [
        (name, *(cell for rate, figures in found for cell in _latency(rate, figures)))
        for name, found in peers.open_loop.items()
    ]


def _latency(rate: float, figures: Figures) -> tuple[str, ...]:
    offered = f"{rate:,.0f}" if figures.ok_share >= OK_SHARE_MIN else f"{rate:,.0f} ({figures.ok_share:.1%} OK)"
    return offered, f"{figures.p50_ms:.1f}", f"{figures.p99_ms:.1f}", f"{figures.p999_ms:.1f}"


def _writes(peers: Peers) -> list[tuple[str, ...]]:
    """Return the rows of _WRITES_COLUMNS. Not of other services: their sockets count as files."""
    return [_written(name, peers.writes[name]) for name in (SQLITE, POSTGRES, GO_POSTGRES, GO_POSTGRES_EVENT)]


def _written(name: str, it: Writes) -> tuple[str, ...]:
    wal = (f"{it.wal_bytes:,.0f}", f"{it.fsyncs:.3f}") if it.wal_bytes else ("", "")
    return name, f"{it.file_bytes:,.0f}", *wal


def _cost_note(peers: Peers) -> str:
    """Return how the costs were measured."""
    size = peers.size
    return (
        f"Medians of {size.rounds} interleaved rounds of {size.calls:,} calls, 16 connections x 16 calls in flight; in "
        "brackets the least and the most of the rounds. Services and their databases share one core, and the load has "
        "another. PostgreSQL runs with fsync, full_page_writes and synchronous_commit on, a cluster for each service; "
        "its CPU is that of all its processes. redeemd has everything on. The Go service "
        "(bench/peers/go) verifies tokens, validates with protovalidate and logs a "
        "line per call; it has no codec, no guess budget, no idempotency, no metrics."
    )


def _latency_note(peers: Peers) -> str:
    """Return how the latencies were measured."""
    return (
        f"Open loop, {peers.size.seconds:.0f} s each: calls begin at a fixed rate, 50 % and 90 % of each service's own "
        "calls/s above, whether others have ended or not, and latency counts from the time at which a call was to "
        "begin. The load generator's clock adds up to 1 ms. A share of OK responses is shown where it is below "
        f"99.9 %: the service did not sustain the rate. A call ends unsuccessfully after {OPEN_LOOP_SECONDS_MAX} s."
    )


_WRITES_NOTE = (
    "Per redemption, in the last of the rounds above: bytes that PostgreSQL passed to write(2), or redeemd if its "
    "database is embedded, its request log included; and PostgreSQL's own counts."
)
