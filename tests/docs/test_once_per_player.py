"""docs/once-per-player.md runs as written and prints what it says; what it advises beyond its program is so."""

import asyncio
import contextlib
import os
import re
import shlex
import signal
import sys
from pathlib import Path

import pytest
from support.exchanges import action, make_exchanges
from support.service import refused

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 60
ADDRESS = "127.0.0.1:50051"
FREE = "127.0.0.1:0"

_CODE = re.compile(r"\b[A-Z2-7]{5}-[A-Z2-7]{4}-[A-Z2-7]{5}-[A-Z2-7]{4}-[A-Z2-7]{4}\b")


@pytest.fixture
def clone(tmp_path):
    """A folder with what the page's commands use of a clone, with everything installed and no data yet."""
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def environment():
    """Answer that of a reader: without what the developer, or the make that runs the tests, has set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("REDEEMD_", "MAKE", "MFLAGS"))}
    return kept | {"REDEEMD_LISTEN": FREE, "REDEEMD_HTTP_LISTEN": FREE}


@contextlib.asynccontextmanager
async def served_by(command, folder):
    """Start the server with the page's command, on free ports; answer the address. Killed at the end."""
    process = await asyncio.create_subprocess_exec(
        *shlex.split(command), "-o", ".venv/run.stamp",  # make is not to install anything
        cwd=folder, env=environment(), start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said = ""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while "serving HTTP on" not in said:
                line = (await process.stderr.readline()).decode()
                assert line, f"it did not start: {said}"
                said += line
        yield said.partition("serving gRPC on ")[2].splitlines()[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.stderr.read()
        await process.wait()


async def run(command, folder):
    """Run a command of the page; answer what it printed."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", command, cwd=folder, env=environment(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, err.decode()
    return out.decode()


def without_codes(text):
    """Put one code in the place of all: every server makes others."""
    return _CODE.sub("XXXXX-XXXX-XXXXX-XXXX-XXXX", text)


async def test_the_page_runs_as_written_and_prints_what_it_says(page, clone):
    """Its commands start a server, take the program out of the page and run it; only the address is another one."""
    page = page("once-per-player.md")
    serve, take_out, run_it = page.blocks("sh")
    async with served_by(serve, clone) as address:
        await run(take_out, clone)
        program = (clone / "once.py").read_text(encoding="utf-8")
        assert program == "".join(page.blocks("python"))
        assert program.count(ADDRESS) == 1
        (clone / "once.py").write_text(program.replace(ADDRESS, address), encoding="utf-8")
        printed = await run(run_it, clone)
    assert without_codes(printed) == without_codes("".join(page.blocks("text")))


@pytest.fixture
async def exchanges(service):
    """Namespaces with two campaign codes, WELCOME2026 and SUMMER2026."""
    return await make_exchanges(service, campaign_codes=("WELCOME2026", "SUMMER2026"))


async def test_a_rate_takes_any_good_code_of_the_namespace(exchanges):
    """Of another campaign, and serial codes too: the page warns of it."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    for code in ("SUMMER2026", *await exchanges.world.codes(1)):
        await exchanges.buy(values={"code": code})


async def test_a_verify_action_keeps_other_campaigns_out(exchanges):
    """With its campaignModelName a rate takes one campaign only, as the page advises."""
    verify = action(
        "Gs2SerialKey:VerifyCodeByUserId",
        namespaceName=exchanges.world.name,
        userId="#{userId}",
        code="#{code}",
        campaignModelName="WELCOME2026",
        verifyType="active",
    )
    await exchanges.put_in_force({"name": "rate", "verifyActions": [verify], "consumeActions": [exchanges.use()]})
    await exchanges.buy(values={"code": "WELCOME2026"})
    with refused("CAMPAIGN_MISMATCH"):
        await exchanges.buy(values={"code": "SUMMER2026"})


async def test_a_counter_of_each_code_allows_each_campaign_once(exchanges):
    """A counter that is named by the code, as the page advises, lets a player redeem each campaign once."""
    price = [exchanges.up("#{code}", maxValue=1), exchanges.use()]
    await exchanges.put_in_force({"name": "rate", "consumeActions": price})
    await exchanges.buy(values={"code": "WELCOME2026"})
    await exchanges.buy(values={"code": "SUMMER2026"})
    with refused("COUNTER_OVERFLOW"):
        await exchanges.buy(values={"code": "WELCOME2026"})


async def test_the_same_attempt_with_another_code_is_refused(exchanges):
    """A duplication_avoider names one attempt, with its arguments."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    await exchanges.buy(values={"code": "WELCOME2026"}, duplication_avoider="try")
    with refused("IDEMPOTENCY_KEY_REUSED"):
        await exchanges.buy(values={"code": "SUMMER2026"}, duplication_avoider="try")


async def test_an_attempt_that_was_refused_may_be_tried_again(exchanges):
    """A refusal keeps no key, so the player may correct the code in the same attempt."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    with refused("CODE_NOT_FOUND"):
        await exchanges.buy(values={"code": "WELCOME2062"}, duplication_avoider="try")
    await exchanges.buy(values={"code": "WELCOME2026"}, duplication_avoider="try")
