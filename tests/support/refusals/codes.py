"""Refusals about codes, counters, and the data of players."""

from typing import Any

from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.serialkey.codec.formatted import ALONE
from redeemd.store.sql import query

from support.guesses import guess
from support.imports import OpenImport
from support.refusals import Stage, provokes
from support.service import running
from support.user_data import upload

_FULL = query("full", "UPDATE campaign SET next_sequence = :end")
_COUNTER: dict[str, Any] = {"user_id": "alice", "limit_name": "ever", "counter_name": "c"}


@provokes("ISSUE_JOB_NOT_FOUND")
async def unknown_batch(stage: Stage) -> None:
    """Nobody issued it."""
    await (await stage.world()).call("GetIssueJob", campaign_model_name="spring", issue_job_name="unknown")


@provokes("ISSUE_JOB_USED")
async def delete_a_used_batch(stage: Stage) -> None:
    """One of its codes is used."""
    world = await stage.world()
    job = await world.issue(2)
    await world.as_player("Use", "alice", code=(await world.keys(job))[0].code)
    await world.call("DeleteIssueJob", campaign_model_name="spring", issue_job_name=job.name)


@provokes("SERIAL_KEY_NOT_FOUND")
async def look_at_no_code(stage: Stage) -> None:
    """A text that is none."""
    await (await stage.world()).call("GetSerialKey", code="no code")


@provokes("CODE_NOT_FOUND")
async def use_no_code(stage: Stage) -> None:
    """A text that is none."""
    await (await stage.world()).as_player("Use", "alice", code="no code")


@provokes("CODE_STATUS_INVALID")
async def use_twice(stage: Stage) -> None:
    """The second time."""
    world = await stage.world()
    [code] = await world.codes()
    for user_id in ("alice", "bob"):
        await world.as_player("Use", user_id, code=code)


@provokes("CODE_OF_ANOTHER_PLAYER")
async def code_for_another(stage: Stage) -> None:
    """It is good, and for alice."""
    world = await stage.world()
    issued = await world.call("IssueOnce", campaign_model_name="spring", owner_user_id="alice")
    await world.as_player("Use", "bob", code=issued.item.code)


@provokes("CAMPAIGN_MISMATCH")
async def code_of_another_campaign(stage: Stage) -> None:
    """It is good, and not the one."""
    world = await stage.world("spring", "summer")
    [code] = await world.codes(campaign="summer")
    asked = {"code": code, "campaign_model_name": "spring", "verify_type": pb.VERIFY_TYPE_ACTIVE}
    await world.as_player("VerifyCode", "alice", **asked)


@provokes("NUMBERS_EXHAUSTED")
async def campaign_without_numbers(stage: Stage) -> None:
    """All of them were issued: it is written into the store, because issuing them takes 550 calls."""
    async with running(stage.folder) as service:
        world = await service.world()
        await service.store.run(lambda tx: tx.run(_FULL, end=ALONE), write=True)
        await world.issue()


@provokes("IMPORT_UNDER_WAY")
async def two_imports(stage: Stage) -> None:
    """The second into a namespace."""
    world = await stage.world()
    first = OpenImport(world)
    first.send([f"printed {number}" for number in range(2500)])
    await first.until_written(2500)
    try:
        await world.bring(["another"])
    finally:
        await first.end()


@provokes("TOO_MANY_GUESSES")
async def guesses(stage: Stage) -> None:
    """More than the namespace allows."""
    world = await stage.world()
    await world.limit_guesses(burst=1)
    await guess(world, "wrong")
    await world.as_player("Use", "mallory", code="wrong again")


@provokes("CAMPAIGN_SOLD_OUT")
async def sold_out(stage: Stage) -> None:
    """One use for all players."""
    world = await stage.world()
    await world.put_models(WORD={"enableCampaignCode": True, "usesTotal": 1})
    for user_id in ("alice", "bob"):
        await world.as_player("Use", user_id, code="WORD")


@provokes("ALREADY_REDEEMED")
async def already_redeemed(stage: Stage) -> None:
    """One use per player."""
    world = await stage.world()
    await world.put_models(WORD={"enableCampaignCode": True, "usesPerUser": 1})
    for _ in range(2):
        await world.as_player("Use", "alice", code="WORD")


@provokes("REDEEMED_IN_GROUP")
async def two_of_a_group(stage: Stage) -> None:
    """One campaign per player."""
    world = await stage.world()
    await world.put_models(**{name: {"enableCampaignCode": True, "group": "color"} for name in ("RED", "BLUE")})
    for code in ("RED", "BLUE"):
        await world.as_player("Use", "alice", code=code)


@provokes("KEY_USED_UP")
async def used_up(stage: Stage) -> None:
    """Two players per key."""
    world = await stage.world()
    await world.put_models(spring={"usesPerKey": 2})
    [code] = await world.codes()
    for user_id in ("alice", "bob", "carol"):
        await world.as_player("Use", user_id, code=code)


@provokes("COUNTER_NOT_FOUND")
async def nothing_counted(stage: Stage) -> None:
    """Of this player."""
    await (await stage.limits()).get()


@provokes("COUNTER_OVERFLOW")
async def once_too_often(stage: Stage) -> None:
    """Beyond the maximum."""
    limits = await stage.limits()
    for _ in range(2):
        await limits.up(max_value=1)


@provokes("COUNTER_VERIFICATION_FAILED")
async def another_count(stage: Stage) -> None:
    """Than there is."""
    limits = await stage.limits()
    await limits.up(limit="ever")
    await limits.call("VerifyCounterByUserId", **_COUNTER, verify_type=limit_pb.VERIFY_TYPE_EQUAL, count=2)


@provokes("USER_DATA_JOB_NOT_FOUND")
async def dump_of_nobody(stage: Stage) -> None:
    """It was never requested."""
    await stage.service.call("CheckDumpUserDataByUserId", user_id="nobody-asked")


@provokes("USER_DATA_JOB_RUNNING")
async def clean_that_waits(stage: Stage) -> None:
    """Nobody works at it."""
    async with running(stage.folder) as service:
        await service.stop_housekeeping()
        await service.call("CleanUserDataByUserId", user_id="alice")
        await service.call("CheckCleanUserDataByUserId", user_id="alice")


@provokes("USER_DATA_INVALID")
async def made_up_dump(stage: Stage) -> None:
    """Which this server did not write."""
    token = await upload(stage.service, "alice", b'{"made": "up"}\n')
    await stage.service.call("ImportUserDataByUserId", user_id="alice", upload_token=token)
