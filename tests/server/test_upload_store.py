"""Uploads in the store: encrypted, any replica's, tried again after a failure, removed in time."""

import asyncio
import gzip
import tracemalloc
import urllib.parse
import zlib

import pytest
from redeemd.http.uploads import CHUNK_BYTES
from redeemd.store.base import CommitFailed, CommitUnknown, Unavailable
from support.http import at, replica
from support.patience import WAIT_SECONDS
from support.service import refused
from support.uploads import HOUR, document, in_force, in_pieces, keep_house, prepare, rows, take
from support.world import World

CANARY = "canary-5f1c9a7e"
MIB = 1024 * 1024


def fail_statement(service, monkeypatch, number, failure):
    """Make one statement fail, counted over all writing bodies; return the number of statements so far."""
    seen = []

    def about_to_run():
        seen.append(None)
        if len(seen) == number:
            raise failure("injected")

    monkeypatch.setattr(service.faults, "about_to_run", about_to_run)
    return seen


async def test_a_put_that_fails_at_any_statement_can_be_repeated(own_service, monkeypatch):
    """Three chunks: whichever statement fails, 503 with Retry-After; nothing can be taken; then the URL works."""
    world = await own_service.world()
    number = 1
    while True:
        token, url = await prepare(world)
        data = document(f"c-{number}", chunks=3)
        with monkeypatch.context() as patch:
            seen = fail_statement(own_service, patch, number, CommitFailed)
            answer = await own_service.http("PUT", url, data=data)
        if len(seen) < number:
            assert answer.status == 204
            break
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert answer.text.count("\n") == 1
        with refused("UPLOAD_NOT_FOUND"):
            await take(world, token)
        assert (await own_service.http("PUT", url, data=data)).status == 204
        assert (await take(world, token)).item.settings.encode() == data
        number += 1
    assert number > 4 * 2  # each of the chunks and the end: look, then write


@pytest.mark.parametrize("failure", [CommitFailed, CommitUnknown, Unavailable])
async def test_whatever_the_store_fails_of_the_upload_is_not_half_there(own_service, monkeypatch, failure):
    """503; a second try is 204, or 409 if the first one was stored after all. Either way the document is whole."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    token, url = await prepare(world)
    run, writes = own_service.faults.run, 0

    async def failing_after_the_last_commit(body, *, write):
        nonlocal writes
        result = await run(body, write=write)
        writes += write
        if writes == 4 and write:
            raise failure("injected")
        return result

    monkeypatch.setattr(own_service.faults, "run", failing_after_the_last_commit)
    assert (await own_service.http("PUT", url, data=document("a", chunks=3))).status == 503
    monkeypatch.undo()
    assert (await own_service.http("PUT", url, data=document("b", chunks=3))).status == 409
    assert (await take(world, token)).item.settings.encode() == document("a", chunks=3)


async def test_a_defect_while_storing_is_500_and_says_nothing(own_service, monkeypatch):
    """One line without the inside; the URL can still be used."""
    world = await own_service.world()
    _, url = await prepare(world)
    with monkeypatch.context() as patch:
        fail_statement(own_service, patch, 2, ValueError)
        answer = await own_service.http("PUT", url, data=document("a"))
    assert (answer.status, answer.text) == (500, "an unexpected error\n")
    assert (await own_service.http("PUT", url, data=document("a"))).status == 204


async def test_an_upload_is_stored_while_it_arrives(own_service):
    """Chunks are in the store before the last byte was sent; they can be taken when it was."""
    world = await own_service.world()
    token, url = await prepare(world)
    data = document("a", chunks=4)
    stored_early = asyncio.Event()

    async def body():
        yield data[: 3 * CHUNK_BYTES]
        async with asyncio.timeout(WAIT_SECONDS):
            while (await rows(own_service))[1] < 3:  # noqa: ASYNC110 -- the store does not report it
                await asyncio.sleep(0.01)
        with refused("UPLOAD_NOT_FOUND"):
            await take(world, token)
        stored_early.set()
        yield data[3 * CHUNK_BYTES :]

    assert (await own_service.http("PUT", url, data=body())).status == 204
    assert stored_early.is_set()
    assert (await take(world, token)).item.settings.encode() == data


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_an_upload_is_never_held_whole(own_service, encoding):
    """64 MiB of a player's data, plain and in 64 KiB of gzip: the server never holds a tenth of it."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(pack.compress(bytes(MIB)) for _ in range(64)) + pack.flush()

    async def plain():
        for _ in range(64):
            yield bytes(MIB)

    url = (await own_service.call("PrepareImportUserDataByUserId", user_id="alice")).upload_url
    tracemalloc.start()
    try:
        body = bomb if encoding == "gzip" else plain()
        answer = await own_service.http("PUT", url, data=body, headers={"Content-Encoding": encoding})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status == 204
    assert peak < 6.4 * MIB


