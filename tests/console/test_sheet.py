"""Print sheets of batches."""

import asyncio
import importlib.util
import uuid

import pypdfium2
import pytest
import zxingcpp
from redeemd.console.pages import sheet
from redeemd.printing import apart
from redeemd.printing.apart import Order, Printer
from redeemd.printing.problems import NotPrintable
from redeemd.printing.sheet import Layout
from support.console import logged_in
from support.keys import key_of

URL = "https://example.com/redeem?code={code}"
LAYOUT = Layout(210.0, 297.0, 3, 8, 10.0, 0.0)


@pytest.fixture
async def batch(world):
    """The path of the page of a batch of ten codes."""
    job = await world.issue(10)
    return f"/console/codes/{world.name}/campaigns/spring/batches/{job.name}"


async def printed(person, path, **typed):
    """Send the form; return the response and its body."""
    form = (await person.get(path)).form("print") | typed
    async with person.session.post(f"{person.url}{path}", data=form) as response:
        return response, await response.read()


def read(data):
    """Return the texts of the QR codes of a PDF, and its text."""
    document = pypdfium2.PdfDocument(data)
    pages = [document[number] for number in range(len(document))]
    codes = [found.text for page in pages for found in zxingcpp.read_barcodes(page.render(scale=4).to_numpy())]
    return codes, "".join(page.get_textpage().get_text_range() for page in pages)


async def test_a_batch_is_printed(admin, world, batch):
    """Each code as text and as QR code of its URL; the batch leads to the page."""
    assert f'href="{batch}/sheet"' in (await admin.get(batch)).html
    response, data = await printed(admin, f"{batch}/sheet", title="Summer show", url=URL, lines="yes")
    assert (response.status, response.content_type) == (200, "application/pdf")
    assert response.headers["Content-Disposition"] == f'attachment; filename="{batch.rpartition("/")[2]}.pdf"'
    assert response.headers["Cache-Control"] == "no-store"
    [job] = (await world.call("DescribeIssueJobs", campaign_model_name="spring")).items
    codes = [key.code for key in await world.keys(job)]
    found, text = read(data)
    assert sorted(found) == sorted(URL.replace("{code}", code) for code in codes)
    assert all(code in text for code in codes)
    assert text.count("Summer show") == len(codes)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"columns": "0"}, "must be from 1 to 100"),
        ({"rows": "101"}, "must be from 1 to 100"),
        ({"rows": "many"}, "must be a number"),
        ({"margin": "501"}, "must be from 0 to 500"),
        ({"columns": "90"}, "use fewer columns or rows"),
        ({"page": "A0"}, "A0 is no page"),
        ({"page": "nanxnan"}, "is no page"),
        ({"url": "https://example.com"}, "needs {code} where the code goes"),
        ({"url": URL + "x" * 300}, "must have at most 300 characters"),
        ({"title": "x" * 101}, "must have at most 100 characters"),
        ({"title": "\u590f"}, "the font has no \u590f"),
    ],
    ids=str,
)
async def test_what_cannot_be_printed_is_refused(admin, batch, typed, says):
    """What was typed stays, and the page names the command that can do more."""
    page = await admin.act(f"{batch}/sheet", "print", **typed)
    assert (page.status, page.refusal) == (400, "VALIDATION_FAILED")
    assert says in page.text
    [value] = typed.values()
    assert f'value="{value}"' in page.html
    assert "redeemd print-sheet" in page.text


async def test_a_large_batch_is_for_the_command_line(admin, world):
    """The page says which command prints it."""
    job = await world.issue(sheet.CARDS_MAX + 1)
    page = await admin.act(f"/console/codes/{world.name}/campaigns/spring/batches/{job.name}/sheet", "print")
    assert (page.status, page.refusal) == (400, "VALIDATION_FAILED")
    assert "1,001 are too many for this page, which prints 1,000" in page.text
    assert f"redeemd print-sheet {world.name} spring {job.name} --out sheet.pdf" in page.text


async def test_without_the_extra_the_page_says_what_to_install(admin, batch, monkeypatch):
    """Also to whoever had the form open before."""
    form = (await admin.get(f"{batch}/sheet")).form("print")
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "segno" else find(name))
    for page in (await admin.get(f"{batch}/sheet"), await admin.post(f"{batch}/sheet", form)):
        assert page.status == 200
        assert "pip install 'redeemd[print]'" in page.text
        assert not page.actions


@pytest.mark.parametrize("role", ["read", "server"])
async def test_whoever_sees_no_codes_prints_none(service, admin, batch, role):
    """To them, methods show codes masked, or not at all."""
    form = (await admin.get(f"{batch}/sheet")).form("print")
    [(_, header)] = await key_of(service, role)
    async with logged_in(service, header.removeprefix("Bearer ")) as person:
        page = await person.get(f"{batch}/sheet")
        assert "print" not in page.actions
        csrf = page.html.split('name="csrf" value="')[1].split('"')[0]
        page = await person.post(f"{batch}/sheet", form | {"csrf": csrf})
        assert page.headers["Content-Type"].startswith("text/html")
        assert f'href="{batch}/sheet"' not in (await person.get(batch)).html


async def test_a_batch_that_is_not_there_is_refused(admin, batch):
    """By the method."""
    other = f"{batch.rpartition('/')[0]}/{uuid.uuid4()}"
    assert (await admin.get(f"{other}/sheet")).refusal == "ISSUE_JOB_NOT_FOUND"


async def test_orders_are_printed_one_after_the_other_and_few_wait():
    """More are refused; those that wait are printed."""
    printer, order = Printer(), Order(LAYOUT, ["XM26-9KZV-HRC5"])
    outcomes = await asyncio.gather(*(printer.pdf(order) for _ in range(apart.WAITING_MAX + 1)), return_exceptions=True)
    assert [type(each).__name__ for each in outcomes] == ["bytes"] * apart.WAITING_MAX + ["Overloaded"]
    assert await printer.pdf(order) == outcomes[0]


async def test_what_takes_too_long_is_ended(monkeypatch):
    """Its process as well."""
    monkeypatch.setattr(apart, "SECONDS_MAX", 0.2)
    with pytest.raises(NotPrintable, match="takes too long"):
        await Printer().pdf(Order(LAYOUT, [f"XM26-9KZV-{number:06}" for number in range(20_000)]))
