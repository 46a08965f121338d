"""docs/tutorials/first-codes.md: its commands and its program run as written, one after the other, in one folder."""

import json
import re

import pytest
from support.reader import ADDRESS, run, run_all, served_by
from support.tools import tool

PAGE = "tutorials/first-codes.md"


@pytest.fixture
async def read(page, clone):
    """Run blocks of the page against what its first one serves, at another address; `again` goes on after refusals."""
    tool("grpcurl")
    start, *_ = page(PAGE).blocks("sh")
    async with served_by(start, clone) as address:

        async def run_them(blocks, *, again=False, **variables):
            make = run_all if again else run
            return await make(blocks.replace(ADDRESS, address), clone, REDEEMD_SERVER=address, **variables)

        yield run_them


async def test_the_page_runs_twice_as_written_and_prints_what_it_says(page, clone, read):
    """With grpcurl, from Python, and from the command line. The second time the page says what is refused."""
    page = page(PAGE)
    (_, calls, use, commands), [program], [printed] = page.blocks("sh"), page.blocks("python"), page.blocks("text")
    assert calls.count(ADDRESS) == program.count(ADDRESS) == 1
    await read(calls)
    defined = calls[: calls.index("call CreateNamespace")]
    used = await read(defined + use)
    assert json.loads(used)["item"]["usedUserId"] == "alice"
    assert "CODE_STATUS_INVALID" in await read(defined + use, again=True)
    takes_out = f"cat > first.py <<'END'\n{program}END\n"
    for _ in range(2):
        assert await read(f"{takes_out}.venv/bin/python first.py") == printed
    said = await read(commands)
    [exported] = clone.glob("*-*.csv")
    assert exported.read_text().count("\n") == 1001  # with the header
    assert f"{exported.name}: OK" in said
    assert "ACTIVE" in said

    refused = await read(calls, again=True)
    assert re.findall("[A-Z_]{10,}", refused) == ["NAMESPACE_ALREADY_EXISTS", "SERIAL_KEY_STATUS_ACTIVE"]
    said = await read(commands, again=True)
    assert len(list(clone.glob("*-*.csv"))) == 2
    assert said.count("exists already") == said.count(": OK") == 1
    assert said.count("OLD-CODE-1 was imported into this namespace before") == 1
    for text in ("NAMESPACE_ALREADY_EXISTS", "exists already", "was imported into this namespace before"):
        assert text in page.text
