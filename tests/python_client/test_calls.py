"""Calls of the Python client: keys, errors, listings, batches, players, threads, cancellation."""

import asyncio
import contextlib
import threading
from concurrent import futures

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd_client import AsyncClient, Client, CredentialRefused, Key, Login, RedeemError
from support.limits import make_limits
from support.patience import WAIT_SECONDS

from python_client.links import address_of

THREADS = 8
VERIFY = pb.VERIFY_TYPE_ACTIVE


def use(world, code, user_id="alice", **fields):
    """Return the request of a use by a server."""
    return pb.UseByUserIdRequest(namespace_name=world.name, user_id=user_id, code=code, **fields)


async def test_both_clients_call_methods_of_every_service(redeemd, blocking):
    """By their names; a public method and one with a credential."""
    assert (await redeemd.serial_keys.GetServiceVersion(pb.GetServiceVersionRequest())).item
    assert (await redeemd.limits.GetServiceVersion(limit_pb.GetServiceVersionRequest())).item
    listed = await asyncio.to_thread(blocking.auth.ListKeys, auth_pb.ListKeysRequest(limit=1))
    assert len(listed.items) == 1


async def test_a_call_with_the_same_key_happens_once(redeemd, world):
    """The key of the caller, in the request or beside it; without one, each call is a call of its own."""
    (code,) = await world.codes()
    first = await redeemd.serial_keys.UseByUserId(use(world, code), key="k1")
    assert await redeemd.serial_keys.UseByUserId(use(world, code, duplication_avoider="k1")) == first
    with pytest.raises(RedeemError) as refused:
        await redeemd.serial_keys.UseByUserId(use(world, code))
    assert refused.value.reason == "CODE_STATUS_INVALID"
    assert refused.value.key


async def test_an_error_says_why(redeemd, blocking, world):
    """Status, reason, metadata, request id and the invalid fields, from both clients."""
    request = use(world, "", user_id="a:b")
    for failing in (
        redeemd.serial_keys.UseByUserId(request),
        asyncio.to_thread(blocking.serial_keys.UseByUserId, request),
    ):
        with pytest.raises(RedeemError, match=r"INVALID_ARGUMENT VALIDATION_FAILED: ") as refused:
            await failing
        assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT
        assert {violation.field for violation in refused.value.violations} == {"code", "user_id"}
        assert refused.value.metadata["component"] == "serialKey"
        assert refused.value.request_id == refused.value.metadata["request_id"] != ""
        assert not refused.value.is_temporary


async def test_the_codes_of_a_batch_are_read_by_both_clients(redeemd, blocking, world):
    """Pages of two codes, and all of them one by one."""
    codes = await world.codes(5)
    jobs = await world.call("DescribeIssueJobs", campaign_model_name="spring")
    request = pb.DescribeSerialKeysRequest(
        namespace_name=world.name, campaign_model_name="spring", issue_job_name=jobs.items[0].name, limit=2
    )
    pages = [len(page.items) async for page in redeemd.serial_keys.DescribeSerialKeys.pages(request)]
    assert pages == [2, 2, 1]
    items = await asyncio.to_thread(lambda: list(blocking.serial_keys.DescribeSerialKeys.items(request)))
    assert [item.code for item in items] == codes


async def test_a_batch_has_an_outcome_for_each_request(redeemd, blocking, world):
    """Of more requests than a message holds, in their order; errors are those of the items."""
    codes = await world.codes(1200)
    requests = [use(world, code) for code in [*codes, codes[0], "no code"]]
    outcomes = [outcome async for outcome in redeemd.serial_keys.BatchUse.each(requests)]
    assert [outcome.response.item.code for outcome in outcomes[:1200]] == codes
    assert [outcome.error.reason for outcome in outcomes[1200:]] == ["CODE_STATUS_INVALID", "CODE_NOT_FOUND"]
    assert len({outcome.request.duplication_avoider for outcome in outcomes} - {""}) == 1202
    assert not any(request.duplication_avoider for request in requests)
    again = [outcome.request for outcome in outcomes[:3]]
    repeated = await asyncio.to_thread(lambda: list(blocking.serial_keys.BatchUse.each(again)))
    assert repeated == outcomes[:3]


async def test_other_batches_are_made_alike(redeemd, world):
    """BatchVerify, which changes nothing, and BatchCountUp."""
    (code,) = await world.codes()
    verify = pb.VerifyCodeByUserIdRequest(
        namespace_name=world.name, user_id="alice", code=code, campaign_model_name="spring", verify_type=VERIFY
    )
    found = [outcome async for outcome in redeemd.serial_keys.BatchVerify.each([verify, verify])]
    assert [outcome.error for outcome in found] == [None, None]
    assert found[0].request is verify
    limits = await make_limits(world.service)
    count = limit_pb.CountUpByUserIdRequest(
        namespace_name=limits.name, user_id="alice", limit_name="daily", counter_name="c", count_up_value=1
    )
    counted = [outcome async for outcome in redeemd.limits.BatchCountUp.each([count] * 3)]
    assert [outcome.response.item.count for outcome in counted if outcome.error is None][-1:] == [3]


