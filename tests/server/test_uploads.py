"""Uploads under signed URLs: stored whole and once, or not at all."""

import asyncio
import gzip
import zlib

import pytest
from redeemd.http.limits import HttpLimits
from redeemd.http.uploads import CHUNK_BYTES
from support.service import read_refusal, refused
from support.uploads import document, in_force, in_pieces, prepare, put_again, take

BYTES_MAX = 20_971_520  # four for each of 5,242,880 characters


async def put_by_hand(service, url, head, body=b"", *, half_close=False):
    """Send a PUT whose headers may lie; return the status, None if the connection ended without a response."""
    path = "/" + url.split("/", 3)[3]
    reader, writer = await asyncio.open_connection("127.0.0.1", service.http_port)
    writer.write(f"PUT {path} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
    if half_close:
        writer.write_eof()
    try:
        answer = await reader.readline()
    finally:
        writer.close()
    return int(answer.split(b" ")[1]) if answer else None


async def test_what_was_put_can_be_taken(service, world):
    """PUT responds with 204; the RPC that takes the upload returns the document, which is then in force."""
    token, url = await prepare(world)
    answer = await service.http("PUT", url, data=document("a", "b", chunks=3))
    assert (answer.status, answer.body) == (204, b"")
    assert (await take(world, token)).item.settings.encode() == document("a", "b", chunks=3)
    assert await in_force(world) == ["a", "b"]


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
async def test_an_upload_of_any_size_is_stored_whole(service, world, size):
    """Around the borders of what is stored in one piece; the document need not be one."""
    token, url = await prepare(world)
    data = b'"' + b"x" * (size - 2) + b'"' if size > 1 else b"1" * size
    assert (await service.http("PUT", url, data=data)).status == 204
    with refused("MASTER_DATA_INVALID"):
        await take(world, token)


async def test_a_url_takes_one_upload(service, world):
    """A second PUT is 409, after the first was stored and after it was taken; the first one counts."""
    token, url = await prepare(world)
    assert (await service.http("PUT", url, data=document("first"))).status == 204
    for _ in range(2):
        answer = await service.http("PUT", url, data=document("second"))
        assert (answer.status, answer.text) == (409, "this URL was used before; request a new one\n")
    await take(world, token)
    assert (await service.http("PUT", url, data=document("second"))).status == 409
    assert await in_force(world) == ["first"]


async def test_of_concurrent_uploads_one_counts(service, world):
    """Twelve PUTs of several chunks at once: one 204, and the content is that one's, whole."""
    for round_ in range(5):
        token, url = await prepare(world)
        documents = [document(f"c-{round_}-{n}", chunks=4) for n in range(12)]
        answers = await asyncio.gather(*(service.http("PUT", url, data=data) for data in documents))
        statuses = [answer.status for answer in answers]
        assert sorted(statuses) == [204] + [409] * 11
        item = (await take(world, token)).item
        assert item.settings.encode() == documents[statuses.index(204)]


async def test_many_uploads_at_once_are_all_stored(service, world):
    """More than are worked on at a time: the others wait their turn."""
    prepared = [await prepare(world) for _ in range(3 * HttpLimits().uploads_max)]
    documents = [document(f"c-{n}", chunks=2) for n in range(len(prepared))]
    puts = (service.http("PUT", url, data=data) for (_, url), data in zip(prepared, documents, strict=True))
    assert {answer.status for answer in await asyncio.gather(*puts)} == {204}
    for (token, _), data in zip(prepared, documents, strict=True):
        assert (await take(world, token)).item.settings.encode() == data


async def test_the_greatest_upload_is_stored(service, world):
    """20 MiB of UTF-8: with and without its length."""
    for headers in ({"Content-Length": str(BYTES_MAX)}, {}):
        _, url = await prepare(world)
        answer = await service.http("PUT", url, data=in_pieces(b" " * BYTES_MAX), headers=headers)
        assert answer.status == 204


async def test_an_upload_that_says_it_is_too_long_is_refused_unread(service, world):
    """413 by Content-Length alone; the URL can still be used."""
    _, url = await prepare(world)
    assert await put_by_hand(service, url, f"Content-Length: {BYTES_MAX + 1}") == 413
    assert (await service.http("PUT", url, data=document("a"))).status == 204


async def test_an_upload_that_turns_out_too_long_is_refused(service, world):
    """413 for a chunked body of a byte too many; nothing of it is kept, and the URL can still be used."""
    token, url = await prepare(world)
    answer = await service.http("PUT", url, data=in_pieces(b" " * (BYTES_MAX + 1)))
    assert (answer.status, answer.text) == (413, f"at most {BYTES_MAX} bytes may be uploaded here\n")
    assert (await service.http("PUT", url, data=document("a"))).status == 204
    await take(world, token)
    assert await in_force(world) == ["a"]


CUT_OFF = {
    "by length": ("Content-Length: 1000", b"x" * 10),
    "by length, a byte": ("Content-Length: 11", b"x" * 10),
    "by length, nothing": ("Content-Length: 1", b""),
    "chunked": ("Transfer-Encoding: chunked", b"a\r\nxxxxxxxxxx\r\n"),
    "chunked, in a chunk": ("Transfer-Encoding: chunked", b"a\r\nxxxxx"),
    "chunked, no chunk": ("Transfer-Encoding: chunked", b"nonsense\r\n"),
    "gzip": ("Content-Encoding: gzip\r\nContent-Length: 1000", gzip.compress(b"x" * 100)),
}


@pytest.mark.parametrize(("head", "body"), CUT_OFF.values(), ids=CUT_OFF)
async def test_an_upload_that_was_cut_off_is_nothing(service, world, head, body):
    """The connection ends before the body does: no 204, nothing to be taken, and the URL can still be used."""
    token, url = await prepare(world)
    assert await put_by_hand(service, url, head, body, half_close=True) in {None, 400}
    with refused("UPLOAD_NOT_FOUND"):
        await take(world, token)
    assert (await put_again(service, url, document("a"))).status == 204
    await take(world, token)
    assert await in_force(world) == ["a"]


async def test_a_client_that_goes_away_leaves_the_url_to_be_used(service, world):
    """Twenty connections closed or reset in the middle of a body; once the last one has ended, a PUT is the upload."""
    token, url = await prepare(world)
    head = f"PUT /{url.split('/', 3)[3]} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode()
    for number in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", service.http_port)
        writer.write(head + bytes(10 * number))
        await writer.drain()
        writer.transport.abort() if number % 2 else writer.close()
    assert (await put_again(service, url, document("a"))).status == 204
    await take(world, token)
    assert await in_force(world) == ["a"]


ENCODINGS = {"gzip": gzip.compress, "deflate": zlib.compress, "GZIP": gzip.compress, "identity": bytes}


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_an_encoded_body_is_decoded(service, world, encoding):
    """The decoded content is stored."""
    token, url = await prepare(world)
    data = document("a", chunks=3)
    headers = {"Content-Encoding": encoding}
    assert (await service.http("PUT", url, data=ENCODINGS[encoding](data), headers=headers)).status == 204
    assert (await take(world, token)).item.settings.encode() == data


GZIP = gzip.compress(document("a", chunks=2))
BROKEN = {
    "no gzip": document("a"),
    "nothing": b"",
    "cut off": GZIP[: len(GZIP) // 2],
    "without its check sum": GZIP[:-8],
    "cut in its check sum": GZIP[:-1],
    "a wrong check sum": GZIP[:-8] + bytes(8),
    "a bit flipped": GZIP[:40] + bytes([GZIP[40] ^ 1]) + GZIP[41:],
    "more behind it": GZIP + b"x",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_a_body_that_is_not_encoded_as_it_says_is_refused(service, world, body):
    """400, nothing stored, and the URL can still be used."""
    token, url = await prepare(world)
    answer = await service.http("PUT", url, data=body, headers={"Content-Encoding": "gzip"})
    assert (answer.status, answer.text) == (400, "the body is incomplete, or not encoded as Content-Encoding says\n")
    with refused("UPLOAD_NOT_FOUND"):
        await take(world, token)
    assert (await service.http("PUT", url, data=document("a"))).status == 204


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "x"])
async def test_an_encoding_that_is_not_known_is_refused(service, world, encoding):
    """415, rather than storing what nobody will be able to read."""
    _, url = await prepare(world)
    answer = await service.http("PUT", url, data=document("a"), headers={"Content-Encoding": encoding})
    assert answer.status == 415
    assert "gzip" in answer.text


async def test_a_body_that_unpacks_to_too_much_is_refused(service, world):
    """A gigabyte in a megabyte: 413."""
    _, url = await prepare(world)
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(pack.compress(bytes(1 << 20)) for _ in range(1024)) + pack.flush()
    answer = await service.http("PUT", url, data=bomb, headers={"Content-Encoding": "gzip"})
    assert answer.status == 413


async def test_an_upload_is_taken_once(service, world):
    """Twenty calls at once: one puts it in force, the others get UPLOAD_NOT_FOUND."""
    token, url = await prepare(world)
    await service.http("PUT", url, data=document("a"))
    answers = await asyncio.gather(*(take(world, token) for _ in range(20)), return_exceptions=True)
    refusals = [read_refusal(answer).reason for answer in answers if isinstance(answer, Exception)]
    assert refusals == ["UPLOAD_NOT_FOUND"] * 19
    assert await in_force(world) == ["a"]


async def test_an_upload_is_for_its_namespace_and_purpose(service, world):
    """The token of another namespace, of a player's import, and of nothing; the upload stays for those it is for."""
    other = await service.world()
    token, url = await prepare(world)
    await service.http("PUT", url, data=document("a"))
    imported = await service.call("PrepareImportUserDataByUserId", user_id="alice")
    await service.http("PUT", imported.upload_url, data=document("a"))
    for place, wrong in ((other, token), (world, imported.upload_token), (world, "0" * 32), (world, "x")):
        with refused("UPLOAD_NOT_FOUND") as refusal:
            await take(place, wrong)
        assert refusal.metadata["component"] == "uploadToken"
    for user_id, wrong in (("alice", token), ("bob", imported.upload_token)):
        with refused("UPLOAD_NOT_FOUND"):
            await service.call("ImportUserDataByUserId", user_id=user_id, upload_token=wrong)
    await take(world, token)
    assert (await in_force(world), await in_force(other)) == (["a"], ["spring"])


async def test_an_upload_that_never_came_cannot_be_taken(world):
    """A prepared upload is nothing yet."""
    token, _ = await prepare(world)
    with refused("UPLOAD_NOT_FOUND"):
        await take(world, token)
