"""Lays out cards with a title, a QR code and a code on pages. Lengths are millimetres from the top left corner."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redeemd.printing import qr
from redeemd.printing.problems import NotPrintable

CARDS_MAX = 10_000
MODULE_MM_MIN = 0.25  # smaller ones are not read from prints of ordinary printers
PAGES = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "letter": (215.9, 279.4)}
_SIDE_MM_MAX = 2000.0
_PADDING_MM = 2.0
_LINE_MM = 1.3  # the height of a line of text, as a multiple of its size
_SIZE_MM_MAX = 4.0
_SIZE_SHARE = 0.12  # the size of text, as a share of the height of the card


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text around `x`, on the line `y`. It is as large as `width` allows, but not larger than `size`."""

    x: float
    y: float
    text: str
    width: float
    size: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code whose first module is at `x` and `y`."""

    x: float
    y: float
    module: float
    modules: qr.Matrix


@dataclass(frozen=True, slots=True)
class Box:
    """A thin line around a card, where it is cut."""

    x: float
    y: float
    width: float
    height: float


Item = Text | Code | Box


@dataclass(frozen=True, slots=True)
class Layout:
    """A page and its cards. `gap` is the distance of cards, `title` is on each of them, `url` the template of URLs."""

    width: float
    height: float
    columns: int
    rows: int
    margin: float
    gap: float
    title: str = ""
    url: str = ""
    lines: bool = False

    @property
    def card_width(self) -> float:
        """The width of a card."""
        return (self.width - 2 * self.margin - (self.columns - 1) * self.gap) / self.columns

    @property
    def card_height(self) -> float:
        """The height of a card."""
        return (self.height - 2 * self.margin - (self.rows - 1) * self.gap) / self.rows


def page_size(name: str) -> tuple[float, float]:
    """Return the width and height of a page: a name of PAGES, or 100x150. Raises NotPrintable."""
    known = {page.lower(): size for page, size in PAGES.items()}
    if name.lower() in known:
        return known[name.lower()]
    try:
        width, height = map(float, name.lower().split("x"))
    except ValueError:
        width = height = 0.0
    if not (0 < width <= _SIDE_MM_MAX and 0 < height <= _SIDE_MM_MAX):
        raise NotPrintable(f"{name} is no page: give {', '.join(PAGES)}, or millimetres such as 100x150")
    return width, height


def pages(layout: Layout, codes: Sequence[str]) -> Iterator[list[Item]]:
    """Yield what is on each page. Raises NotPrintable."""
    qr.check_template(layout.url)
    per_page = layout.columns * layout.rows
    for start in range(0, len(codes), per_page):
        cards = enumerate(codes[start : start + per_page])
        yield [item for place, code in cards for item in _card(layout, place, code)]


def _card(layout: Layout, place: int, code: str) -> Iterator[Item]:
    row, column = divmod(place, layout.columns)
    width, height = layout.card_width, layout.card_height
    left = layout.margin + column * (width + layout.gap)
    top = layout.margin + row * (height + layout.gap)
    size = min(_SIZE_MM_MAX, height * _SIZE_SHARE)
    line = size * _LINE_MM
    head = _PADDING_MM + (line if layout.title else 0)
    modules = qr.matrix(qr.content(code, layout.url))
    module = min(width - 2 * _PADDING_MM, height - head - line - _PADDING_MM) / (len(modules) + 2 * qr.QUIET_MODULES)
    if module < MODULE_MM_MIN:
        raise NotPrintable(
            f"cards of {max(width, 0):.0f} x {max(height, 0):.0f} mm are too small: use fewer columns or rows"
        )
    middle, text_width = left + width / 2, width - 2 * _PADDING_MM
    if layout.lines:
        yield Box(left, top, width, height)
    if layout.title:
        yield Text(middle, top + _PADDING_MM + size, layout.title, text_width, size)
    side = module * len(modules)
    yield Code(middle - side / 2, top + head + module * qr.QUIET_MODULES, module, modules)
    yield Text(middle, top + height - _PADDING_MM, code, text_width, size, bold=True)
