"""Master data from a GitHub repository."""

import asyncio
import gzip
import socket

import pytest
from aiohttp import web
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.resources import github as client
from support.github import BRANCH, COMMIT, KEYS, TAG, answer_with, check_out, expect_refusal
from support.service import bearer, refused, running
from support.uploads import document, in_force

REFERENCES = {
    "commit": ({"reference_type": COMMIT, "commit_hash": "0123abcd"}, "0123abcd"),
    "branch": ({"reference_type": BRANCH, "branch_name": "main"}, "refs/heads/main"),
    "tag": ({"reference_type": TAG, "tag_name": "main"}, "refs/tags/main"),
}


@pytest.mark.parametrize(("reference", "ref"), REFERENCES.values(), ids=REFERENCES)
async def test_a_file_of_a_reference_is_put_in_force(world, hub, reference, ref):
    """The one of this commit, branch or tag, although there are a branch and a tag of one name; others do not count."""
    for _, known in REFERENCES.values():
        hub.put(document(known.replace("/", "-")), ref=known)
    answer = await check_out(world, **{"branch_name": "other", "tag_name": "other", "commit_hash": "other"} | reference)
    assert await in_force(world) == [ref.replace("/", "-")]
    assert answer.item.settings.encode() == document(ref.replace("/", "-"))
    assert (await world.call("GetCurrentCampaignMaster")).item == answer.item


@pytest.mark.parametrize(
    "name", ["feature/a", "a b", "a#b", "a?ref=b", "a&ref=b", "a%2Fb", "ñ🎁", "a+b", "..", "a/../b"]
)
async def test_a_reference_of_any_name_arrives_as_it_is(world, hub, name):
    """A reference is requested under its own name, whatever characters it contains."""
    hub.put(document("a"), ref=f"refs/heads/{name}")
    await check_out(world, branch_name=name)
    assert await in_force(world) == ["a"]


async def test_a_byte_order_mark_is_dropped(world, hub):
    """As in an upload."""
    hub.put("\ufeff".encode() + document("a"))
    assert (await check_out(world)).item.settings.encode() == document("a")


async def test_a_base_url_may_have_a_path(hub, tmp_path):
    """GitHub Enterprise serves its API under /api/v3; a slash at the end makes no difference."""
    hub.asked = []
    answer_with(hub, body=document("a"))
    async with running(tmp_path, github_url=f"{hub.url}/api/v3/", github_keys=KEYS) as server:
        world = await server.world()
        await check_out(world)
    (asked,) = hub.asked
    assert asked.path == "/api/v3/repos/studio/game/contents/master.json"


async def test_a_repeated_call_returns_the_stored_response(world, hub):
    """The same idempotency key: the same response, also when the file is another now, and when GitHub is away."""
    hub.put(document("a"))
    first = await check_out(world, headers=[("idempotency-key", "k")])
    hub.put(document("b"))
    assert await check_out(world, headers=[("idempotency-key", "k")]) == first
    answer_with(hub, 500)
    assert await check_out(world, headers=[("idempotency-key", "k")]) == first
    assert await in_force(world) == ["a"]


async def test_an_unknown_key_is_refused(world, hub):
    """CHECKOUT_KEY_NOT_FOUND, and GitHub receives no request."""
    for key in ("other", "Main", "main ", KEYS):
        refusal = await expect_refusal(world, "CHECKOUT_KEY_NOT_FOUND", api_key_id=key)
        assert refusal.metadata["component"] == "apiKey"
    assert hub.asked == []


async def test_unauthorised_callers_cause_no_request_to_github(server, world, hub):
    """Without a key, with one of another namespace or a role that only reads, and for a namespace that is not there."""
    fields = {"checkout_setting": {"api_key_id": "main", "repository_name": "a/b", "source_path": "c"}}
    fields["checkout_setting"] |= {"reference_type": BRANCH, "branch_name": "main"}
    call = server.serial_keys.UpdateCurrentCampaignMasterFromGitHub
    for role, names, reason in (
        (options_pb2.ROLE_READ, [], "ROLE_NOT_ALLOWED"),
        (options_pb2.ROLE_ADMIN, ["another"], "NAMESPACE_NOT_ALLOWED"),
    ):
        request = auth_pb.CreateKeyRequest(role=role, namespace_names=names)
        made = await server.auth.CreateKey(request, metadata=server.admin)
        with refused(reason):
            request = pb.UpdateCurrentCampaignMasterFromGitHubRequest(namespace_name=world.name, **fields)
            await call(request, metadata=bearer(f"{made.item.key_id}.{made.secret}"))
    with refused("CREDENTIAL_MISSING"):
        await call(pb.UpdateCurrentCampaignMasterFromGitHubRequest(namespace_name=world.name, **fields))
    with refused("NAMESPACE_NOT_FOUND"):
        await server.call("UpdateCurrentCampaignMasterFromGitHub", namespace_name="nowhere", **fields)
    assert hub.asked == []


