"""Plots of measurements: one SVG for light and dark pages. They need matplotlib: requirements/plots.txt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TEXT, _TEXT_ON_DARK = "#1f2328", "#e6edf3"
LINE, _LINE_ON_DARK = "#8c959f", "#6e7681"
_STYLE = Path(__file__).with_name("plots.mplstyle")
# What matplotlib writes as attributes and styles of elements, a style sheet overrides where the page is dark.
_DARK = "".join(
    f'[style*="{kind}: {light}"] {{ {kind}: {dark} !important }} '
    for light, dark in ((_TEXT, _TEXT_ON_DARK), (LINE, _LINE_ON_DARK))
    for kind in ("fill", "stroke")
)


def figure(rows: int = 1) -> tuple[Figure, Sequence[Axes]]:
    """Return a figure of the width of a page, with axes below each other that share the horizontal one."""
    import matplotlib as mpl  # noqa: PLC0415 -- optional: requirements/plots.txt
    from matplotlib.figure import Figure as NewFigure  # noqa: PLC0415 -- as above

    mpl.rc_file(_STYLE)
    plot = NewFigure(figsize=(9, 2.8 * rows), layout="constrained")
    return plot, list(plot.subplots(rows, sharex=True, squeeze=False)[:, 0])


def save(plot: Figure, path: Path) -> None:
    """Write it, without the date, so that equal plots are equal files."""
    plot.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=150)
    if path.suffix == ".svg":
        text = path.read_text("utf-8")
        style = f"<style>@media (prefers-color-scheme: dark) {{ {_DARK}}}</style>"
        path.write_text(text.replace("<defs>", f"{style}<defs>", 1), "utf-8")
