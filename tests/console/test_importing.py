"""Importing a file of codes, with the preview of the command line."""

import re

import aiohttp
import pytest
from redeemd.console.multipart import boundary_of, parse
from support.console import logged_in
from support.keys import key_of

GOOD = b"code,print run\nWINTER-0001,1\nWINTER-0002,1\nWINTER-0003,2\n"


async def sent(admin, world, action, file, **typed):
    """Send the form with a file; return the page that follows."""
    path = f"/console/codes/{world.name}/campaigns/spring/import"
    page = await admin.get(path)
    form = aiohttp.FormData(quote_fields=False)
    for name, value in (page.form("preview") | typed | {"action": action}).items():
        form.add_field(name, value)
    form.add_field("file", file, filename="codes.csv", content_type="text/csv")
    return await admin.post(path, form)


def figures(page):
    """Return the numbers of codes that a page of a batch shows."""
    return [int(text) for text in re.findall(r"<dd>([0-9]+)</dd></div>", page.html)]


async def test_a_preview_shows_how_the_file_is_read_and_imports_nothing(service, admin, world):
    """As the command line shows it."""
    page = await sent(admin, world, "preview", GOOD)
    assert 'column 1 of 2, with the header "code"' in page.text
    assert "3 of 3 codes can be imported." in page.text
    jobs = await service.call("DescribeIssueJobs", namespace_name=world.name, campaign_model_name="spring")
    assert list(jobs.items) == []


async def test_codes_are_imported(service, admin, world):
    """The page of the batch follows, and players can use the codes."""
    page = await sent(admin, world, "import", GOOD, metadata="winter", valid_until="2040-01-01T00:00")
    assert "The codes were imported." in page.text
    assert figures(page) == [3, 0, 0, 3]
    await service.as_player("Use", "alice", namespace_name=world.name, code="winter0002")


async def test_problems_are_shown_with_their_lines_and_nothing_is_imported(admin, world):
    """Those of the file, and those that only the server knows."""
    await sent(admin, world, "import", GOOD)
    page = await sent(admin, world, "import", b"code\nWINTER-0002\nSUMMER-0001\n")
    assert "was imported into this namespace before" in page.text
    assert page.path.endswith("/import")
    page = await sent(admin, world, "import", b"code\nSUMMER-0001\nshort\n")
    assert "3 short has fewer than 8 characters" in page.text


async def test_what_has_no_problem_can_be_imported_alone(admin, world):
    """If one says so."""
    page = await sent(admin, world, "import", b"code\nSUMMER-0001\nSUMMER-0001\nshort\n", skip_problems="yes")
    assert figures(page) == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("file", "says"),
    [(b"", "must be chosen"), (b"\n\n", "contains no codes"), (b"a,b\n1,2\n", "name the one with the codes")],
    ids=str,
)
async def test_a_file_without_codes_is_refused(admin, world, file, says):
    """With what is wrong."""
    page = await sent(admin, world, "preview", file)
    assert (page.status, page.refusal) == (400, "VALIDATION_FAILED")
    assert says in page.text


async def test_many_codes_are_imported_in_pieces(admin, world):
    """More than a message takes."""
    file = b"code\n" + b"".join(b"WINTER-%06d\n" % number for number in range(12_000))
    assert figures_of_thousands(await sent(admin, world, "import", file)) == "12,000"


def figures_of_thousands(page):
    """Return the first number that a page of a batch shows."""
    return re.search(r"<dd>([0-9,]+)</dd></div>", page.html)[1]


async def test_whoever_reads_imports_nothing(service, world):
    """There is no form."""
    [(_, header)] = await key_of(service, "read")
    async with logged_in(service, header.removeprefix("Bearer ")) as reader:
        page = await reader.get(f"/console/codes/{world.name}/campaigns/spring/import")
        assert not page.actions


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        b"--b\r\n\r\n--b--\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n',
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--\r\n',
        b"--b\r\n" * 100 + b"--b--\r\n",
    ],
)
def test_what_is_no_form_with_a_file_is_refused(body):
    """Whatever is missing."""
    with pytest.raises(ValueError, match=r"form|part|decode"):
        parse(body, b"b")


def test_a_file_is_read_as_it_is():
    """Its bytes are not those of text; fields are text."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n2\r\n'
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: a/b\r\n\r\n\xff\r\n\r\n--c\r\n'
        b"--b--\r\n"
    )
    assert parse(body, b"b") == ({"a": "1\n2"}, b"\xff\r\n\r\n--c")
    assert boundary_of('multipart/form-data; boundary="a b"') == b"a b"
    assert boundary_of("text/plain") is None
