"""QR codes of codes, or of the URLs where players redeem them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from redeemd.printing.problems import NotPrintable

if TYPE_CHECKING:
    from segno import QRCode

PLACE = "{code}"  # of the code in the template of a URL
QUIET_MODULES = 4  # the margin that readers need
FORMATS = (".svg", ".png")
_PIXELS = 10  # of a module in a PNG, and the units of one in an SVG

Matrix = Sequence[Sequence[int]]  # rows of modules; 1 is dark


def check_template(url: str) -> None:
    """Raises NotPrintable for a template without a place for the code."""
    if url and PLACE not in url:
        raise NotPrintable(f"the URL needs {PLACE} where the code goes, as in https://example.com/redeem?code={PLACE}")


def content(code: str, url: str) -> str:
    """Return what a QR code contains: the code, or with a template its URL."""
    return url.replace(PLACE, quote(code, safe="")) if url else code


def matrix(text: str) -> Matrix:
    """Return the modules of a QR code, without the quiet zone. Raises NotPrintable or, without segno, ImportError."""
    found: Matrix = _made(text).matrix
    return found


def save(text: str, path: str, kind: str) -> None:
    """Write a QR code to a file, in one of FORMATS. Raises as `matrix` does, or OSError."""
    _made(text).save(path, kind=kind.removeprefix("."), scale=_PIXELS, border=QUIET_MODULES)


def runs(modules: Matrix) -> Iterator[tuple[int, int, int]]:
    """Yield the dark modules as horizontal runs: column, row and length."""
    for row, line in enumerate(modules):
        begin = None
        for column, dark in enumerate((*line, 0)):
            if dark and begin is None:
                begin = column
            elif not dark and begin is not None:
                yield begin, row, column - begin
                begin = None


def _made(text: str) -> "QRCode":
    import segno  # noqa: PLC0415 -- an extra

    try:
        # Error correction M, or a higher one that needs no more modules. Without `encoding`, other alphabets would be
        # written in Shift JIS where that is shorter.
        return segno.make_qr(text, error="m", encoding=None if text.isascii() else "utf-8")
    except segno.DataOverflowError:
        raise NotPrintable("the URL is too long for a QR code") from None
