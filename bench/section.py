"""A table of the report."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One table, a note below it, and a plot: the name of a file in bench/pictures, and its alternative text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    plot: tuple[str, str] | None = None
