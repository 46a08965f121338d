"""Downloads that are long: their memory, and what happens when something goes wrong in the middle of one."""

import asyncio
import contextlib
from pathlib import Path

import aiohttp
import pytest
from redeemd.store.base import Unavailable
from redeemd.store.sql import query
from support.http import exchange
from support.process import serving

LINE = 27
MIB = 1024 * 1024


async def link(world, job):
    """Return the URL of a batch."""
    return (await world.call("DownloadSerialCodes", campaign_model_name="spring", issue_job_name=job.name)).url


def fail_reads(service, monkeypatch, failure, *, after):
    """Make reads of bodies fail after some of them."""
    reads, run = 0, service.faults.run

    async def failing(body, *, write):
        nonlocal reads
        reads += not write
        if reads > after and not write:
            raise failure
        return await run(body, write=write)

    monkeypatch.setattr(service.faults, "run", failing)


async def fetch_by_hand(service, url):
    """Send a plain GET and read until the server closes the connection; return head and what follows."""
    path = "/" + url.split("/", 3)[3]
    head, _, rest = (await exchange(service, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())).partition(b"\r\n\r\n")
    return head, rest


@pytest.mark.parametrize("failure", [Unavailable("injected"), ValueError("injected")], ids=["store", "defect"])
async def test_a_file_that_cannot_be_finished_is_broken_off(own_service, monkeypatch, failure):
    """The store fails, or we do, after the first page: what came is right, and the connection ends before the length.

    A client must not take what it has for the file, nor an error text for codes.
    """
    world = await own_service.world()
    url = await link(world, await world.issue(100_000))
    whole = (await own_service.http("GET", url)).body
    defects = []
    fail_reads(own_service, monkeypatch, failure, after=8)
    monkeypatch.setattr(own_service.telemetry, "defect", defects.append)
    with pytest.raises(aiohttp.ClientPayloadError):
        await own_service.http("GET", url)
    assert defects == [failure] * isinstance(failure, ValueError)
    monkeypatch.undo()
    fail_reads(own_service, monkeypatch, failure, after=8)
    with contextlib.suppress(ConnectionResetError):
        head, rest = await fetch_by_hand(own_service, url)
        assert b"200 OK" in head
        assert whole.startswith(rest)
    monkeypatch.undo()
    assert (await own_service.http("GET", url)).body == whole


@pytest.mark.parametrize(("failure", "status"), [(Unavailable("injected"), 503), (ValueError("injected"), 500)])
async def test_a_failure_before_the_first_byte_has_its_status(own_service, monkeypatch, failure, status):
    """503 with Retry-After, or 500; in either case a line that says nothing of the inside."""
    world = await own_service.world()
    url = await link(world, await world.issue(10))
    fail_reads(own_service, monkeypatch, failure, after=0)
    answer = await own_service.http("GET", url)
    assert answer.status == status
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert answer.text.count("\n") == 1
    assert "injected" not in answer.text


async def test_codes_that_vanish_in_the_middle_do_not_shorten_a_file(own_service, monkeypatch):
    """The namespace of an imported batch is emptied while it is downloaded: broken off, not finished early."""
    world = await own_service.world()
    item = (await world.bring([f"code-{n:06}" for n in range(60_000)], piece=10_000)).item
    url = await link(world, item)
    reads, run = 0, own_service.faults.run
    emptied = query("emptied", "DELETE FROM imported_code WHERE ordinal >= 30000")

    async def emptying(body, *, write):
        nonlocal reads
        reads += 1
        if reads == 3:
            await own_service.store.run(lambda tx: tx.run(emptied), write=True)
        return await run(body, write=write)

    monkeypatch.setattr(own_service.faults, "run", emptying)
    with pytest.raises(aiohttp.ClientPayloadError):
        await own_service.http("GET", url)


async def test_a_client_that_hangs_up_leaves_nothing_behind(service, caplog):
    """Twenty clients go away in the middle; nothing is logged, and the next download is whole."""
    world = await service.world()
    url = await link(world, await world.issue(100_000))
    for _ in range(20):
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            await response.content.readexactly(5)
    assert len((await service.http("GET", url)).body) == 5 + 100_000 * LINE
    assert caplog.text == ""


async def test_downloads_at_the_same_time_do_not_mix(service):
    """Ten batches downloaded at once are each what they are alone."""
    world = await service.world()
    urls = [await link(world, await world.issue(20_000)) for _ in range(10)]
    alone = [(await service.http("GET", url)).body for url in urls]
    together = await asyncio.gather(*(service.http("GET", url) for url in urls))
    assert [answer.body for answer in together] == alone
    assert len(set(alone)) == 10


def peak_bytes(started):
    """Return how much memory a process held at most."""
    for line in Path(f"/proc/{started.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
async def test_a_million_codes_are_sent_in_little_memory(tmp_path):
    """27 MB of codes arrive whole, also at a client that pauses, and the server grows by less than 64 MiB."""
    async with serving(tmp_path, "--log", "off") as (started, service):
        world = await service.world()
        await service.http("GET", await link(world, await world.issue(10_000)))  # what any download needs once
        before = peak_bytes(started.process)
        job = (await world.call("IssueBatch", campaign_model_name="spring", count=1_000_000)).item
        size = lines = 0
        async with aiohttp.ClientSession() as session, session.get(await link(world, job)) as response:
            await asyncio.sleep(0.5)  # a server that does not wait for its client would now hold the whole
            async for chunk in response.content.iter_chunked(MIB):
                size += len(chunk)
                lines += chunk.count(b"\n")
        assert (size, lines) == (5 + 1_000_000 * LINE, 1_000_001)
        assert peak_bytes(started.process) - before < 64 * MIB
