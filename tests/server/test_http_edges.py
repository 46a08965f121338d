"""Clients that send nothing, send slowly, do not read, or come in crowds are cut off, and honest ones are served."""

import asyncio
import contextlib

import pytest
from redeemd.base import open_files
from support.connections import (
    HEALTHZ,
    NEVER,
    SOON,
    become,
    closed,
    connection,
    download,
    drip,
    gauge,
    healthy,
    put_head,
    response,
    serving,
)
from support.http import at
from support.patience import WAIT_SECONDS
from support.store_faults import until
from support.uploads import document, prepare

# Heads


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\n", HEALTHZ[:-2]])
async def test_a_head_that_never_comes_ends_the_connection(tmp_path, sent):
    """No byte, half a head, or all but its last line: the connection is closed after head_seconds."""
    async with serving(tmp_path, head_seconds=SOON) as service, connection(service, sent) as (reader, _):
        await closed(reader)


@pytest.mark.parametrize("served", [False, True], ids=["the first", "a later one"])
async def test_a_head_byte_by_byte_ends_the_connection(tmp_path, served):
    """Bytes that go on coming give no more time, also on a connection that may be idle forever."""
    async with serving(tmp_path, head_seconds=SOON) as service, connection(service) as (reader, writer):
        if served:
            writer.write(HEALTHZ)
            await healthy(reader)
        dripping = asyncio.create_task(drip(writer, HEALTHZ[:-2] + b"X: " + b"y" * 8000))
        await closed(reader)
        assert not dripping.done()
        dripping.cancel()


async def test_an_idle_connection_is_closed(tmp_path):
    """After a request, when there is no other one for idle_seconds."""
    async with serving(tmp_path, idle_seconds=SOON) as service, connection(service, HEALTHZ) as (reader, _):
        await healthy(reader)
        await closed(reader)


async def test_a_connection_takes_one_request_after_the_other(tmp_path):
    """Within its times it is kept, also when a head came in two parts."""
    async with serving(tmp_path) as service, connection(service) as (reader, writer):
        for cut in range(0, len(HEALTHZ), 7):
            writer.write(HEALTHZ[:cut])
            await asyncio.sleep(0)
            writer.write(HEALTHZ[cut:])
            await healthy(reader)


# How many


async def test_those_who_send_nothing_keep_nobody_out(tmp_path):
    """Ten times as many silent connections as there may be: no more than that are kept, and /healthz responds."""
    async with serving(tmp_path, connections_max=5) as service, contextlib.AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(connection(service)) for _ in range(50)]
        assert (await service.http("GET", at(service, "/healthz"))).status == 200
        assert gauge(service, "http_connections") <= 5
        await asyncio.gather(*(closed(reader) for reader, _ in silent[:45]))


async def test_kept_connections_keep_nobody_out(tmp_path):
    """Those that were served and wait for another request make room, the longest waiting first."""
    async with serving(tmp_path, connections_max=3) as service, contextlib.AsyncExitStack() as stack:
        kept = []
        for _ in range(3):
            kept.append(await stack.enter_async_context(connection(service, HEALTHZ)))
            await healthy(kept[-1][0])
        first, second = kept[:2]
        first[1].write(HEALTHZ)
        await healthy(first[0])
        assert (await service.http("GET", at(service, "/healthz"))).status == 200
        await closed(second[0])
        first[1].write(HEALTHZ)
        await healthy(first[0])


async def test_those_who_do_not_read_keep_nobody_out(tmp_path):
    """Connections whose responses are not read are closed like idle ones when there is no room."""
    async with serving(tmp_path, connections_max=3) as service, contextlib.AsyncExitStack() as stack:
        for _ in range(3):
            requests = HEALTHZ.replace(b"healthz", b"metrics") * 20_000
            _, writer = await stack.enter_async_context(connection(service, requests))
            writer.transport.pause_reading()
        kept = service.app.components.http[0][0]._connections._open
        await until(lambda: len(kept) == 3 and all(transport.get_write_buffer_size() for transport in kept))
        assert (await service.http("GET", at(service, "/healthz"))).status == 200


async def test_a_connection_too_many_is_refused_at_once(tmp_path):
    """While all are at work: 503 with Retry-After, before it sends anything; when one has ended there is room."""
    async with serving(tmp_path, connections_max=3) as service, contextlib.AsyncExitStack() as stack:
        world = await service.world()
        working = []
        for _ in range(3):
            head = put_head((await prepare(world))[1], len(document("a")))
            working.append(await stack.enter_async_context(connection(service, head)))
            await become(service, "uploads", len(working))
        for _ in range(20):
            async with connection(service) as (reader, _):
                status, head = await response(reader)
                assert (status, b"Retry-After: 1" in head) == (503, True)
                await closed(reader)
        working[0][1].write(document("a"))
        assert (await response(working[0][0]))[0] == 204
        assert (await service.http("GET", at(service, "/healthz"))).status == 200


async def test_http_leaves_files_for_the_others(tmp_path, monkeypatch):
    """Connections are at most a quarter of the files that the process may open."""
    monkeypatch.setattr(open_files, "limit", lambda: 16)
    async with serving(tmp_path) as service, contextlib.AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(connection(service))
        assert (await service.http("GET", at(service, "/healthz"))).status == 200
        assert gauge(service, "http_connections") <= 4


# Uploads


