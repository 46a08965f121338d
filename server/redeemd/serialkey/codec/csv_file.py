"""The lines of files of codes."""

from collections.abc import Sequence

from redeemd.base.cells import csv_cell, is_plain


def csv_line(code: str) -> str:
    """Return a code as a line of CSV. Codes contain no line breaks."""
    return f"{csv_cell(code)}\n"


def csv_lines(codes: Sequence[str]) -> str:
    """Return codes as lines of CSV."""
    lines = "\n".join(codes)
    return f"{lines}\n" if codes and is_plain(lines) else "".join(map(csv_line, codes))
