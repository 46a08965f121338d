"""`qr` and `print-sheet`: every code on paper reads as itself."""

import re
import stat
import sys
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest
import reportlab
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from redeemd.printing import qr
from support.cli import run

URL = "https://example.com/redeem?code={code}&from=card"
FONT = f"{reportlab.__path__[0]}/fonts/Vera.ttf"
SVG = "{http://www.w3.org/2000/svg}"
CODES = ["XM26-9KZV-HRC5", "A&B <1>", "00123", "\u00fcber-100%", "XM26-HTYL-AAAA"]

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


@pytest.fixture
def codes(tmp_path):
    """A file of codes, some of which need care in URLs, XML or spreadsheets."""
    path = tmp_path / "codes.csv"
    path.write_text("code\n" + "".join(f"{code}\n" for code in CODES), encoding="utf-8")
    return path


def read(image):
    """Return the texts of the QR codes of an image."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


def read_pdf(path):
    """Return the texts of the QR codes of each page, and the text of each page."""
    document = pypdfium2.PdfDocument(path)
    pages = [document[number] for number in range(len(document))]
    codes = [read(page.render(scale=4).to_numpy()) for page in pages]
    texts = [page.get_textpage().get_text_range() for page in pages]
    document.close()
    return codes, texts


def read_svg(path):
    """Return the texts of the QR codes and the texts of a page."""
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    paths = [element.get("d") for element in root.iter(f"{SVG}path")]
    return [read(drawn(path))[0] for path in paths], [element.text for element in root.iter(f"{SVG}text")]


def drawn(path):
    """Draw the modules of a path, each as four pixels."""
    runs = [[int(number) for number in run] for run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path)]
    side = max(row for _, row, _ in runs) + 1 + 2 * qr.QUIET_MODULES
    modules = np.full((side, side), 255, np.uint8)
    for column, row, length in runs:
        begin = column + qr.QUIET_MODULES
        modules[row + qr.QUIET_MODULES, begin : begin + length] = 0
    return modules.repeat(4, axis=0).repeat(4, axis=1)


@pytest.mark.parametrize(
    ("url", "expected"), [("", "A&B 1"), (URL, "https://example.com/redeem?code=A%26B%201&from=card")]
)
async def test_a_png_reads_as_the_code_or_its_url(tmp_path, url, expected):
    """The code is escaped in the URL; only its owner can read the file."""
    out = tmp_path / "code.png"
    assert (await run("qr", "A&B 1", "--out", out, "--url", url)).exit_code == 0
    from PIL import Image  # noqa: PLC0415 -- comes with reportlab

    with Image.open(out) as image:
        assert read(np.asarray(image.convert("L"))) == [expected]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


async def test_an_svg_is_written_too(tmp_path):
    """By the ending of the name."""
    assert (await run("qr", "AB12", "-o", tmp_path / "code.svg")).exit_code == 0
    assert ElementTree.parse(tmp_path / "code.svg").getroot().tag == f"{SVG}svg"


async def test_every_code_of_a_pdf_reads_as_itself(tmp_path, codes):
    """Page after page, with the code and the title beside it."""
    out = tmp_path / "sheet.pdf"
    options = ("--page", "110x80", "--columns", 2, "--rows", 2, "--margin", 5, "--title", "Spring", "--cut-lines")
    assert (await run("print-sheet", "--file", codes, "--out", out, "--url", URL, *options)).exit_code == 0
    read_codes, texts = read_pdf(out)
    urls = [qr.content(code, URL) for code in CODES]
    assert [set(page) for page in read_codes] == [set(urls[:4]), set(urls[4:])]
    assert all(code in texts[0] for code in CODES[:4])
    assert [text.count("Spring") for text in texts] == [4, 1]


async def test_every_code_of_svg_files_reads_as_itself(tmp_path, codes):
    """A file a page; markup in codes is text."""
    options = ("--page", "A5", "--columns", 2, "--rows", 1, "--title", "<b>")
    assert (await run("print-sheet", "--file", codes, "--out", tmp_path / "s.svg", *options)).exit_code == 0
    pages = [read_svg(tmp_path / f"s-{number}.svg") for number in (1, 2, 3)]
    assert [page for page, _ in pages] == [CODES[:2], CODES[2:4], CODES[4:]]
    assert [text for _, texts in pages for text in texts] == [text for code in CODES for text in ("<b>", code)]


async def test_the_codes_of_a_batch_are_printed(cli, world, tmp_path):
    """From a server, in the order of the batch."""
    job, out = await world.issue(3), tmp_path / "sheet.svg"
    await cli("print-sheet", world.name, "spring", job.name, "-o", out)
    assert read_svg(out)[0] == [item.code for item in await world.keys(job)]


async def test_a_font_prints_what_the_standard_ones_lack(tmp_path):
    """Without it, the command refuses, as a box in place of a character would be no code; neither leaves a file."""
    source, out = tmp_path / "codes.csv", tmp_path / "sheet.pdf"
    source.write_text("code\nMOP\u0142OT-1\n", encoding="utf-8")
    refused = await run("print-sheet", "--file", source, "-o", out)
    assert (refused.exit_code, out.exists()) == (1, False)
    assert "the font has no \u0142" in refused.output
    no_font = await run("print-sheet", "--file", source, "-o", out, "--font", source)
    assert "cannot be used as a TrueType font" in no_font.output
    assert (await run("print-sheet", "--file", source, "-o", out, "--font", FONT)).exit_code == 0
    assert read_pdf(out)[0] == [["MOP\u0142OT-1"]]


REFUSED = {
    "format": (["--out", "sheet.doc"], "must end in .pdf or .svg"),
    "page": (["--page", "A99"], "A99 is no page"),
    "small": (["--columns", "50"], "use fewer columns or rows"),
    "margin": (["--margin", "200"], "use fewer columns or rows"),
    "template": (["--url", "https://example.com/"], "the URL needs {code}"),
    "long": (["--url", "https://example.com/{code}" + "x" * 3000], "too long"),
    "both": (["namespace", "campaign", "job"], "or a file by --file"),
}


@pytest.mark.parametrize(("options", "problem"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_printed_is_explained(tmp_path, codes, options, problem, monkeypatch):
    """In a sentence; nothing is written."""
    monkeypatch.chdir(tmp_path)
    result = await run("print-sheet", "--file", codes, "--out", "sheet.svg", *options)
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [codes])
    assert problem in result.output


async def test_a_file_is_never_replaced(tmp_path, codes):
    """Not one of several, either: none is written."""
    (tmp_path / "s-2.svg").write_text("precious")
    result = await run("print-sheet", "--file", codes, "-o", tmp_path / "s.svg", "--columns", 2, "--rows", 1)
    assert (result.exit_code, (tmp_path / "s-1.svg").exists()) == (1, False)
    assert (tmp_path / "s-2.svg").read_text() == "precious"


async def test_a_sheet_has_a_limited_number_of_cards(tmp_path, codes, monkeypatch):
    """More are refused before the first is drawn."""
    monkeypatch.setattr("redeemd.printing.sheet.CARDS_MAX", 4)
    assert "it takes at most 4" in (await run("print-sheet", "--file", codes, "-o", tmp_path / "s.pdf")).output


LACKING = {"segno": "qr X -o code.svg", "reportlab": "print-sheet --file codes.csv -o sheet.pdf"}


@pytest.mark.parametrize(("library", "arguments"), LACKING.items())
async def test_without_the_extra_a_sentence_says_what_to_install(tmp_path, codes, monkeypatch, arguments, library):
    """And nothing is written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "redeemd.printing.pdf", raising=False)
    monkeypatch.delattr("redeemd.printing.pdf", raising=False)
    for name in [library, *(name for name in sys.modules if name.startswith(f"{library}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    result = await run(*arguments.split())
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [codes])
    assert result.output == f"redeemd: printing needs {library}: pip install 'redeemd[print]'\n"


@given(
    st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=48).map(
        lambda code: (code, "")
    )
    | st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=48).map(lambda code: (code, URL))
)
@settings(max_examples=20)
def test_the_runs_of_any_code_read_as_itself(printed):
    """Whatever characters it has, in a URL; alone, if it is ASCII: readers guess the encoding of other texts."""
    code, url = printed
    text = qr.content(code, url)
    path = "".join(f"M{column} {row}h{length}v1h-{length}z" for column, row, length in qr.runs(qr.matrix(text)))
    assert read(drawn(path)) == [text]
