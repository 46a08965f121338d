"""`python -m redeemd.printing`: reads an order from standard input, and writes a PDF to standard output.

It exits with NOT_PRINTABLE, and the reason on standard error, if the order cannot be printed.
"""

import os
import sys

from redeemd.printing import pdf, sheet
from redeemd.printing.apart import NICENESS, NOT_PRINTABLE, Order
from redeemd.printing.problems import NotPrintable


def main() -> None:
    """Print."""
    os.nice(NICENESS)  # calls of players come first
    order = Order.unpacked(sys.stdin.buffer.read())
    try:
        pdf.Pdf(sys.stdout.buffer, order.layout, None).write(sheet.pages(order.layout, order.codes))
    except NotPrintable as problem:
        sys.stderr.write(str(problem))
        raise SystemExit(NOT_PRINTABLE) from None


main()
