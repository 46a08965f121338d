"""Writes a page as SVG."""

import unicodedata
from collections.abc import Sequence
from xml.sax.saxutils import escape

from redeemd.printing import qr
from redeemd.printing.sheet import Box, Code, Item, Layout, Text

_ADVANCE = 0.62  # the width of a character of fixed width, as a share of its size; that of wide ones is 1
_STROKE_MM = 0.1


def render(layout: Layout, items: Sequence[Item]) -> str:
    """Return a page; one unit is a millimetre."""
    size = f'width="{layout.width}mm" height="{layout.height}mm" viewBox="0 0 {layout.width} {layout.height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<rect width="100%" height="100%" fill="#fff"/>\n'
    return f"{head}{''.join(map(_drawn, items))}</svg>\n"


def _drawn(item: Item) -> str:
    match item:
        case Code():
            path = "".join(f"M{column} {row}h{length}v1h-{length}z" for column, row, length in qr.runs(item.modules))
            place = f"translate({item.x:.3f} {item.y:.3f}) scale({item.module:.4f})"
            return f'<path transform="{place}" shape-rendering="crispEdges" d="{path}"/>\n'
        case Text():
            size = min(item.size, item.width / max(_characters(item.text), 1))
            font = f'font-family="monospace" font-size="{size:.2f}" font-weight="{"bold" if item.bold else "normal"}"'
            place = f'x="{item.x:.3f}" y="{item.y:.3f}" text-anchor="middle"'
            return f"<text {place} {font}>{escape(item.text)}</text>\n"
        case Box():
            box = f'x="{item.x:.3f}" y="{item.y:.3f}" width="{item.width:.3f}" height="{item.height:.3f}"'
            return f'<rect {box} fill="none" stroke="#999" stroke-width="{_STROKE_MM}"/>\n'


def _characters(text: str) -> float:
    """Return the width of a text, as a multiple of its size."""
    return sum(1.0 if unicodedata.east_asian_width(character) in "WF" else _ADVANCE for character in text)
