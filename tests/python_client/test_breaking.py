"""The Python client while connections break, servers stop and tokens expire."""

import asyncio
import contextlib

import grpc
import pytest
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd_client import AsyncClient, Client, Login, OutcomeUnknown, RedeemError, Tls, TokenFile
from support.certificates import SERVER_NAME, Authority
from support.patience import WAIT_SECONDS
from support.service import running

from python_client.links import address_of, behind_a_link, swallow

DAY_SECONDS = 24 * 60 * 60


def use(world, code, **fields):
    """Return the request of a use by a server."""
    return pb.UseByUserIdRequest(namespace_name=world.name, user_id="alice", code=code, **fields)


async def used(world, code):
    """Wait until a code is used; return it."""
    async with asyncio.timeout(WAIT_SECONDS):
        while (item := (await world.call("GetSerialKey", code=code)).item).status != 2:  # noqa: ASYNC110 -- in the server
            await asyncio.sleep(0.01)
    return item


async def warm_up(client):
    """Connect."""
    await client.serial_keys.DescribeNamespaces(pb.DescribeNamespacesRequest(limit=1))


async def test_a_use_whose_connection_is_killed_happens_once(service, world):
    """After the server has committed and before it has responded: the client sends the call again, with its key."""
    codes = await world.codes(5)
    async with behind_a_link(service) as (client, link):
        await warm_up(client)
        swallow(link)
        calls = [asyncio.create_task(client.serial_keys.UseByUserId(use(world, code))) for code in codes]
        items = [await used(world, code) for code in codes]
        await link.inject("cut", 0)
        responses = await asyncio.gather(*calls)
    assert [response.item for response in responses] == items
    assert {response.item.revision for response in responses} == {2}


async def test_an_unknown_outcome_is_settled_by_the_key_of_the_error(service, world):
    """A call that met its deadline may have been executed; the same call with the same key gets the response."""
    (code,) = await world.codes()
    async with behind_a_link(service) as (client, link):
        await warm_up(client)
        swallow(link)
        with pytest.raises(OutcomeUnknown) as unknown:
            await client.serial_keys.UseByUserId(use(world, code), timeout=1)
        assert unknown.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
        item = await used(world, code)
        await link.inject("cut", 0)
        response = await client.serial_keys.UseByUserId(use(world, code), key=unknown.value.key)
    assert response.item == item


async def _requests(world, codes, *, slow=False):
    for code in codes:
        yield use(world, code)
        if slow:
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("slow", [False, True])
async def test_a_stream_of_uses_goes_on_when_its_connection_breaks(service, world, slow):
    """Several times in its middle: each request has one outcome, and none was executed twice."""
    codes = await world.codes(600 if slow else 5000)
    found, cuts = [], 0
    async with behind_a_link(service) as (client, link):
        async for outcome in client.serial_keys.UseStream.each(_requests(world, codes, slow=slow)):
            found.append(outcome)
            if cuts < 3 and len(found) > (cuts + 1) * len(codes) // 5:
                cuts += 1
                await link.inject("cut", 0)
    assert cuts == 3
    assert {outcome.error for outcome in found} == {None}
    assert sorted(outcome.response.item.code for outcome in found) == sorted(codes)
    assert {outcome.response.item.revision for outcome in found} == {2}


async def test_a_stream_of_uses_takes_any_requests(service, world):
    """None at all, a list of them, and those that fail; what the requests raise is raised behind the outcomes."""
    codes = await world.codes(3)

    async def failing():
        yield use(world, codes[2])
        raise LookupError

    async with AsyncClient(address_of(service), Login(service.key)) as client:
        each = client.serial_keys.UseStream.each
        assert [it async for it in each([])] == []
        found = {
            it.request.code: it async for it in each([use(world, codes[0]), use(world, "no"), use(world, codes[1])])
        }
        assert [found[code].response.item.code for code in codes[:2]] == codes[:2]
        assert found["no"].error.reason == "CODE_NOT_FOUND"
        outcomes = each(failing())
        assert (await anext(outcomes)).response.item.code == codes[2]
        with pytest.raises(LookupError):
            await anext(outcomes)


async def test_a_stream_that_is_refused_says_what_is_left(service, world):
    """A key that is not valid; what was sent has the keys that it was sent with."""
    (code,) = await world.codes()
    requests = [use(world, code)]
    async with AsyncClient(address_of(service), Login("no.key")) as client:
        with pytest.raises(RedeemError) as refused:
            _ = [it async for it in client.serial_keys.UseStream.each(requests)]
    assert refused.value.reason == "CREDENTIAL_INVALID"
    assert {request.code for request in refused.value.unfinished} == {code}
    assert all(request.duplication_avoider for request in refused.value.unfinished)


async def test_a_watcher_goes_on_when_its_connection_breaks(service, world):
    """Behind the last event: none is missing and none comes twice."""
    request = event_pb.WatchEventsRequest(
        namespace_names=[world.name], start=event_pb.START_OLDEST, kinds=[options_pb2.EVENT_KIND_REDEEMED]
    )
    codes = await world.codes(6)
    seen = []
    await world.call("UseByUserId", user_id="alice", code=codes[0])
    async with asyncio.timeout(WAIT_SECONDS), behind_a_link(service) as (client, link):
        stream = client.events.WatchEvents.follow(request)
        while len(seen) < len(codes):
            for event in (await anext(stream)).items:
                seen.append(event.redemption.code)
                await link.inject("cut", 0)
                if len(seen) < len(codes):
                    await world.call("UseByUserId", user_id="alice", code=codes[len(seen)])
        await stream.aclose()
    assert seen == codes


