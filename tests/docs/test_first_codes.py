"""docs/tutorials/first-codes.md: its commands and its program run as written, one after the other, in one folder."""

import json

from support.reader import ADDRESS, run, served_by
from support.tools import tool


async def test_the_page_runs_as_written_and_prints_what_it_says(page, clone):
    """With grpcurl, from Python, and from the command line, against what `make run` serves; at another address."""
    tool("grpcurl")
    page = page("tutorials/first-codes.md")
    (start, calls, use, commands), [program], [printed] = page.blocks("sh"), page.blocks("python"), page.blocks("text")
    assert calls.count(ADDRESS) == program.count(ADDRESS) == 1
    async with served_by(start, clone) as address:
        replies = await run(calls.replace(ADDRESS, address), clone)
        code = json.loads("[" + replies.replace("}\n{", "},{") + "]")[-1]["item"]["code"]
        variables = "".join(line for line in calls.splitlines(keepends=True) if not line.startswith(("$", " ")))
        used = await run((variables + use).replace(ADDRESS, address), clone, CODE=code)
        assert json.loads(used)["item"]["usedUserId"] == "alice"
        (clone / "first.py").write_text(program.replace(ADDRESS, address), encoding="utf-8")
        assert await run(".venv/bin/python first.py", clone) == printed
        said = await run(commands, clone, REDEEMD_SERVER=address)
    assert (clone / "codes.csv").read_text().count("\n") == 1001  # with the header
    assert "codes.csv: OK" in said
    assert "ACTIVE" in said
