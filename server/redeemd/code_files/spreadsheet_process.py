"""The process that reads a spreadsheet from standard input and writes its rows, as JSON, to standard output.

It takes a bounded amount of memory, which is its argument, and of time. What it writes has either `problem`, a sentence
for people, or `sheet`, its name, and `rows`: those that are not blank, each with its number from 1, its cells as texts,
and the columns, from 0, of the cells that are no texts.
"""

import contextlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_LIBRARY = "python-calamine, with which redeemd reads it"
_CPU_SECONDS_MAX = 120
_CELLS_MAX = 4_000_000
_CHARACTERS_MAX = 64 * 1024 * 1024  # of all cells

Cell = object  # whatever the library returns: text, numbers, times


def main() -> None:
    """Read and write."""
    try:
        import python_calamine  # noqa: F401, PLC0415 -- an extra; before the limits, so that only its absence is an error
    except ImportError:
        read: dict[str, object] = {"problem": f"is a spreadsheet: save it as CSV, or install {_LIBRARY}"}
    else:
        _limit(int(sys.argv[1]))
        read = _read(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(read, ensure_ascii=False).encode())


def _limit(memory_bytes: int) -> None:
    """Bound this process, and let it be the first one to be ended if memory is short."""
    with contextlib.suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    try:
        import resource  # noqa: PLC0415 -- not available on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _read(data: bytes) -> dict[str, object]:
    import python_calamine as calamine  # noqa: PLC0415 -- an extra

    try:
        book = calamine.load_workbook(io.BytesIO(data))
        sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (calamine.CalamineError, calamine.PasswordError) as problem:
        return {"problem": f"is not a spreadsheet that can be read: {problem}"}
    filled = {name: rows for name, rows in sheets.items() if any(map(any, rows))}
    if len(filled) != 1:
        found = f"{len(filled)} sheets that are not empty: {', '.join(filled)}" if filled else "only empty sheets"
        return {"problem": f"has {found}; save the sheet with the codes as CSV"}
    ((name, rows),) = filled.items()
    cells = sum(len(row) for row in rows)
    if cells > _CELLS_MAX or sum(len(cell) for row in rows for cell in row if isinstance(cell, str)) > _CHARACTERS_MAX:
        return {"problem": "has too many cells; save the codes alone as CSV"}
    return {"sheet": name, "rows": list(_rows(rows))}


def _rows(rows: Sequence[Sequence[Cell]]) -> Iterator[tuple[int, list[str], list[int]]]:
    for number, cells in enumerate(rows, 1):
        if any(cell not in ("", None) for cell in cells):
            others = [column for column, cell in enumerate(cells) if not isinstance(cell, str)]
            yield number, [_text(cell) for cell in cells], others


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


if __name__ == "__main__":
    main()
