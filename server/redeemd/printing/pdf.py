"""Writes pages as PDF. Import this module in functions only: it needs reportlab, of the extra `redeemd[print]`."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas

from redeemd.printing import qr
from redeemd.printing.problems import NotPrintable
from redeemd.printing.sheet import Box, Code, Item, Layout, Text

_POINTS = 72 / 25.4  # in a millimetre
_STROKE_MM = 0.1
_OWN_FONT = "own"
_ENCODING = "cp1252"  # of the fonts that every reader of PDF has


class Pdf:
    """A PDF file in the making. `font` is a TrueType font; None for Helvetica and Courier, which every reader has.

    Raises NotPrintable for a file that is no font.
    """

    def __init__(self, file: BinaryIO, layout: Layout, font: Path | None) -> None:
        self._height = layout.height
        self._glyphs = None if font is None else _register(font)
        size = (layout.width * _POINTS, layout.height * _POINTS)
        self._canvas = Canvas(file, pagesize=size, invariant=True)  # the same codes make the same file

    def write(self, pages: Iterable[Sequence[Item]]) -> None:
        """Write all pages. Raises NotPrintable for characters that the font lacks."""
        for items in pages:
            for item in items:
                self._draw(item)
            self._canvas.showPage()
        self._canvas.save()

    def _draw(self, item: Item) -> None:
        match item:
            case Code():
                self._draw_code(item)
            case Text():
                self._draw_text(item)
            case Box():
                self._canvas.setLineWidth(_STROKE_MM * _POINTS)
                left, bottom = item.x * _POINTS, self._up(item.y + item.height)
                self._canvas.rect(left, bottom, item.width * _POINTS, item.height * _POINTS)

    def _draw_code(self, item: Code) -> None:
        path, side = self._canvas.beginPath(), item.module * _POINTS
        for column, row, length in qr.runs(item.modules):
            path.rect(item.x * _POINTS + column * side, self._up(item.y) - (row + 1) * side, length * side, side)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _draw_text(self, item: Text) -> None:
        self._check(item.text)
        font = _OWN_FONT if self._glyphs is not None else "Courier-Bold" if item.bold else "Helvetica"
        width = pdfmetrics.stringWidth(item.text, font, 1) or 1
        self._canvas.setFont(font, min(item.size, item.width / width) * _POINTS)
        self._canvas.drawCentredString(item.x * _POINTS, self._up(item.y), item.text)

    def _check(self, text: str) -> None:
        missing = [character for character in text if not self._has(character)]
        if missing:
            raise NotPrintable(f"the font has no {missing[0]}, which {text} contains: name a TrueType font by --font")

    def _has(self, character: str) -> bool:
        if self._glyphs is not None:
            return ord(character) in self._glyphs
        return character.isprintable() and bool(character.encode(_ENCODING, "ignore"))

    def _up(self, y: float) -> float:
        """Return a height in points from the bottom of the page."""
        return (self._height - y) * _POINTS


def _register(font: Path) -> Mapping[int, int]:
    """Make a font usable; return the glyphs of the characters that it has."""
    try:
        made = ttfonts.TTFont(_OWN_FONT, str(font))
    except (OSError, ttfonts.TTFError) as problem:
        raise NotPrintable(f"{font} cannot be used as a TrueType font: {problem}") from None
    pdfmetrics.registerFont(made)
    glyphs: Mapping[int, int] = made.face.charToGlyph
    return glyphs