async def test_an_upload_that_fails_leaves_no_chunk(own_service):
    """Too long, badly encoded, cut off or used meanwhile: what was stored of it is removed at once; the URL stays."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    _, url = await prepare(world)
    too_long = in_pieces(b" " * (21 * MIB))
    assert (await own_service.http("PUT", url, data=too_long)).status == 413
    assert await rows(own_service) == (1, 0)
    broken = gzip.compress(document("a", chunks=9))[:-1]
    assert (await own_service.http("PUT", url, data=broken, headers={"Content-Encoding": "gzip"})).status == 400
    assert await rows(own_service) == (1, 0)
    data = document("a", chunks=2)
    async with replica(own_service) as second:
        elsewhere = at(second, urllib.parse.urlsplit(url).path)

        async def overtaken():
            yield data
            assert (await second.http("PUT", elsewhere, data=data)).status == 204
            yield b" " * CHUNK_BYTES

        assert (await own_service.http("PUT", url, data=overtaken())).status == 409
    assert await rows(own_service) == (1, 2)


async def test_chunks_that_cannot_be_removed_are_removed_later(own_service, monkeypatch):
    """The store fails when a failed upload is removed: the client receives the problem; the housekeeping removes it."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    _, url = await prepare(world)
    run, writes = own_service.faults.run, 0

    async def failing_after_eight_chunks(body, *, write):
        nonlocal writes
        writes += write
        if write and writes > 8:
            raise Unavailable("injected")
        return await run(body, write=write)

    broken = gzip.compress(document("a", chunks=9))[:-1]
    with monkeypatch.context() as patch:
        patch.setattr(own_service.faults, "run", failing_after_eight_chunks)
        answer = await own_service.http("PUT", url, data=broken, headers={"Content-Encoding": "gzip"})
    assert answer.status == 400
    assert await rows(own_service) == (1, 8)
    own_service.clock.advance(seconds=HOUR)
    await keep_house(own_service)
    assert await rows(own_service) == (0, 0)


async def test_a_take_that_fails_leaves_the_upload(own_service):
    """At each statement: nothing is in force, and the next call succeeds."""
    world = await own_service.world()
    token, url = await prepare(world)
    await own_service.http("PUT", url, data=document("a"))
    for place in range(1, 50):
        own_service.faults.fail_at = place
        try:
            with refused("NOT_COMMITTED"):
                await take(world, token)
        except BaseException:
            if await in_force(world) == ["a"]:
                break  # no statement was left to fail
            raise
        assert await in_force(world) == ["spring"]
    own_service.faults.fail_at = None
    assert place > 4


async def test_the_store_does_not_hold_what_was_uploaded(own_service):
    """Neither the document nor the URL is in any table, and equal uploads are stored differently."""
    world = await own_service.world()
    url_tokens = []
    for _ in range(2):
        _, url = await prepare(world)
        url_tokens.append(url.rpartition("/")[2])
        await own_service.http("PUT", url, data=document(CANARY, CANARY * 2, chunks=2))
    dump = await own_service.dump()
    text = repr(dump)
    assert len(dump["upload_chunk"]) == 4
    assert len({row.rpartition(", b")[2] for row in dump["upload_chunk"]}) == 4
    assert not any(part in text for part in (CANARY, "xxxxxxxx", *url_tokens))


async def test_any_replica_takes_part_in_an_upload(service, world):
    """Prepared by one, sent to another, taken by the first; and the other way round."""
    async with replica(service) as second:
        elsewhere = World(second, world.name)
        for preparing, storing, taking in ((world, second, world), (elsewhere, service, elsewhere)):
            token, url = await prepare(preparing)
            name = "a" if preparing is world else "b"
            there = at(storing, urllib.parse.urlsplit(url).path)
            assert (await storing.http("PUT", there, data=document(name))).status == 204
            await take(taking, token)
            assert await in_force(world) == [name]


async def test_a_replica_that_knows_a_namespace_by_an_older_number_takes_an_upload(service, world):
    """Deleted and made again by another replica, the name leads to the new one, and so does an upload to it."""
    async with replica(service) as second:
        elsewhere = World(second, world.name)
        await prepare(elsewhere)  # now the second one knows the old number
        await world.call("DeleteNamespace")
        with refused("NAMESPACE_NOT_FOUND"):
            await take(elsewhere, "0" * 32)
        await service.call("CreateNamespace", name=world.name)
        await prepare(elsewhere)
        await world.call("DeleteNamespace")
        await service.call("CreateNamespace", name=world.name)
        token, url = await prepare(world)
        await service.http("PUT", url, data=document("a"))
        await take(elsewhere, token)
    assert await in_force(world) == ["a"]
