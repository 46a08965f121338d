"""README.md: its commands and its program run as written, one after the other, in one folder."""

import json

import pytest
from redeem.serialkey.v1 import resources_pb2
from support.reader import ADDRESS, run, served_by
from support.tools import tool

PAGE = "../README.md"
DATABASE = "postgresql://redeemd@db.example/redeemd"


async def test_the_first_calls_run_as_written(page, clone):
    """With grpcurl, from Python, and from the command line, against what `make run` serves; at another address."""
    tool("grpcurl")
    (_, first, commands, _), [program] = page(PAGE).blocks("sh"), page(PAGE).blocks("python")
    start, *calls = first.splitlines()
    assert ADDRESS in first
    assert program.count(ADDRESS) == 1
    async with served_by(start.removesuffix(" &"), clone) as address:
        answers = await run("\n".join(calls).replace(ADDRESS, address), clone)
        assert json.loads("[" + answers.replace("}\n{", "},{") + "]")[-1]["item"]["code"]
        (clone / "first.py").write_text(program.replace(ADDRESS, address), encoding="utf-8")
        printed = await run(".venv/bin/python first.py", clone)
        assert printed.split() == [str(resources_pb2.SERIAL_KEY_STATUS_USED), "alice"]
        said = await run(commands, clone, REDEEMD_SERVER=address)
    assert (clone / "codes.csv").read_text().count("\n") == 1001  # with the header
    assert "codes.csv: OK" in said
    assert "ACTIVE" in said


@pytest.mark.usefixtures("master_key")
async def test_the_commands_for_postgresql_run_as_written(page, clone, postgres_url):
    """With a master key in the folder, and another database."""
    *_, commands = page(PAGE).blocks("sh")
    assert commands.count(DATABASE) == 1
    async with served_by(commands.replace(DATABASE, postgres_url), clone) as address:
        assert address
