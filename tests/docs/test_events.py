"""docs/how-to/events.md: its program runs as written and prints what it says; its table is the contract's."""

from redeem.options.v1 import options_pb2
from support.contract import METHODS, policy_of
from support.reader import ADDRESS, run, served_by


async def test_the_page_runs_as_written_and_prints_what_it_says(page, clone):
    """Against a server that `make run` started; only the address is another one."""
    page = page("how-to/events.md")
    program = "".join(page.blocks("python"))
    assert program.count(ADDRESS) == 1
    async with served_by("make run", clone) as address:
        (clone / "watch.py").write_text(program.replace(ADDRESS, address), encoding="utf-8")
        printed = await run(".venv/bin/python watch.py", clone)
    assert printed == "".join(page.blocks("text"))


def test_the_table_says_what_the_contract_says(page):
    """Each kind of event, with exactly the methods that emit it."""
    told = {}
    for method in METHODS:
        if kind := policy_of(method).event:
            told.setdefault(options_pb2.EventKind.Name(kind).removeprefix("EVENT_KIND_"), set()).add(method.name)
    rows = page("how-to/events.md").rows("| kind | by | about |\n|---|---|---|")
    assert {kind: set(by.split(", ")) for kind, by, _ in rows} == told
