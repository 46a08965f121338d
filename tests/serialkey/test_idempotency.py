"""A call that is sent twice with one key happens once."""

import asyncio

import grpc
import pytest
from support.service import read_refusal, refused

HOURS_24 = 24 * 60 * 60


def key(text):
    """Return the metadata of an idempotency key."""
    return [("idempotency-key", text)]


async def test_a_repeated_use_gets_the_same_response(world):
    """The second call with the key succeeds, and the code was used once."""
    (code,) = await world.codes()
    first = await world.as_player("Use", "alice", code=code, duplication_avoider="k")
    second = await world.as_player("Use", "alice", code=code, duplication_avoider="k")
    by_metadata = await world.as_player("Use", "alice", code=code, headers=key("k"))
    assert first == second == by_metadata
    assert (await world.call("GetSerialKey", code=code)).item.revision == first.item.revision


async def test_use_and_use_by_user_id_share_keys(world):
    """The server may repeat what the player's own call began; the responses hold the same."""
    (code,) = await world.codes()
    first = await world.as_player("Use", "alice", code=code, duplication_avoider="k")
    second = await world.call("UseByUserId", user_id="alice", code=code, duplication_avoider="k")
    assert first.SerializeToString() == second.SerializeToString()


async def test_keys_of_others_are_other_keys(world):
    """Another player, another method and another namespace may use the same key."""
    codes = await world.codes(2)
    await world.as_player("Use", "alice", code=codes[0], duplication_avoider="k")
    await world.as_player("Use", "bob", code=codes[1], duplication_avoider="k")
    await world.call("RevertUseByUserId", user_id="alice", code=codes[0], duplication_avoider="k")
    other = await world.service.world()
    (code,) = await other.codes()
    await other.as_player("Use", "alice", code=code, duplication_avoider="k")


async def test_a_key_with_other_arguments_is_refused(world):
    """INVALID_ARGUMENT, and the second code stays unused; the access token is no argument."""
    first, second = await world.codes(2)
    await world.as_player("Use", "alice", code=first, duplication_avoider="k")
    with refused("IDEMPOTENCY_KEY_REUSED") as refusal:
        await world.as_player("Use", "alice", code=second, duplication_avoider="k")
    assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (await world.call("GetSerialKey", code=second)).item.status == 1
    world.service.tokens.pop("alice")
    await world.as_player("Use", "alice", code=first, duplication_avoider="k")


async def test_a_refusal_is_not_kept(world):
    """After a refused use the same key works once the code can be used."""
    (code,) = await world.codes()
    await world.as_player("Use", "bob", code=code)
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "alice", code=code, duplication_avoider="k")
    await world.call("RevertUseByUserId", user_id="bob", code=code)
    assert (await world.as_player("Use", "alice", code=code, duplication_avoider="k")).item.used_user_id == "alice"


@pytest.mark.parametrize("rpc", ["Issue", "IssueOnce"])
async def test_issuing_twice_with_one_key_issues_once(world, rpc):
    """A lost response to Issue or IssueOnce can be requested again: the same job, the same code."""
    fields = {"campaign_model_name": "spring"} | ({"issue_request_count": 5} if rpc == "Issue" else {})
    answers = [await world.call(rpc, headers=key("k"), **fields) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    jobs = (await world.call("DescribeIssueJobs", campaign_model_name="spring")).items
    assert len(jobs) == (1 if rpc == "Issue" else 0)


async def test_of_concurrent_calls_with_one_key_one_happens(world):
    """Sixteen at once: all get the same response, or ABORTED; one batch is there."""
    answers = await asyncio.gather(
        *(
            world.call("Issue", headers=key("k"), campaign_model_name="spring", issue_request_count=1)
            for _ in range(16)
        ),
        return_exceptions=True,
    )
    names = {answer.item.name for answer in answers if not isinstance(answer, Exception)}
    reasons = {read_refusal(answer).reason for answer in answers if isinstance(answer, Exception)}
    assert len(names) == 1
    assert reasons <= {"CONFLICT"}
    assert len((await world.call("DescribeIssueJobs", campaign_model_name="spring")).items) == 1


async def test_keys_are_forgotten_after_24_hours(own_service):
    """A key is good for 24 hours; after that it names a new call."""
    world = await own_service.world()
    fields = {"campaign_model_name": "spring", "issue_request_count": 1}
    first = await world.call("Issue", headers=key("k"), **fields)
    own_service.clock.advance(seconds=HOURS_24 - 1)
    assert await world.call("Issue", headers=key("k"), **fields) == first
    own_service.clock.advance(seconds=1)
    assert (await world.call("Issue", headers=key("k"), **fields)).item.name != first.item.name


async def test_dry_run_neither_reads_nor_writes_keys(world):
    """A dry run with a key leaves the key free and does not get its stored response."""
    first, second = await world.codes(2)
    dry = [("x-dry-run", "true")]
    await world.as_player("Use", "alice", code=first, duplication_avoider="k", headers=dry)
    await world.as_player("Use", "alice", code=second, duplication_avoider="k")
    await world.as_player("Use", "alice", code=first, duplication_avoider="k", headers=dry)


async def test_a_key_may_have_256_characters(world):
    """In the field and in the metadata alike; one more is refused."""
    codes = await world.codes(2)
    await world.as_player("Use", "alice", code=codes[0], duplication_avoider="x" * 256)
    with refused("VALIDATION_FAILED") as refusal:
        await world.as_player("Use", "alice", code=codes[1], duplication_avoider="x" * 257)
    assert refusal.fields == ["duplication_avoider"]
    with refused("VALIDATION_FAILED") as refusal:
        await world.as_player("Use", "alice", code=codes[1], headers=key("x" * 257))
    assert refusal.fields == ["idempotency-key"]