async def test_a_batch_that_is_refused_as_a_whole_says_what_is_left(service, redeemd, world):
    """Requests of one message, with the keys that they were sent with; nothing of it was executed."""
    (code,) = await world.codes()
    async with AsyncClient(address_of(service), Key("no.key")) as stranger:
        with pytest.raises(RedeemError) as refused:
            _ = [it async for it in stranger.serial_keys.BatchUse.each([use(world, code)])]
    (left,) = refused.value.unfinished
    assert left.duplication_avoider
    (outcome,) = [it async for it in redeemd.serial_keys.BatchUse.each([left])]
    assert outcome.response.item.used_user_id == "alice"


async def test_a_player_calls_with_a_token_of_their_own(redeemd, blocking, world):
    """The client logs the player in when it is needed, once."""
    first, second = await world.codes(2)
    request = pb.UseRequest(namespace_name=world.name, code=first)
    alice = redeemd.player("alice")
    assert (await alice.serial_keys.Use(request)).item.used_user_id == "alice"
    token = await alice.metadata()
    request.code = second
    bob = blocking.player("bob")
    assert (await asyncio.to_thread(bob.serial_keys.Use, request)).item.used_user_id == "bob"
    assert await alice.metadata() == token


async def test_threads_share_a_client(service, world):
    """They log in once, and of several that use one code one succeeds."""
    codes = await world.codes(10)
    logins = []

    class Counted(Login):
        def login_request(self):
            logins.append(threading.get_ident())
            return super().login_request()

    def use_all(client, number):
        start.wait()
        done = []
        for code in codes:
            try:
                done.append(client.serial_keys.UseByUserId(use(world, code, user_id=f"player-{number}")).item.code)
            except RedeemError as error:
                assert error.reason == "CODE_STATUS_INVALID"
        return done

    start = threading.Barrier(THREADS, timeout=WAIT_SECONDS)
    with Client(address_of(service), Counted(service.key)) as client, futures.ThreadPoolExecutor(THREADS) as threads:
        done = await asyncio.to_thread(lambda: list(threads.map(use_all, [client] * THREADS, range(THREADS))))
    used = [code for codes in done for code in codes]
    assert sorted(used) == sorted(codes)
    assert len(logins) == 1


async def test_a_cancelled_login_leaves_the_others(service):
    """Of many tasks that wait for a token, those that are cancelled take nothing from the rest."""
    async with AsyncClient(address_of(service), Login(service.key)) as client:
        listing = pb.DescribeNamespacesRequest(limit=1)
        tasks = [asyncio.create_task(client.serial_keys.DescribeNamespaces(listing)) for _ in range(10)]
        await asyncio.sleep(0)
        for task in tasks[:5]:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(it, asyncio.CancelledError) for it in done[:5])
    assert all(isinstance(it, pb.DescribeNamespacesResponse) for it in done[5:])


async def test_a_cancelled_call_can_be_repeated_with_its_key(redeemd, world):
    """Wherever it was cancelled, it happens once."""
    codes = await world.codes(20)
    tasks = []
    for number, code in enumerate(codes):
        tasks.append(asyncio.create_task(redeemd.serial_keys.UseByUserId(use(world, code), key=f"k{number}")))
        await asyncio.sleep(0.0005 * number)
        tasks[-1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for number, code in enumerate(codes):
        response = await redeemd.serial_keys.UseByUserId(use(world, code), key=f"k{number}")
        assert (response.item.used_user_id, response.item.revision) == ("alice", 2)


async def test_a_stream_that_is_left_ends(redeemd, blocking, world):
    """The iterators of both clients, closed after the first events; an error in a stream is a RedeemError."""
    await world.codes(1)
    request = event_pb.WatchEventsRequest(namespace_names=[world.name], start=event_pb.START_OLDEST)

    def watch():
        stream = blocking.events.WatchEvents(request)
        for response in stream:
            if response.items:
                stream.close()
                return response.items[0].kind
        raise AssertionError

    assert await asyncio.to_thread(watch) == options_pb2.EVENT_KIND_ISSUED
    async with contextlib.aclosing(redeemd.events.WatchEvents(request)) as stream:
        async for response in stream:
            if response.items:
                break
    assert response.items[0].kind == options_pb2.EVENT_KIND_ISSUED
    request.cursor = "no cursor"
    with pytest.raises(RedeemError, match="PAGE_TOKEN_INVALID"):
        await anext(redeemd.events.WatchEvents(request))


async def test_a_key_that_is_not_valid_is_refused(service):
    """Once: there is no other to try. A login is refused alike."""
    listing = pb.DescribeNamespacesRequest()
    for credential in (Key("no.key"), Login("no.key"), None):
        async with AsyncClient(address_of(service), credential) as client:
            with pytest.raises(CredentialRefused) as refused:
                await client.serial_keys.DescribeNamespaces(listing)
            assert refused.value.reason == ("CREDENTIAL_INVALID" if credential else "CREDENTIAL_MISSING")
