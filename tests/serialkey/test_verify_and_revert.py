"""Verifying changes nothing; reverting undoes a use, for its owner."""

import asyncio

import grpc
import pytest
from redeemd.store.sql import query
from support.service import refused

ACTIVE, INACTIVE = 1, 2


async def test_verify_active_passes_for_an_unused_code_and_changes_nothing(world):
    """The response is the code's state; verifying twice returns the same."""
    (code,) = await world.codes()
    first = await world.as_player("VerifyCode", "alice", code=code, verify_type=ACTIVE)
    second = await world.call("VerifyCodeByUserId", user_id="alice", code=code, verify_type=ACTIVE)
    assert first.item == second.item == (await world.call("GetSerialKey", code=code)).item
    assert first.campaign_model.name == "spring"


async def test_verify_distinguishes_used_from_unused(world):
    """active refuses a used code, inactive an unused one, both with the documented code."""
    used, unused = await world.codes(2)
    await world.call("UseByUserId", user_id="alice", code=used)
    assert (await world.as_player("VerifyCode", "bob", code=used, verify_type=INACTIVE)).item.used_user_id == "alice"
    for code, verify_type in ((used, ACTIVE), (unused, INACTIVE)):
        with refused("CODE_STATUS_INVALID") as refusal:
            await world.as_player("VerifyCode", "bob", code=code, verify_type=verify_type)
        assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
        assert refusal.metadata["code"] == "code.status.invalid"


async def test_verify_can_require_a_campaign(world):
    """The code's own campaign passes, another is CAMPAIGN_MISMATCH."""
    await world.put_in_force("spring", "summer")
    (code,) = await world.codes()
    fields = {"code": code, "verify_type": ACTIVE}
    await world.as_player("VerifyCode", "alice", campaign_model_name="spring", **fields)
    with refused("CAMPAIGN_MISMATCH") as refusal:
        await world.as_player("VerifyCode", "alice", campaign_model_name="summer", **fields)
    assert refusal.metadata["component"] == "campaignModel"


async def test_verify_ignores_an_idempotency_key(world):
    """The same key with another code is no reuse, and the response is that of now."""
    first, second = await world.codes(2)
    for code in (first, second):
        await world.as_player("VerifyCode", "alice", code=code, verify_type=ACTIVE, duplication_avoider="k")
    await world.as_player("Use", "alice", code=first)
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("VerifyCode", "alice", code=first, verify_type=ACTIVE, duplication_avoider="k")


async def test_revert_makes_a_used_code_usable_again(world):
    """The owner is cleared, the revision grows, and another player may use it."""
    (code,) = await world.codes()
    used = (await world.as_player("Use", "alice", code=code)).item
    item = (await world.call("RevertUseByUserId", user_id="alice", code=code)).item
    assert (item.status, item.HasField("used_user_id"), item.HasField("used_at")) == (1, False, False)
    assert item.revision > used.revision
    assert (await world.as_player("Use", "bob", code=code)).item.used_user_id == "bob"


async def test_revert_is_for_the_owner_of_a_used_code(world):
    """An unused code, and one that somebody else used, are refused unchanged."""
    used, unused = await world.codes(2)
    before = (await world.as_player("Use", "alice", code=used)).item
    for code, user_id in ((used, "bob"), (unused, "alice")):
        with refused("CODE_STATUS_INVALID") as refusal:
            await world.call("RevertUseByUserId", user_id=user_id, code=code)
        assert refusal.metadata["code"] == "code.status.invalid"
    assert (await world.call("GetSerialKey", code=used)).item == before


async def test_of_concurrent_reverts_one_succeeds(world):
    """Sixteen reverts of one use: one succeeds, fifteen are refused."""
    (code,) = await world.codes()
    await world.as_player("Use", "alice", code=code)
    answers = await asyncio.gather(
        *(world.call("RevertUseByUserId", user_id="alice", code=code) for _ in range(16)), return_exceptions=True
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1


@pytest.mark.parametrize("rpc", ["VerifyCodeByUserId", "UseByUserId", "RevertUseByUserId"])
async def test_an_unknown_code_is_refused_with_the_documented_code(world, rpc):
    """CODE_NOT_FOUND; GetSerialKey has a reason of its own."""
    fields = {"verify_type": ACTIVE} if rpc == "VerifyCodeByUserId" else {}
    with refused("CODE_NOT_FOUND") as refusal:
        await world.call(rpc, user_id="alice", code="AAAAA-AAAA-AAAAA-AAAA-AAAA", **fields)
    assert refusal.metadata["code"] == "code.code.notFound"
    with refused("SERIAL_KEY_NOT_FOUND") as refusal:
        await world.call("GetSerialKey", code="AAAAA-AAAA-AAAAA-AAAA-AAAA")
    assert refusal.metadata["component"] == "serialKey"


async def test_a_code_that_opens_and_was_never_issued_is_not_found(own_service):
    """A holder of the key can make codes, but only codes of an issued batch, under its key, are valid."""
    world = await own_service.world()
    (code,) = await world.codes()
    shrink = query("shrink", "UPDATE issue_job SET first_sequence = first_sequence + 1")
    await own_service.store.run(lambda tx: tx.run(shrink), write=True)
    with refused("CODE_NOT_FOUND"):
        await world.as_player("Use", "alice", code=code)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("UPDATE issue_job SET status = 2, revision = revision + 1", "INACTIVE"),
        ("UPDATE campaign SET status = 2, revision = revision + 1", "INACTIVE"),
        ("UPDATE issue_job SET valid_until = :now", "ACTIVE"),
        ("UPDATE issue_job SET valid_from = :now/*postgres ::bigint*/ + 1", "ACTIVE"),
        ("UPDATE campaign SET valid_until = :now", "ACTIVE"),
        ("UPDATE campaign SET valid_from = :now/*postgres ::bigint*/ + 1", "ACTIVE"),
    ],
)
async def test_codes_of_a_batch_or_campaign_that_is_off_cannot_be_used(own_service, change, status):
    """Switched off or outside its validity: an unused code is refused, a used one stays used."""
    world = await own_service.world()
    used, unused = await world.codes(2)
    await world.as_player("Use", "alice", code=used)
    switch_off = query("switch_off", change)
    await own_service.store.run(lambda tx: tx.run(switch_off, now=own_service.clock.now), write=True)
    for rpc, fields in (("Use", {}), ("VerifyCode", {"verify_type": ACTIVE})):
        with refused("CODE_STATUS_INVALID") as refusal:
            await world.as_player(rpc, "alice", code=unused, **fields)
        assert refusal.metadata["status"] == status
    assert (await world.call("GetSerialKey", code=used)).item.status == 2
    await world.as_player("VerifyCode", "bob", code=unused, verify_type=INACTIVE)
