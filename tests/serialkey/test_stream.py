"""StreamSerialKeys: all codes of a batch, as they are listed, in chunks that can be gone on behind."""

import asyncio

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.serialkey.listing import CHUNK_CODES
from support.service import bearer, read_refusal, refused
from support.store_faults import until
from support.world import World

ACTIVE, USED, INACTIVE = 1, 2, 3
ON, OFF = 1, 2
LARGE = 2 * CHUNK_CODES + 1234


def under_way(service):
    """Return how many calls the server has not finished."""
    return service.telemetry.registry.get_sample_value("redeemd_calls_in_flight")


def stream(world, job_name, *, metadata=None, campaign="spring", **fields):
    """Begin a stream."""
    request = pb.StreamSerialKeysRequest(
        namespace_name=world.name, campaign_model_name=campaign, issue_job_name=job_name, **fields
    )
    metadata = world.service.admin if metadata is None else metadata
    return world.service.serial_keys.StreamSerialKeys(request, metadata=metadata)


async def chunks(world, job_name, **options):
    """Return all chunks of a stream."""
    return [chunk async for chunk in stream(world, job_name, **options)]


async def rest_of(call):
    """Read a stream on, after `read`, to its end."""
    found = []
    while (chunk := await call.read()) is not grpc.aio.EOF:
        found.append(chunk)
    return found


def codes_of(parts):
    """Return the codes of chunks."""
    return [code for chunk in parts for code in chunk.codes]


def states_of(parts):
    """Return (code, status, user, time) of all codes of chunks."""
    found = []
    for chunk in parts:
        states = {state.index: state for state in chunk.states}
        for index, code in enumerate(chunk.codes):
            state = states.pop(index, None)
            if state is None:
                found.append((code, chunk.status, "", 0))
            else:
                found.append((code, state.status, state.used_user_id, state.used_at))
        assert not states
    return found


async def states_listed(world, job):
    """Return the same of all keys of a batch as they are listed."""
    return [(key.code, key.status, key.used_user_id, key.used_at) for key in await world.keys(job)]


async def key_of(service, role, **fields):
    """Make a key; return the metadata that shows it."""
    answer = await service.auth.CreateKey(auth_pb.CreateKeyRequest(role=role, **fields), metadata=service.admin)
    return bearer(f"{answer.item.key_id}.{answer.secret}")


@pytest.fixture(scope="module")
async def large(service):
    """A batch of three chunks that no test changes, with its namespace."""
    world = await service.world()
    return world, await world.issue(LARGE)


async def test_a_stream_holds_all_codes_in_the_order_of_the_listing(large):
    """Three chunks, two of them full; each has the total count, and all but the last the token of the next."""
    world, job = large
    parts = await chunks(world, job.name)
    assert [len(chunk.codes) for chunk in parts] == [CHUNK_CODES, CHUNK_CODES, 1234]
    assert {chunk.total_count for chunk in parts} == {LARGE}
    assert [chunk.HasField("next_cursor") for chunk in parts] == [True, True, False]
    assert codes_of(parts) == [key.code for key in await world.keys(job)]


@pytest.mark.parametrize("imported", [False, True], ids=["issued", "imported"])
async def test_the_states_are_those_of_the_listing(world, imported):
    """Used, switched off and reverted keys at the edges of chunks: only exceptions are reported, in place."""
    await world.issue(7)  # so that the batch does not begin at sequence 0
    if imported:
        job = (await world.bring([f"SUMMER-{n}" for n in range(LARGE)], piece=10_000)).item
    else:
        job = await world.issue(LARGE)
    codes = [key.code for key in await world.keys(job)]
    used = [0, CHUNK_CODES - 1, CHUNK_CODES, 7000, 2 * CHUNK_CODES, LARGE - 1]
    for place in (*used, 17):
        await world.call("UseByUserId", user_id=f"player-{place}", code=codes[place])
    await world.call("RevertUseByUserId", user_id="player-17", code=codes[17])
    for place in (1, 2 * CHUNK_CODES + 1):
        await world.call("SetSerialKeyStatus", code=codes[place], availability=OFF)
    parts = await chunks(world, job.name)
    assert [[state.index for state in chunk.states] for chunk in parts] == [[0, 1, 4999], [0, 2000], [0, 1, 1233]]
    assert {chunk.status for chunk in parts} == {ACTIVE}
    assert states_of(parts) == await states_listed(world, job)


