"""docs/how-to/runbooks/: what each page describes is brought about, its commands run, and print what it says."""

import asyncio
import contextlib
import re

import grpc
import pytest
from support.patience import WAIT_SECONDS
from support.programs import free_port
from support.reader import ADDRESS, printed_by, run, served_by
from support.service import Service, refused
from support.small_disk import fill, small_disk
from support.startup import on_terminal
from support.tools import tool
from support.world import World

# What differs from server to server: codes, names of batches, addresses, times, numbers of metrics and of log lines.
_VARYING = re.compile(
    r"""[A-Z2-7]{5}(-[A-Z2-7]{4,5}){4} | [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} | 127\.0\.0\.1:\d+
    | \d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00) | \b\d{13}\b | (?<=[a-z]":[ ])\d+ | \d+\.0$""",
    re.MULTILINE | re.VERBOSE,
)


def same(printed, text):
    """Return whether two texts are equal except for what varies."""
    return _VARYING.sub("?", printed) == _VARYING.sub("?", text)


class Shop:
    """A server as on the pages, which logs to serve.log; `run` runs commands of a page."""

    def __init__(self, folder, address, http_address, channel):
        self.folder = folder
        self._addresses = {ADDRESS: address, "127.0.0.1:8080": http_address, "/backups/": f"{folder}/backups/"}
        key = (folder / "data" / "admin.key").read_text().strip()
        self.world = World(Service(None, None, None, None, channel, key, None), "shop")
        self._environment = {"REDEEMD_SERVER": address}

    async def run(self, commands, **variables):
        """Run commands."""
        for written, real in self._addresses.items():
            commands = commands.replace(written, real)
        return await run(f"{{ {commands} }} 2>&1", self.folder, **self._environment, **variables)

    async def logged(self, text):
        """Wait until the log has a text."""
        async with asyncio.timeout(WAIT_SECONDS):
            while text not in (self.folder / "serve.log").read_text():  # noqa: ASYNC110 -- another process writes it
                await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def shop_in(folder, command="redeemd serve"):
    """Serve in a folder."""
    http = f"127.0.0.1:{free_port()}"
    command = f"{command.strip()} --http-listen {http} --guess-delay-seconds 0 > serve.log"
    async with served_by(command, folder) as address, grpc.aio.insecure_channel(address) as channel:
        yield Shop(folder, address, http, channel)


async def test_a_leaked_batch_is_disabled_as_written(page, clone):
    """Its used codes are listed, its unused ones refused; the new batch works."""
    page = page("how-to/runbooks/leaked-batch.md")
    check, disable, used, issue, over = page.blocks("sh")
    looked_up, disabled, listed, refused_now = page.blocks("text")
    async with shop_in(clone) as shop:
        await shop.world.service.call("CreateNamespace", name="shop")
        await shop.world.put_in_force("spring")
        job = await shop.world.issue(1000)
        code, unused = [item.code for item in await shop.world.keys(job, limit=2)][:2]
        assert same(await shop.run(check, CODE=code), looked_up)
        await shop.world.call("UseByUserId", user_id="mallory", code=code)
        assert same(await shop.run(disable, JOB=job.name), disabled)
        assert same(last_lines(await shop.run(used, JOB=job.name), listed), listed)
        with refused("CODE_STATUS_INVALID"):
            await shop.world.as_player("Use", "trudy", code=unused)
        assert (await shop.run(issue)).strip()
        assert same(await shop.run(over, UNUSED=unused), refused_now)


def last_lines(printed, text):
    """Return as many of the last lines as a text has: a progress bar is before them."""
    return "".join(printed.splitlines(keepends=True)[-text.count("\n") :])


