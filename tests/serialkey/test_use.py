"""Using codes: exactly once."""

import asyncio
import itertools

import grpc
from support.service import read_refusal, refused


async def test_use_marks_the_code_and_says_who(world):
    """A used code is USED by the player, at the time of the call, under a greater revision."""
    (code,) = await world.codes()
    before = (await world.call("GetSerialKey", code=code)).item
    answer = await world.as_player("Use", "alice", code=code)
    assert answer.item.status == 2
    assert answer.item.used_user_id == "alice"
    assert answer.item.used_at == answer.item.updated_at >= before.created_at
    assert answer.item.revision > before.revision
    assert answer.campaign_model.name == "spring"
    assert (await world.call("GetSerialKey", code=code)).item == answer.item


async def test_a_used_code_cannot_be_used_again_not_even_by_the_same_player(world):
    """The second use is refused with the documented code and changes nothing."""
    (code,) = await world.codes()
    used = await world.as_player("Use", "alice", code=code)
    for user in ("alice", "bob"):
        with refused("CODE_STATUS_INVALID") as refusal:
            await world.as_player("Use", user, code=code)
        assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
        assert refusal.metadata["code"] == "code.status.invalid"
    assert (await world.call("GetSerialKey", code=code)).item == used.item


async def test_of_64_players_who_use_one_code_at_once_one_succeeds(world):
    """Exactly one call succeeds, and the key belongs to its player; 63 are refused with code.status.invalid."""
    (code,) = await world.codes()
    answers = await asyncio.gather(
        *(world.as_player("Use", f"player-{n}", code=code) for n in range(64)), return_exceptions=True
    )
    winners = [answer for answer in answers if not isinstance(answer, Exception)]
    refusals = [read_refusal(answer) for answer in answers if isinstance(answer, Exception)]
    assert len(winners) == 1
    assert {refusal.metadata["code"] for refusal in refusals} == {"code.status.invalid"}
    assert len(refusals) == 63
    assert (await world.call("GetSerialKey", code=code)).item == winners[0].item


async def test_use_against_revert_leaves_one_owner_or_none(world):
    """Uses and reverts of one code alternate in any order: there are never two uses without a revert between them."""
    (code,) = await world.codes()
    users = [f"player-{n}" for n in range(8)]

    async def use_then_revert(user):
        outcomes = []
        for rpc, caller in (("Use", world.as_player), ("RevertUseByUserId", None)):
            try:
                if caller:
                    answer = await caller(rpc, user, code=code)
                else:
                    answer = await world.call(rpc, user_id=user, code=code)
                outcomes.append((answer.item.revision, rpc, user))
            except grpc.aio.AioRpcError as error:
                assert read_refusal(error).reason == "CODE_STATUS_INVALID"
        return outcomes

    done = await asyncio.gather(*(use_then_revert(user) for user in users for _ in range(8)))
    history = sorted(outcome for outcomes in done for outcome in outcomes)
    revisions = [revision for revision, _, _ in history]
    assert len(set(revisions)) == len(revisions)
    for (_, rpc, user), (_, next_rpc, next_user) in itertools.pairwise(history):
        assert rpc != next_rpc
        if rpc == "Use":
            assert user == next_user


async def test_use_by_user_id_is_the_same_operation(world):
    """A game server uses a code for a player; the player's own second try is refused."""
    (code,) = await world.codes()
    answer = await world.call("UseByUserId", user_id="alice", code=code)
    assert answer.item.used_user_id == "alice"
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "alice", code=code)


async def test_typing_does_not_matter(world):
    """Lower case, spaces, other dashes, full-width letters and confused digits open the same code."""
    codes = await world.codes(5)
    variants = [
        codes[0].lower(),
        codes[1].replace("-", ""),
        codes[2].replace("-", " \u2014 "),
        "".join(chr(ord(c) + 0xFEE0) if c != "-" else "\uff0d" for c in codes[3]),
        codes[4].replace("O", "0").replace("I", "1").replace("B", "8"),
    ]
    for typed, code in zip(variants, codes, strict=True):
        answer = await world.as_player("Use", "alice", code=typed)
        assert answer.item.code == code


async def test_an_unknown_code_is_not_found_and_never_reaches_the_writer(own_service):
    """A made-up code is refused with code.code.notFound, without a writing transaction."""
    world = await own_service.world()
    await world.codes()
    await own_service.token("alice")
    own_service.faults.fail_at = 1  # a call that reached the writer would fail with NOT_COMMITTED
    for made_up in ("AAAAA-AAAA-AAAAA-AAAA-AAAA", "x", "no such code", "A" * 48, "\U0001f600"):
        with refused("CODE_NOT_FOUND") as refusal:
            await world.as_player("Use", "alice", code=made_up)
        assert refusal.code == grpc.StatusCode.NOT_FOUND
        assert refusal.metadata["code"] == "code.code.notFound"


async def test_a_code_of_a_campaign_that_left_the_master_data_is_refused(world):
    """NOT_FOUND campaignModel, and the code works again, unchanged, when the campaign is back."""
    (code,) = await world.codes()
    await world.put_in_force("summer")
    for rpc, fields in (("Use", {}), ("VerifyCode", {"verify_type": 1})):
        with refused("CAMPAIGN_MODEL_NOT_FOUND") as refusal:
            await world.as_player(rpc, "alice", code=code, **fields)
        assert refusal.metadata["component"] == "campaignModel"
    await world.put_in_force("spring", "summer")
    assert (await world.as_player("Use", "alice", code=code)).item.revision == 2


async def test_dry_run_responds_and_rolls_back(world):
    """x-dry-run: true returns what would happen, and the code stays ACTIVE; elsewhere it is refused."""
    (code,) = await world.codes()
    dry = [("x-dry-run", "true")]
    assert (await world.as_player("Use", "alice", code=code, headers=dry)).item.status == 2
    assert (await world.call("GetSerialKey", code=code)).item.status == 1
    await world.as_player("Use", "alice", code=code)
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "alice", code=code, headers=dry)
    with refused("VALIDATION_FAILED"):
        await world.call("RevertUseByUserId", user_id="alice", code=code, headers=dry)
