"""The commands `qr` and `print-sheet`: codes on paper."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from redeemd.base.new_file import new_file
from redeemd.cli.client import connected
from redeemd.cli.code_files.reading import read_table
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.files import chunks_of_job
from redeemd.cli.output import complain, finite
from redeemd.cli.results import Json, put
from redeemd.code_files.codes import codes_of
from redeemd.code_files.column import find_column
from redeemd.code_files.table import Unreadable
from redeemd.printing import qr, sheet, svg
from redeemd.printing.problems import NotPrintable

_Url = Annotated[str, typer.Option(help=f"URL to redeem a code, with {qr.PLACE} in it; only the code if not given.")]


def qr_code(
    code: Annotated[str, typer.Argument(help="The code.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write, .svg or .png; it must not exist.")],
    url: _Url = "",
    as_json: Json = False,
) -> None:
    """Write the QR code of a code, or of the URL where it is redeemed."""
    with _explained():
        if out.suffix.lower() not in qr.FORMATS:
            raise NotPrintable(f"{out} must end in {' or '.join(qr.FORMATS)}")
        qr.check_template(url)
        with new_file(out) as part:
            qr.save(qr.content(code, url), str(part), out.suffix.lower())
    put({"file": str(out)}, f"Wrote {out}.", as_json=as_json)


@with_options(Connection)
def print_sheet(
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write, .pdf or .svg; it must not exist.")],
    namespace: Annotated[str, typer.Argument(help="The namespace.", show_default=False)] = "",
    campaign: Annotated[str, typer.Argument(help="The campaign.", show_default=False)] = "",
    job: Annotated[str, typer.Argument(help="The issue job.", show_default=False)] = "",
    file: Annotated[
        Path | None, typer.Option(help="A file with codes, as for import, in place of an issue job.")
    ] = None,
    column: Annotated[str, typer.Option(help="The column of the file with the codes.")] = "",
    url: _Url = "",
    title: Annotated[str, typer.Option(help="Printed on each card.")] = "",
    page: Annotated[str, typer.Option(help="A4, A5, letter, or width and height in mm, such as 100x150.")] = "A4",
    columns: Annotated[int, typer.Option(help="Cards side by side.", min=1, max=100)] = 3,
    rows: Annotated[int, typer.Option(help="Cards one below the other.", min=1, max=100)] = 8,
    margin: Annotated[float, typer.Option(help="Of the page, in mm.", min=0, max=500, callback=finite)] = 10,
    gap: Annotated[float, typer.Option(help="Between cards, in mm.", min=0, max=500, callback=finite)] = 0,
    cut_lines: Annotated[bool, typer.Option("--cut-lines", help="Draw a line around each card.")] = False,
    font: Annotated[Path | None, typer.Option(help="A TrueType font, for a PDF with characters beyond Latin.")] = None,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Write cards with the codes of an issue job or a file, each as text and as QR code.

    A PDF has all pages. SVG files have a page each: with more than one, they are named OUT-1.svg and so on.
    """
    with _explained():
        if out.suffix.lower() not in {".pdf", ".svg"}:
            raise NotPrintable(f"{out} must end in .pdf or .svg")
        width, height = sheet.page_size(page)
        layout = sheet.Layout(width, height, columns, rows, margin, gap, title, url, cut_lines)
        if (file is None) != all((namespace, campaign, job)):
            raise NotPrintable("name either a namespace, a campaign and an issue job, or a file by --file")
        codes = _of_job(connection, namespace, campaign, job) if file is None else _of_file(file, column)
        write = _write_pdf if out.suffix.lower() == ".pdf" else _write_svg
        names = write(out, layout, codes, font)
    put({"count": len(codes), "files": names}, f"Wrote {len(codes)} codes to {_in_short(names)}.", as_json=as_json)


@contextmanager
def _explained() -> Iterator[None]:
    """Print why something cannot be printed, and exit with status 1."""
    try:
        yield
    except ModuleNotFoundError as problem:
        library = (problem.name or "").partition(".")[0]
        complain(f"redeemd: printing needs {library}: pip install 'redeemd[print]'")
        raise typer.Exit(1) from None
    except (NotPrintable, Unreadable, OSError) as problem:
        complain(f"redeemd: {problem}")
        raise typer.Exit(1) from None


def _of_job(connection: Connection, namespace: str, campaign: str, job: str) -> Sequence[str]:
    codes: list[str] = []
    with connected(connection) as client:
        for chunk in chunks_of_job(client, namespace, campaign, job):
            _check_count(chunk.total_count)
            codes.extend(chunk.codes)
    return codes


def _of_file(file: Path, column: str) -> Sequence[str]:
    try:
        table = read_table(file, encoding="")
        codes = codes_of(table, find_column(table, column, header=None)).texts
    except Unreadable as problem:
        raise NotPrintable(f"{file}: {problem}") from None
    _check_count(len(codes))
    return codes


def _check_count(count: int) -> None:
    if count > sheet.CARDS_MAX:
        raise NotPrintable(f"{count:,} codes are too many for a file; it takes at most {sheet.CARDS_MAX:,}")


def _write_pdf(out: Path, layout: sheet.Layout, codes: Sequence[str], font: Path | None) -> list[str]:
    from redeemd.printing import pdf  # noqa: PLC0415 -- an extra

    with new_file(out) as part, part.open("wb") as file:
        pdf.Pdf(file, layout, font).write(sheet.pages(layout, codes))
    return [str(out)]


def _write_svg(out: Path, layout: sheet.Layout, codes: Sequence[str], _font: Path | None) -> list[str]:
    pages = [svg.render(layout, items) for items in sheet.pages(layout, codes)]
    digits = len(str(len(pages)))
    names = [out.with_name(f"{out.stem}-{number:0{digits}}{out.suffix}") for number in range(1, len(pages) + 1)]
    names = [out] if len(pages) == 1 else names
    with ExitStack() as files:  # all or none
        for name, page in zip(names, pages, strict=True):
            files.enter_context(new_file(name)).write_text(page, encoding="utf-8")
    return list(map(str, names))


def _in_short(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}, ..., {names[-1]}"
