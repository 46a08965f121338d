"""The result of a soak: what is the same in the last third as in the first, and what is not."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression, median

from rich.table import Table

from bench.soak_watch import MIB, STAYS, Sample

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was watched. `judged` is False for what is reported and may be anything."""

    name: str
    unit: str
    first: float
    last: float
    per_hour: float
    judged: bool
    flat: bool


@dataclass(frozen=True, slots=True)
class _Watched:
    """A watched quantity, and the growth that the last third may show: a share and an amount."""

    name: str
    unit: str
    value: Callable[[Sample], float]
    part: float = 0.0
    amount: float = 0.0
    judged: bool = True
    typical: Callable[[Sequence[float]], float] = median


_WATCHED = (
    _Watched("memory (RSS)", "MiB", lambda sample: sample.rss / MIB, part=0.05, amount=2),
    _Watched("threads", "", lambda sample: sample.threads, amount=2, typical=max),
    _Watched("open files", "", lambda sample: sample.files, amount=5),
    _Watched("WAL", "MiB", lambda sample: sample.wal / MIB, part=0.1, amount=2, typical=max),
    _Watched("rows that expire", "", lambda sample: sample.passing_rows, part=0.15, amount=200),
    _Watched("their bytes", "MiB", lambda sample: sample.passing_bytes / MIB, part=0.15, amount=1),
    _Watched("database file less what stays", "MiB", lambda sample: (sample.database - sample.staying_bytes) / MIB,
             part=0.1, amount=2),
    _Watched("bytes of what stays", "MiB", lambda sample: sample.staying_bytes / MIB, judged=False),
    _Watched("median of a call", "ms", lambda sample: sample.median, judged=False),
    _Watched("p99 of a call", "ms", lambda sample: sample.p99, judged=False),
)  # fmt: skip


def verdict(samples: Sequence[Sample]) -> list[Row]:
    """Compare the last third with the first; the slope is of all samples."""
    third = max(1, len(samples) // 3)
    rows = [_compare(watched, samples, third) for watched in _WATCHED]
    first, last = samples[:third], samples[-third:]
    rows.append(Row("processor per call", "us", _cpu(first), _cpu(last), 0.0, judged=False, flat=True))
    tables = sorted(samples[0].rows, key=lambda name: (name not in STAYS, name))
    for name in tables:
        watched = _Watched(
            f"rows of {name}", "", lambda sample, name=name: sample.rows[name], part=0.15, amount=100,  # type: ignore[misc]
            judged=name not in STAYS, typical=fmean,
        )  # fmt: skip
        rows.append(_compare(watched, samples, third))
    return rows


def _compare(watched: _Watched, samples: Sequence[Sample], third: int) -> Row:
    values = [watched.value(sample) for sample in samples]
    first, last = watched.typical(values[:third]), watched.typical(values[-third:])
    slope = linear_regression([sample.seconds for sample in samples], values).slope * _HOUR
    flat = not watched.judged or last <= first * (1 + watched.part) + watched.amount
    return Row(watched.name, watched.unit, first, last, slope, watched.judged, flat)


def _cpu(samples: Sequence[Sample]) -> float:
    calls = samples[-1].calls - samples[0].calls
    return 1e6 * (samples[-1].cpu_seconds - samples[0].cpu_seconds) / calls if calls else 0.0


def _cells(row: Row) -> tuple[str, ...]:
    word = "grows by design" if row.name.removeprefix("rows of ") in STAYS else "reported" if not row.judged else ""
    said = word or ("flat" if row.flat else "GROWS")
    return (
        f"{row.name}, {row.unit}".rstrip(", "),
        f"{row.first:,.1f}",
        f"{row.last:,.1f}",
        f"{row.per_hour:+,.1f}",
        said,
    )


_MOMENTS = ("s", "calls", "RSS MiB", "threads", "files", "db MiB", "WAL MiB", "rows to forget", "p50 ms", "p99 ms")
_COLUMNS = ("what", "first third", "last third", "per hour", "")


def table(rows: Sequence[Row]) -> Table:
    """Render for a terminal."""
    found = Table(*_COLUMNS)
    for row in rows:
        found.add_row(*_cells(row))
    return found


def markdown(
    samples: Sequence[Sample],
    rows: Sequence[Row],
    failures: Counter[str],
    skipped: int,
    *,
    seconds: float,
    speed: float,
) -> str:
    """Render the report: the verdict, and all samples."""
    calls = samples[-1].calls
    unexpected = ", ".join(f"{name} ({count})" for name, count in failures.items()) or "nothing"
    lines = [
        "# Soak", "",
        f"{seconds:.0f} seconds, {calls:,} calls, {calls / seconds:.0f} a second.",
        f"The server's clock ran {speed:.0f} times as fast.",
        f"Actions skipped, because too many were in flight: {skipped}. Unexpected: {unexpected}.", "",
        *_table(_COLUMNS, [_cells(row) for row in rows]), "",
        "## Over time", "",
        *_table(_MOMENTS, [_moment(sample) for sample in samples]), "",
    ]  # fmt: skip
    return "\n".join(lines)


def _moment(sample: Sample) -> tuple[str, ...]:
    return (
        f"{sample.seconds:.0f}", f"{sample.calls:,}", f"{sample.rss / MIB:.1f}", str(sample.threads), str(sample.files),
        f"{sample.database / MIB:.1f}", f"{sample.wal / MIB:.1f}", f"{sample.passing_rows:,}", f"{sample.median:.1f}",
        f"{sample.p99:.1f}",
    )  # fmt: skip


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (columns, ["---"] * len(columns), *rows)]