async def test_in_a_batch_that_is_switched_off_only_used_keys_differ(world):
    """The chunk says INACTIVE; also while the campaign is off instead; switched on again, ACTIVE."""
    job = await world.issue(5)
    codes = [key.code for key in await world.keys(job)]
    await world.call("UseByUserId", user_id="alice", code=codes[3])
    batch = {"campaign_model_name": "spring", "issue_job_name": job.name}
    for rpc, fields in (("SetIssueJobStatus", batch), ("SetCampaignStatus", {"campaign_model_name": "spring"})):
        await world.call(rpc, availability=OFF, **fields)
        parts = await chunks(world, job.name)
        assert (parts[0].status, [state.index for state in parts[0].states]) == (INACTIVE, [3])
        assert states_of(parts) == await states_listed(world, job)
        await world.call(rpc, availability=ON, **fields)
        assert (await chunks(world, job.name))[0].status == ACTIVE


async def test_a_stream_goes_on_behind_any_chunk(large):
    """From each next_cursor exactly the chunks that follow come, as they came before."""
    world, job = large
    parts = await chunks(world, job.name)
    for number, chunk in enumerate(parts[:-1], 1):
        assert await chunks(world, job.name, cursor=chunk.next_cursor) == parts[number:]


async def test_a_cursor_is_good_for_its_batch_alone(large):
    """Another batch, campaign or namespace, a page token, or a text that is none: PAGE_TOKEN_INVALID."""
    world, job = large
    cursor = (await chunks(world, job.name))[0].next_cursor
    other = await world.service.world("spring", "summer")
    fields = {"campaign_model_name": "spring", "issue_job_name": job.name, "limit": 1}
    page_token = (await world.call("DescribeSerialKeys", **fields)).next_page_token
    for place, name, options in (
        (world, (await world.issue(LARGE)).name, {"cursor": cursor}),
        (world, job.name, {"cursor": cursor, "campaign": "summer"}),
        (other, (await other.issue(LARGE)).name, {"cursor": cursor}),
        (world, job.name, {"cursor": page_token}),
        (world, job.name, {"cursor": cursor[:-4]}),
        (world, job.name, {"cursor": "garbage"}),
        (world, job.name, {"cursor": "\u00e9"}),
    ):
        with refused("PAGE_TOKEN_INVALID") as refusal:
            await chunks(place, name, **options)
        assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
        assert refusal.fields == ["cursor"]


async def test_an_unknown_batch_is_refused(large):
    """One that never was, one of another campaign, a namespace that is none, and names that can be none."""
    world, job = large
    await world.put_in_force("spring", "summer")
    for name, campaign in (("nowhere", "spring"), (job.name, "summer"), (job.name, "nowhere")):
        with refused("ISSUE_JOB_NOT_FOUND"):
            await chunks(world, name, campaign=campaign)
    with refused("NAMESPACE_NOT_FOUND"):
        await chunks(World(world.service, "nowhere"), job.name)
    with refused("VALIDATION_FAILED") as refusal:
        await chunks(world, "no/name")
    assert refusal.fields == ["issue_job_name"]