async def test_an_attack_is_ended_as_written(page, clone):
    """The alarm has the namespace; players have fewer guesses; the campaign code is off, then on."""
    tool("grpcurl")
    page = page("how-to/runbooks/attack.md")
    metrics, log, limit, off, on = page.blocks("sh")
    counted, logged, disabled = page.blocks("text")
    async with shop_in(clone) as shop:
        await shop.world.service.call("CreateNamespace", name="shop", guess_limit={"alarm_per_minute": 5, "burst": 4})
        await shop.world.put_in_force("WELCOME2026", campaign_codes=["WELCOME2026"])
        for player in ("mallory", "trudy"):
            with contextlib.suppress(grpc.RpcError):
                for number in range(4):
                    with refused("CODE_NOT_FOUND"):
                        await shop.world.as_player("Use", player, code=f"WELCOME203{number}")
            with refused("TOO_MANY_GUESSES"):
                await shop.world.as_player("Use", player, code="WELCOME2028")
        await shop.logged("under_attack")
        assert same(await shop.run(metrics), counted)
        assert same(await shop.run(log), logged)
        assert '"burst": 3' in await shop.run(limit)
        assert same(await shop.run(off), disabled)
        with refused("CODE_STATUS_INVALID"):
            await shop.world.as_player("Use", "alice", code="WELCOME2026")
        assert (await shop.run(on)).strip() == "WELCOME2026 is on"
        used = await shop.world.as_player("Use", "bob", code="WELCOME2026")
        assert used.item.campaign_model_name == "WELCOME2026"


@pytest.fixture
def small(clone):
    """A data folder on a disk of its own."""
    with small_disk(clone / "data"):
        yield clone


async def test_a_full_disk_is_freed_as_written(page, small):
    """Writes are refused, and the log has the cause; nothing is lost, and no restart is needed."""
    page = page("how-to/runbooks/full-disk.md")
    log, disk, free, over = page.blocks("sh")
    logged, served = page.blocks("text")
    async with shop_in(small) as shop:
        await shop.world.service.call("CreateNamespace", name="shop")
        await shop.world.put_in_force("spring")
        (code,) = await shop.world.codes()
        left = small / "data" / "redeemd.db.x.part"
        fill(left)
        with refused("NOT_COMMITTED"):
            for _ in range(1000):  # the journal may have room for some
                await shop.world.issue(1)
        await shop.logged("SQLITE_FULL")
        assert same(await shop.run(log), logged)
        used = await shop.run(disk)
        assert "100%" in used
        assert used.splitlines()[-2].endswith("data/redeemd.db.x.part")
        assert (await shop.run(free)).strip() == "data/redeemd.db.x.part"
        assert same(await shop.run(over), served)
        assert (await shop.world.as_player("Use", "alice", code=code)).item.used_user_id == "alice"


async def test_a_lost_database_is_restored_as_written(page, clone):
    """From the last continuous backup; new batches do not have the codes of lost ones."""
    backup, _ = page("how-to/backup.md").blocks("sh")[1:]
    page = page("how-to/runbooks/lost-database.md")
    serve, listing, restore, rotate, again, over = page.blocks("sh")
    [lost] = page.blocks("text")
    async with shop_in(clone) as shop:
        await shop.world.service.call("CreateNamespace", name="shop")
        await shop.world.put_in_force("spring")
        code, unused = await shop.world.codes(2)
        await shop.world.as_player("Use", "alice", code=code)
        async with printed_by(backup.replace("/backups/", f"{clone}/backups/"), clone) as line:
            assert '"generation"' in await line()
        never_backed_up = await shop.world.codes(2)
    for path in (clone / "data").glob("redeemd.db*"):
        path.unlink()
    assert on_terminal(await run(f"{serve.strip()} 2>&1 || test $? = 1", clone)) == lost
    assert await shop.run(listing)
    await shop.run(restore)
    await shop.run(rotate)
    async with shop_in(clone, again) as shop:
        said = await shop.run(over, CODE=code)
        assert "SERVING" in said
        assert "used by    alice" in said
        assert (await shop.world.as_player("Use", "bob", code=unused)).item.used_user_id == "bob"
        assert not set(await shop.world.codes(2)) & set(never_backed_up)
