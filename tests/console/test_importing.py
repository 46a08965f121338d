"""Importing a file of codes, with the preview of the command line."""

import pytest
from redeemd.console.multipart import boundary_of, parse
from support.console import logged_in
from support.console_imports import figures, imported, sent
from support.keys import key_of

GOOD = b"code,print run\nWINTER-0001,1\nWINTER-0002,1\nWINTER-0003,2\n"


async def test_a_preview_shows_how_the_file_is_read_and_imports_nothing(service, admin, world):
    """As the command line shows it."""
    page = await sent(admin, world, "preview", GOOD)
    assert 'column 1 of 2, with the header "code"' in page.text
    assert "3 of 3 codes can be imported." in page.text
    jobs = await service.call("DescribeIssueJobs", namespace_name=world.name, campaign_model_name="spring")
    assert list(jobs.items) == []


async def test_codes_are_imported(service, admin, world):
    """The report leads to the batch, and players can use the codes."""
    page = await imported(admin, world, GOOD, metadata="winter", valid_until="2040-01-01T00:00")
    assert "3 codes were imported." in page.text
    assert await figures(admin, page) == [3, 0, 0, 3]
    await service.as_player("Use", "alice", namespace_name=world.name, code="winter0002")


async def test_problems_are_shown_with_their_lines_and_nothing_is_imported(admin, world):
    """Those that only the server knows are in the report, those of the file beside the form."""
    await imported(admin, world, GOOD)
    page = await imported(admin, world, b"run,code\n1,WINTER-0002\n1,SUMMER-0001\n")
    assert "Nothing was imported." in page.text
    assert "2 2 WINTER-0002 was imported into this namespace before" in page.text
    page = await sent(admin, world, "import", b"code\nSUMMER-0001\nshort\n")
    assert page.path.endswith("/import")
    assert "3 1 short has fewer than 8 characters" in page.text


async def test_what_has_no_problem_can_be_imported_alone(admin, world):
    """If one says so."""
    page = await imported(admin, world, b"code\nSUMMER-0001\nSUMMER-0001\nshort\n", skip_problems="yes")
    assert await figures(admin, page) == [1, 0, 0, 1]
    assert "1 codes, for problems that the file shows" in page.text
    assert "Problems: 2" in page.text


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


async def test_what_the_form_says_is_checked_before_the_import_begins(admin, world):
    """What was typed stays."""
    times = {"valid_from": "2040-01-01T00:00", "valid_until": "2039-01-01T00:00"}
    page = await sent(admin, world, "import", GOOD, metadata="winter", **times)
    assert (page.status, page.refusal) == (400, "VALIDATION_FAILED")
    assert 'value="winter"' in page.html


async def test_many_codes_are_imported_in_pieces(admin, world):
    """More than a message takes."""
    file = b"code\n" + b"".join(b"WINTER-%06d\n" % number for number in range(12_000))
    assert (await figures(admin, await imported(admin, world, file)))[0] == 12_000


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