async def test_a_second_upload_to_a_url_is_refused_at_once(tmp_path):
    """409 while the first one is under way, though every place is taken and nobody would wait for one."""
    async with serving(tmp_path, uploads_max=1, wait_seconds=NEVER) as service:
        _, url = await prepare(await service.world())
        data = document("a")
        async with connection(service, put_head(url, len(data))) as (reader, writer):
            await become(service, "uploads", 1)
            async with asyncio.timeout(WAIT_SECONDS):
                answer = await service.http("PUT", url, data=data)
            assert (answer.status, answer.headers["Retry-After"]) == (409, "1")
            writer.write(data)
            assert (await response(reader))[0] == 204


async def test_a_used_url_is_refused_before_its_body_comes(tmp_path):
    """409 to a head without a body, though every place is taken."""
    async with serving(tmp_path, uploads_max=1, wait_seconds=NEVER) as service:
        world = await service.world()
        (_, used), (_, other) = [await prepare(world) for _ in range(2)]
        assert (await service.http("PUT", used, data=document("a"))).status == 204
        async with connection(service, put_head(other)):
            await become(service, "uploads", 1)
            async with connection(service, put_head(used)) as (reader, _):
                assert (await response(reader))[0] == 409


@pytest.mark.parametrize("limits", [{"wait_seconds": SOON}, {"wait_seconds": NEVER, "uploads_waiting_max": 0}])
async def test_waiting_for_a_place_to_upload_is_bounded(tmp_path, limits):
    """In time and in number: 503 with Retry-After; when there is a place, the same URL works."""
    async with serving(tmp_path, uploads_max=1, **limits) as service:
        world = await service.world()
        (_, slow), (_, url) = [await prepare(world) for _ in range(2)]
        async with connection(service, put_head(slow)) as (_, writer):
            await become(service, "uploads", 1)
            async with asyncio.timeout(WAIT_SECONDS):
                answer = await service.http("PUT", url, data=document("a"))
            assert (answer.status, "Retry-After" in answer.headers) == (503, True)
            writer.transport.abort()
            await become(service, "uploads", 0)
        assert (await service.http("PUT", url, data=document("a"))).status == 204


@pytest.mark.parametrize(
    "limits",
    [
        {"upload_patience_seconds": SOON},
        {"upload_patience_seconds": SOON, "upload_bytes_per_second": 10_000},
        {"upload_seconds": SOON, "upload_bytes_per_second": 1},
    ],
    ids=["nothing comes", "too little comes", "too long in all"],
)
async def test_an_upload_that_is_too_slow_is_refused(tmp_path, limits):
    """408 while the client still sends; the URL can still be used."""
    async with serving(tmp_path, **limits) as service:
        _, url = await prepare(await service.world())
        async with connection(service, put_head(url)) as (reader, writer):
            dripping = asyncio.create_task(drip(writer, b"x" * 8000))
            assert (await response(reader))[0] == 408
            assert not dripping.done()
            dripping.cancel()
        await become(service, "uploads", 0)
        assert (await service.http("PUT", url, data=document("a"))).status == 204


async def test_an_upload_that_keeps_its_rate_is_taken(tmp_path):
    """A client that sends as much as it has to may take longer than our patience with silence."""
    async with serving(tmp_path, upload_patience_seconds=SOON, upload_bytes_per_second=10) as service:
        _, url = await prepare(await service.world())
        data = document("a")
        async with connection(service, put_head(url, len(data))) as (reader, writer):
            half = len(data) // 2
            writer.write(data[:half])  # puts the client ahead of its rate: a busy machine may make it late
            await drip(writer, data[half:], every=5 * SOON / half)
            assert (await response(reader))[0] == 204


# Readers


async def test_a_reader_that_does_not_read_is_cut_off(tmp_path):
    """A download that fills the client's buffers and ours: the connection ends after stalled_seconds."""
    async with serving(tmp_path, stalled_seconds=SOON) as service:
        head = await download(await service.world(), count=2_000_000)
        async with connection(service, head) as (_, writer):
            writer.transport.pause_reading()
            await become(service, "http_connections", 1)
            await become(service, "http_connections", 0)


async def test_too_many_downloads_are_refused(tmp_path):
    """503 with Retry-After while readers hold every place; when one has gone, there is room."""
    async with serving(tmp_path, downloads_max=1, downloads_waiting_max=0) as service:
        head = await download(await service.world(), count=2_000_000)
        async with connection(service, head) as (_, stalled):
            stalled.transport.pause_reading()
            await become(service, "downloads", 1)
            async with connection(service, head) as (reader, _):
                status, text = await response(reader)
                assert (status, b"Retry-After" in text) == (503, True)
            stalled.transport.abort()
            await become(service, "downloads", 0)
        async with connection(service, head) as (reader, _):
            assert (await response(reader))[0] == 200


async def test_requests_behind_a_request_are_not_hoarded(tmp_path):
    """More than ahead_bytes_max behind a download that is not read: the connection ends."""
    async with serving(tmp_path) as service:
        head = await download(await service.world(), count=2_000_000)
        async with connection(service, head) as (_, writer):
            writer.transport.pause_reading()
            await become(service, "downloads", 1)
            writer.write((HEALTHZ[:-2] + b"X: " + b"y" * 8000 + b"\r\n\r\n") * 20)
            await become(service, "http_connections", 0)


async def test_a_server_stops_though_a_reader_does_not_read(tmp_path):
    """Requests have stop_seconds to finish."""
    async with serving(tmp_path, stop_seconds=SOON) as service:
        head = await download(await service.world(), count=2_000_000)
        async with connection(service, head) as (_, writer):
            writer.transport.pause_reading()
            await become(service, "downloads", 1)
            async with asyncio.timeout(WAIT_SECONDS):
                await service.app.stop()
