"""Rows of numbers as a table with bars, as CSV or as lines of JSON. Pure functions."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence

Row = Mapping[str, object]

BAR_MIN, BAR_MAX = 8, 40  # columns
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
_GAP = "  "


def table(rows: Sequence[Row], *, width: int | None) -> Iterator[str]:
    """Yield the lines of a table. On a terminal of a `width`, bars show the numbers in the column `used`.

    All rows have the same columns; numbers are on the right of theirs.
    """
    names = list(rows[0])
    cells = [names, *([_text(row[name]) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric = [isinstance(value, int) for value in rows[0].values()]
    room = min(BAR_MAX, (width or 0) - sum(widths) - len(_GAP) * len(widths) - 1)
    most = max(_number(row) for row in rows)
    for line, row in zip(cells, [None, *rows], strict=True):
        columns = zip(line, widths, numeric, strict=True)
        text = _GAP.join(cell.rjust(size) if right else cell.ljust(size) for cell, size, right in columns)
        drawn = bar(_number(row), most, room) if row is not None and room >= BAR_MIN else ""
        yield f"{text}{_GAP}{drawn}".rstrip()


def bar(value: int, most: int, room: int) -> str:
    """Return a bar whose length is to `room` as `value` is to `most`, in eighths of a column; none for 0.

    A value above 0 is at least an eighth.
    """
    if value <= 0 or most <= 0:
        return ""
    full, rest = divmod(max(1, round(8 * room * min(value, most) / most)), 8)
    return _FULL * full + (_EIGHTHS[rest] if rest else "")


def csv_lines(rows: Sequence[Row], *, heading: bool) -> Iterator[str]:
    """Yield the lines of CSV, with the names of the columns first if wanted."""
    lines: list[list[object]] = [list(rows[0])] if heading else []
    lines += [list(row.values()) for row in rows]
    for values in lines:
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(values)
        yield line.getvalue()


def json_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yield an object for each row, without members that are empty."""
    for row in rows:
        yield json.dumps({name: value for name, value in row.items() if value != ""}, ensure_ascii=False)


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _number(row: Row | None) -> int:
    value = row["used"] if row is not None else 0
    return value if isinstance(value, int) else 0