async def test_what_github_refuses_is_refused_with_its_status(world, hub):
    """A key it does not know, a file that is not there, and any other 4xx: CHECKOUT_REFUSED, no retry advised."""
    refusal = await expect_refusal(world, "CHECKOUT_REFUSED", api_key_id="wrong")
    assert refusal.metadata["http_status"] == "401"
    refusal = await expect_refusal(world, "CHECKOUT_REFUSED", source_path="absent.json")
    assert (refusal.metadata["http_status"], refusal.retry) == ("404", False)
    for status in (204, 304, 400, 403, 404, 409, 410, 422, 451):
        answer_with(hub, status, b"" if status in {204, 304} else document("a"))
        refusal = await expect_refusal(world, "CHECKOUT_REFUSED")
        assert (refusal.metadata["http_status"], refusal.retry) == (str(status), False)


LIMITED = [(429, {}), (403, {"X-RateLimit-Remaining": "0"}), (403, {"Retry-After": "60"}), (429, {"Retry-After": "60"})]


@pytest.mark.parametrize(("status", "headers"), [*LIMITED, *((status, {}) for status in (500, 502, 503, 504))])
async def test_a_temporary_failure_of_github_is_retryable(world, hub, status, headers):
    """Too many calls or its own failure: CHECKOUT_UNAVAILABLE with RetryInfo; the next try succeeds."""
    answer_with(hub, status, document("a"), **headers)
    assert (await expect_refusal(world, "CHECKOUT_UNAVAILABLE")).retry
    hub.answer = None
    hub.put(document("b"))
    await check_out(world)
    assert await in_force(world) == ["b"]


async def test_a_github_that_is_not_there_is_worth_a_retry(tmp_path):
    """Connection refused, and a name that is nobody's: CHECKOUT_UNAVAILABLE."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        for number, url in enumerate((f"http://127.0.0.1:{taken.getsockname()[1]}", "http://nobody.invalid")):
            async with running(tmp_path / str(number), github_url=url, github_keys=KEYS) as server:
                assert (await expect_refusal(await server.world(), "CHECKOUT_UNAVAILABLE")).retry


@pytest.mark.parametrize("begins", [False, True], ids=["at once", "in the middle"])
async def test_a_github_that_hangs_is_given_up(world, hub, monkeypatch, begins):
    """Before its response or in the middle of it; other calls go on meanwhile."""
    monkeypatch.setattr(client, "SECONDS_MAX", 0.3)
    asked = asyncio.Event()

    async def hang(request):
        asked.set()
        response = web.StreamResponse()
        if begins:
            await response.prepare(request)
            await response.write(document("a"))
        await asyncio.sleep(60)
        return response

    hub.answer = hang
    refusal = asyncio.create_task(expect_refusal(world, "CHECKOUT_UNAVAILABLE"))
    await asked.wait()
    assert await world.codes()
    assert (await refusal).retry


CUT_OFF = {
    "by length": lambda body: b"Content-Length: %d\r\n\r\n" % (len(body) + 1) + body,
    "chunked": lambda body: b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n",
    "chunked, in a chunk": lambda body: b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (len(body) + 1) + body,
    "no gzip": lambda body: b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body,
    "no HTTP": lambda _: b"\x00\r\n\r\n",
}


@pytest.mark.parametrize("make", CUT_OFF.values(), ids=CUT_OFF)
async def test_a_truncated_response_is_not_used(world, hub, make):
    """Although what came of it would be a document: CHECKOUT_UNAVAILABLE."""

    async def answer(request):
        request.transport.write(b"HTTP/1.1 200 OK\r\n" + make(document("a")))
        request.transport.close()
        return web.Response()

    hub.answer = answer
    assert (await expect_refusal(world, "CHECKOUT_UNAVAILABLE")).retry


async def test_a_compressed_response_is_decompressed(world, hub):
    """Proxies compress."""
    answer_with(hub, 200, gzip.compress(document("a")), **{"Content-Encoding": "gzip"})
    await check_out(world)
    assert await in_force(world) == ["a"]


WRONG = {
    "nothing": b"",
    "not UTF-8": b'{"version": "\xff"}',
    "not JSON": b"<html>",
    "a folder": b'[{"type": "file", "name": "master.json"}]',
    "another version": b'{"version": "1"}',
    "a bad name": document("a/b"),
    "too long": b'"' + b"x" * 5_242_880 + b'"',
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
async def test_a_file_that_is_no_master_data_changes_nothing(world, hub, data):
    """MASTER_DATA_INVALID, as for any other road."""
    hub.put(data)
    await expect_refusal(world, "MASTER_DATA_INVALID")


async def test_a_file_without_end_is_not_read_to_its_end(world, hub):
    """Beyond what a document may be: tooLong, and the connection is closed."""
    closed = asyncio.Event()

    async def endless(request):
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(1 << 20))
        finally:
            closed.set()

    hub.answer = endless
    refusal = await expect_refusal(world, "MASTER_DATA_INVALID")
    assert refusal.metadata["error_type"] == "tooLong"
    await closed.wait()
