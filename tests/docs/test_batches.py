"""docs/how-to/batches.md: its program prints what it says."""

from support.reader import ADDRESS, run, served_by


async def test_the_page_runs_as_written_and_prints_what_it_says(page, clone):
    """Against a server that `make run` started; only the address is another one."""
    page = page("how-to/batches.md")
    program = "".join(page.blocks("python"))
    assert program.count(ADDRESS) == 1
    async with served_by("make run", clone) as address:
        (clone / "many.py").write_text(program.replace(ADDRESS, address), encoding="utf-8")
        printed = await run(".venv/bin/python many.py", clone)
    assert printed == "".join(page.blocks("text"))
