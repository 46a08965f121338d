"""The tables of the report."""

from collections.abc import Sequence

from bench.stalls.measure import Measured
from bench.stalls.run import Stalls

COLUMNS = ("request", "bytes", "CPU ms", "MiB", "response")


def rows(measured: Sequence[Measured]) -> list[tuple[str, ...]]:
    """Return one row for each request."""
    return [
        (
            it.name,
            f"{it.bytes_sent:,}",
            f"{it.cost.process_ms:.0f} ({it.cost.loop_ms:.0f})",
            f"{it.cost.growth_mib:.0f}",
            it.response,
        )
        for it in measured
    ]


def note(stalls: Stalls) -> str:
    """Return what was measured and how."""
    text = (
        f"{len(stalls.measured):,} requests, valid and invalid, one at a time: for each RPC the longest lists, texts "
        "and JSON that its largest request has room for, and the most work that is permitted. CPU is the longest for "
        "which a timer of 1 ms on the event loop did not run, in CPU time of the whole process, because another thread "
        "that holds the interpreter lock blocks the loop as well; in brackets the CPU time of the loop's own thread. "
        "MiB is how far the resident memory rose at its peak."
    )
    left = stalls.derived - len(stalls.measured)
    return text + (f" {left:,} more requests were not sent, for lack of time." if left else "")