async def test_a_token_that_expires_is_replaced_under_a_running_client(own_service):
    """The server's clock says that it is over before the client expects it; so for the token of a player."""
    world = await own_service.world()
    codes = await world.codes(2)
    async with AsyncClient(address_of(own_service), Login(own_service.key)) as client:
        alice = client.player("alice")
        await warm_up(client)
        await alice.serial_keys.Use(pb.UseRequest(namespace_name=world.name, code=codes[0]))
        before = await client.metadata(), await alice.metadata()
        own_service.clock.advance(seconds=2 * DAY_SECONDS)
        response = await alice.serial_keys.Use(pb.UseRequest(namespace_name=world.name, code=codes[1]))
        assert response.item.used_user_id == "alice"
        await warm_up(client)
        assert not {await client.metadata(), await alice.metadata()} & set(before)


async def test_a_token_is_renewed_before_it_expires(own_service):
    """By the clock of the client, late in the life of the token: no call is refused for it."""
    now = [0.0]
    async with AsyncClient(address_of(own_service), Login(own_service.key, clock=lambda: now[0])) as client:
        await warm_up(client)
        first = await client.metadata()
        now[0] = 0.7 * DAY_SECONDS
        assert await client.metadata() == first
        now[0] = 0.9 * DAY_SECONDS
        own_service.clock.advance(seconds=1)
        assert await client.metadata() != first


async def test_a_token_file_is_read_again_when_the_server_refuses(service, tmp_path):
    """Another process may write a new token before the time at which the client looks for one."""
    file = tmp_path / "token"
    file.write_text("no.key")
    async with AsyncClient(address_of(service), TokenFile(file, clock=lambda: 0.0)) as client:
        with pytest.raises(RedeemError, match="CREDENTIAL_INVALID"):
            await warm_up(client)
        file.write_text(f"{service.key}\n")
        await warm_up(client)


async def test_a_renewal_that_fails_leaves_the_token(own_service):
    """While the server cannot be reached, the valid token is kept."""
    now = [0.0]
    credential = Login(own_service.key, clock=lambda: now[0])
    async with AsyncClient(address_of(own_service), credential) as client:
        await warm_up(client)
        first = await client.metadata()
    now[0] = 0.9 * DAY_SECONDS
    async with AsyncClient("127.0.0.1:1", credential, service_config="{}") as away:
        assert await away.metadata() == first
        now[0] = 2.0 * DAY_SECONDS
        with pytest.raises(RedeemError) as unreachable:
            await away.metadata()
        assert unreachable.value.code is grpc.StatusCode.UNAVAILABLE


async def test_a_stream_outlives_a_server(tmp_path):
    """One that stops, and starts again at the same address: what is left is sent to the next one."""
    found = []
    async with contextlib.AsyncExitStack() as stack:
        async with running(tmp_path) as first:
            listen, world = address_of(first), await first.world()
            codes = await world.codes(3000)
            client = await stack.enter_async_context(AsyncClient(listen, Login(first.key)))
            outcomes = client.serial_keys.UseStream.each(_requests(world, codes))
            async for outcome in outcomes:
                found.append(outcome)
                if len(found) == 500:
                    break
            rest = asyncio.create_task(anext(outcomes))
        async with running(tmp_path, listen=listen):
            found += [await rest, *[outcome async for outcome in outcomes]]
    assert {outcome.error for outcome in found} == {None}
    assert sorted(outcome.response.item.code for outcome in found) == sorted(codes)
    assert {outcome.response.item.revision for outcome in found} == {2}


async def test_a_connection_is_encrypted_and_shows_a_certificate(tmp_path):
    """Both clients, with files of an authority and of a client certificate; without the latter, nothing is served."""
    authority = Authority(tmp_path / "authority")
    own, mine = authority.issue(SERVER_NAME), authority.issue("client")
    settings = {"tls_cert": own.certificate, "tls_key": own.key, "tls_client_ca": authority.ca}
    tls = Tls.from_files(authority.ca, mine.certificate, mine.key, name=SERVER_NAME)
    listing = pb.DescribeNamespacesRequest(limit=1)
    async with running(tmp_path / "data", **settings) as service:
        async with AsyncClient(address_of(service), Login(service.key), tls=tls) as client:
            await client.serial_keys.DescribeNamespaces(listing)
        with Client(address_of(service), Login(service.key), tls=tls) as client:
            await asyncio.to_thread(client.serial_keys.DescribeNamespaces, listing)
        stranger = Tls.from_files(authority.ca, name=SERVER_NAME)
        async with AsyncClient(address_of(service), Login(service.key), tls=stranger, service_config="{}") as client:
            with pytest.raises(RedeemError) as refused:
                await client.serial_keys.DescribeNamespaces(listing)
            assert refused.value.code is grpc.StatusCode.UNAVAILABLE
