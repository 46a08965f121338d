"""Redemptions that two replicas on PostgreSQL run together: each code once, each caller its own outcome and event."""

import asyncio

import grpc
import pytest
from redeem.options.v1 import options_pb2
from support.events import told
from support.guesses import two_replicas
from support.service import read_refusal, store_faults

REDEEMED = options_pb2.EVENT_KIND_REDEEMED
CALLS = 200


@pytest.fixture
async def worlds(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """A namespace, as each of two replicas has it."""
    async with two_replicas(tmp_path) as worlds:
        yield worlds
        # A batch that failed would run one by one, and nobody would notice.
        assert not store_faults(*(world.service for world in worlds))


async def use_all(worlds, codes, rpc="UseByUserId", **fields):
    """Use codes at once, each by another player, at both replicas in turn; return replies and reasons of refusals."""
    calls = [worlds[n % 2].call(rpc, user_id=f"u{n}", code=code, **fields) for n, code in enumerate(codes)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return [read_refusal(answer) if isinstance(answer, grpc.aio.AioRpcError) else answer for answer in answers]


def used_by(answers):
    """Return who used which code, according to the replies."""
    return {answer.item.code: answer.item.used_user_id for answer in answers if hasattr(answer, "item")}


async def events(worlds, count):
    """Return who used which code, according to the events."""
    found = await told(worlds[0].service, count, namespace_names=[worlds[0].name], kinds=[REDEEMED])
    return {event.redemption.code: event.user_id for event in found}


async def test_one_code_is_used_once(worlds):
    """By one of 200 callers; all others learn that it is used."""
    [code] = await worlds[0].codes(1)
    answers = await use_all(worlds, [code] * CALLS)
    assert len(used_by(answers)) == 1
    refusals = [answer for answer in answers if not hasattr(answer, "item")]
    assert len(refusals) == CALLS - 1
    assert {refusal.metadata["cause"] for refusal in refusals} == {"used"}
    assert await events(worlds, 1) == used_by(answers)


async def test_many_codes_are_used_by_their_callers(worlds):
    """Two hundred at once, in the reverse order of issue; each event names the player who got the code."""
    job = await worlds[0].issue(CALLS)
    codes = [key.code for key in reversed(await worlds[0].keys(job))]
    answers = await use_all(worlds, codes)
    expected = {code: f"u{n}" for n, code in enumerate(codes)}
    assert used_by(answers) == expected
    assert await events(worlds, CALLS) == expected
    assert {key.code: key.used_user_id for key in await worlds[0].keys(job)} == expected


async def test_each_caller_of_a_set_gets_its_own_outcome(worlds):
    """Good codes, used ones, switched ones, and those of another campaign or batch, mixed."""
    good, used, off = [await worlds[0].codes(10) for _ in range(3)]
    other = await worlds[0].codes(10, "WELCOME")
    await asyncio.gather(*(worlds[0].call("UseByUserId", user_id="before", code=code) for code in used))
    await asyncio.gather(*(worlds[0].call("SetSerialKeyStatus", code=code, availability=2) for code in off))
    mixed = [code for each in zip(good, used, off, other, strict=True) for code in each]
    answers = await use_all(worlds, mixed)
    assert used_by(answers) == {code: f"u{n}" for n, code in enumerate(mixed) if n % 4 in {0, 3}}
    assert {answer.item.campaign_model_name for answer in answers[0::4]} == {"spring"}
    assert {answer.item.campaign_model_name for answer in answers[3::4]} == {"WELCOME"}
    assert {answer.metadata["cause"] for answer in answers[1::4]} == {"used"}
    assert {answer.metadata["cause"] for answer in answers[2::4]} == {"inactive"}


async def test_codes_are_verified_and_read_together(worlds):
    """Of each caller's code: good and used ones, one never issued here, and campaign codes."""
    good, used = [await worlds[0].codes(10) for _ in range(2)]
    await asyncio.gather(*(worlds[0].call("UseByUserId", user_id="before", code=code) for code in used))
    mixed = [code for each in zip(good, used, ["WELCOME"] * 10, strict=True) for code in each]
    read = await asyncio.gather(*(worlds[n % 2].call("GetSerialKey", code=code) for n, code in enumerate(mixed)))
    assert [answer.item.code for answer in read] == mixed
    assert [answer.item.used_user_id for answer in read] == ["", "before", ""] * 10
    verified = await use_all(worlds, mixed, "VerifyCodeByUserId", verify_type=1)
    assert [getattr(answer, "item", None) and answer.item.code for answer in verified] == [
        None if code in used else code for code in mixed
    ]


def keyed(codes, **fields):
    """Return the fields of calls with idempotency keys, one for each code."""
    return [{"code": code, "duplication_avoider": f"key-{code}", **fields} for code in codes]


async def use_keyed(worlds, calls):
    """Use codes at once, at both replicas in turn; return replies and reasons of refusals."""
    called = [worlds[n % 2].call("UseByUserId", **fields) for n, fields in enumerate(calls)]
    answers = await asyncio.gather(*called, return_exceptions=True)
    return [read_refusal(answer) if isinstance(answer, grpc.aio.AioRpcError) else answer for answer in answers]


async def test_calls_with_keys_happen_once(worlds):
    """Each is sent four times at once, to both replicas, and once more later: one use, and always the same reply."""
    codes = await worlds[0].codes(40)
    calls = [{**each, "user_id": f"u{n}"} for n, each in enumerate(keyed(codes))]
    answers = await use_keyed(worlds, [call for call in calls for _ in range(4)])
    later = await use_keyed(worlds, calls)
    assert [answers[4 * n : 4 * n + 4] for n in range(40)] == [[reply] * 4 for reply in later]
    assert used_by(later) == {code: f"u{n}" for n, code in enumerate(codes)}
    assert await events(worlds, 40) == used_by(later)


async def test_a_refused_call_keeps_no_reply_under_its_key(worlds):
    """In a group with others that succeed: once the cause is gone, the same call succeeds, and theirs are repeated."""
    good, used = [await worlds[0].codes(20) for _ in range(2)]
    await asyncio.gather(*(worlds[0].call("UseByUserId", user_id="before", code=code) for code in used))
    calls = keyed([code for each in zip(good, used, strict=True) for code in each], user_id="alice")
    first = await use_keyed(worlds, calls)
    assert set(used_by(first)) == set(good)
    assert {answer.metadata["cause"] for answer in first[1::2]} == {"used"}
    await asyncio.gather(*(worlds[0].call("RevertUseByUserId", user_id="before", code=code) for code in used))
    second = await use_keyed(worlds, calls)
    assert second[::2] == first[::2]
    assert set(used_by(second)) == {*good, *used}


async def test_one_code_under_many_keys_is_used_once(worlds):
    """By one of the callers, whose repeat gets the same reply."""
    [code] = await worlds[0].codes(1)
    calls = [{"code": code, "user_id": f"u{n}", "duplication_avoider": f"key-{n}"} for n in range(60)]
    first, second = await use_keyed(worlds, calls), await use_keyed(worlds, calls)
    assert [hasattr(answer, "item") for answer in first] == [hasattr(answer, "item") for answer in second]
    assert len(used_by(first)) == 1
    assert await events(worlds, 1) == used_by(second)