async def test_the_role_read_gets_masked_codes(world):
    """Counts and states are reported, codes but for their beginning are not; issuers get them whole."""
    job = await world.issue(3)
    codes = [key.code for key in await world.keys(job)]
    await world.call("UseByUserId", user_id="alice", code=codes[1])
    read = await key_of(world.service, options_pb2.ROLE_READ)
    (masked,) = await chunks(world, job.name, metadata=read)
    assert masked.codes == [f"{code[:5]}-****-*****-****-****" for code in codes]
    assert [(state.index, state.status) for state in masked.states] == [(1, USED)]
    issuer = await key_of(world.service, options_pb2.ROLE_ISSUER)
    assert codes_of(await chunks(world, job.name, metadata=issuer)) == codes


async def test_who_may_not_is_refused_before_the_first_chunk(large):
    """A key limited to other namespaces, a game server's key, a player, and nobody."""
    world, job = large
    limited = await key_of(world.service, options_pb2.ROLE_ADMIN, namespace_names=["elsewhere"])
    server = await key_of(world.service, options_pb2.ROLE_SERVER)
    player = (("x-access-token", await world.service.token("alice")),)
    for reason, metadata in (
        ("NAMESPACE_NOT_ALLOWED", limited),
        ("ROLE_NOT_ALLOWED", server),
        ("CREDENTIAL_MISSING", player),
        ("CREDENTIAL_MISSING", ()),
    ):
        with refused(reason):
            await chunks(world, job.name, metadata=metadata)


@pytest.mark.parametrize("count", [1, CHUNK_CODES - 1, CHUNK_CODES, CHUNK_CODES + 1])
async def test_batches_at_the_edges_of_chunks_have_no_empty_chunk(world, count):
    """One code is one chunk; a full chunk is the last one; one more begins another."""
    job = await world.issue(count)
    parts = await chunks(world, job.name)
    assert [len(chunk.codes) for chunk in parts] == [count] if count <= CHUNK_CODES else [CHUNK_CODES, 1]
    assert not parts[-1].HasField("next_cursor")
    assert len(set(codes_of(parts))) == count


async def test_a_client_that_leaves_ends_its_stream(own_service):
    """After one chunk of many the client cancels: the server finishes the call, and goes on."""
    world = await own_service.world()
    job = (await world.call("IssueBatch", campaign_model_name="spring", count=10_000_000)).item
    call = stream(world, job.name)
    assert len((await call.read()).codes) == CHUNK_CODES
    assert under_way(own_service) == 1
    call.cancel()
    await until(lambda: under_way(own_service) == 0)
    assert await world.codes(1)


async def test_a_reader_that_rests_holds_nobody_up(own_service):
    """While a client does not read its stream, codes are used and other streams end; then it reads on, all in order."""
    world = await own_service.world()
    job = await world.issue(100_000)
    call = stream(world, job.name)
    first = await call.read()
    assert codes_of(await chunks(world, job.name))[:CHUNK_CODES] == list(first.codes)
    assert (await world.as_player("Use", "alice", code=first.codes[0])).item.status == USED
    codes = codes_of([first, *await rest_of(call)])
    assert len(codes) == len(set(codes)) == 100_000


@pytest.mark.parametrize("made_again", [False, True])
async def test_a_namespace_that_is_deleted_ends_its_streams(own_service, made_again):
    """After what was on its way comes a refusal, not what the purge has left; also when the name is another's now."""
    world = await own_service.world()
    job = (await world.call("IssueBatch", campaign_model_name="spring", count=10_000_000)).item
    call = stream(world, job.name)
    await call.read()
    await world.call("DeleteNamespace")
    if made_again:
        await own_service.call("CreateNamespace", name=world.name)
        await world.put_in_force("spring")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await rest_of(call)
    assert read_refusal(caught.value).reason in {"NAMESPACE_NOT_FOUND", "ISSUE_JOB_NOT_FOUND"}
    assert under_way(own_service) == 0


async def test_100_streams_at_once_are_all_whole(large):
    """Of one batch, by as many calls: each has all codes in order."""
    world, job = large
    expected = codes_of(await chunks(world, job.name))
    found = await asyncio.gather(*(chunks(world, job.name) for _ in range(100)))
    assert all(codes_of(parts) == expected for parts in found)
