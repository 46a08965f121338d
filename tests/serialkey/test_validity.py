"""From when until before when codes can be used, by batch and by campaign."""

import itertools
import json

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from support.clock import START_MS
from support.service import read_refusal, refused

ACTIVE, USED = 1, 2
VERIFY_ACTIVE, VERIFY_INACTIVE = 1, 2
FROM, UNTIL = START_MS + 10, START_MS + 20
YEAR_2000, END_OF_TIME = 946_684_800_000, 32_503_680_000_000
ISSUING = {"Issue": {"issue_request_count": 2}, "IssueBatch": {"count": 2}, "IssueOnce": {}}

each_way_of_issuing = pytest.mark.parametrize("rpc", ISSUING)


@pytest.fixture
async def world(own_service):
    """A namespace on a stopped clock."""
    return await own_service.world()


async def issue(world, rpc="Issue", **window):
    """Issue by one of the RPCs; return the item and a code of it."""
    item = (await world.call(rpc, campaign_model_name="spring", **ISSUING[rpc], **window)).item
    return item, item.code if rpc == "IssueOnce" else (await world.keys(item))[0].code


async def put_window_in_force(world, **window):
    """Upload master data whose campaign, also a campaign code, has this window."""
    model = {"name": "spring", "enableCampaignCode": True, **window}
    settings = json.dumps({"version": "2022-09-13", "campaignModels": [model]})
    await world.call("UpdateCurrentCampaignMaster", settings=settings)


async def causes(world, code):
    """Return why a code can be used or cannot now: what using it and verifying it say. Changes nothing."""
    found = []
    for rpc, fields in (("Use", {"headers": [("x-dry-run", "true")]}), ("VerifyCode", {"verify_type": VERIFY_ACTIVE})):
        try:
            await world.as_player(rpc, "alice", code=code, **fields)
        except grpc.aio.AioRpcError as error:
            refusal = read_refusal(error)
            assert (refusal.reason, refusal.metadata["status"]) == ("CODE_STATUS_INVALID", "ACTIVE")
            found.append(refusal.metadata["cause"])
        else:
            found.append("active")
    return found


async def window(world, code):
    """Return the window that a code is shown with; None is without bound."""
    answer = await world.call("GetSerialKey", code=code)
    return tuple(getattr(answer, field) if answer.HasField(field) else None for field in ("valid_from", "valid_until"))


async def expect_window(world, code):
    """Check both ends of the window FROM, UNTIL to the millisecond."""
    moments = [(FROM - 1, "not_yet_valid"), (FROM, "active"), (UNTIL - 1, "active"), (UNTIL, "expired")]
    for now, cause in moments:
        world.service.clock.now = now
        assert await causes(world, code) == [cause] * 2
        assert (await world.call("GetSerialKey", code=code)).item.status == ACTIVE
        if cause != "active":
            await world.as_player("VerifyCode", "alice", code=code, verify_type=VERIFY_INACTIVE)


@each_way_of_issuing
async def test_codes_can_be_used_in_their_window(world, rpc):
    """From valid_from on and before valid_until, whichever RPC issued them."""
    item, code = await issue(world, rpc, valid_from=FROM, valid_until=UNTIL)
    if rpc != "IssueOnce":
        assert (item.valid_from, item.valid_until) == (FROM, UNTIL)
    assert await window(world, code) == (FROM, UNTIL)
    await expect_window(world, code)


async def test_all_codes_of_a_campaign_can_be_used_in_its_window(world):
    """Those of a batch, single and imported ones, and the campaign code; also those issued before it had one."""
    codes = [(await issue(world, rpc))[1] for rpc in ISSUING]
    await world.bring(["brought along"])
    await put_window_in_force(world, validFrom=FROM, validUntil=UNTIL)
    for code in [*codes, "brought along", "spring"]:
        assert await window(world, code) == (FROM, UNTIL)
        await expect_window(world, code)
    status = (await world.call("GetCampaignStatus", campaign_model_name="spring")).item
    assert (status.valid_from, status.valid_until) == (FROM, UNTIL)


async def test_a_key_shows_when_both_its_batch_and_its_campaign_are_valid(world):
    """Of all combinations of bounds, absent ones included."""
    starts, ends = (None, START_MS - 5, START_MS), (None, START_MS + 10, START_MS + 15)
    job, code = await issue(world)
    for of_job, of_campaign in itertools.product(itertools.product(starts, ends), repeat=2):
        await put_window_in_force(world, validFrom=of_campaign[0], validUntil=of_campaign[1])
        await set_window(world, job, *of_job)
        (start, other_start), (end, other_end) = zip(of_job, of_campaign, strict=True)
        expected_start = max((bound for bound in (start, other_start) if bound is not None), default=None)
        expected_end = min((bound for bound in (end, other_end) if bound is not None), default=None)
        assert await window(world, code) == (expected_start, expected_end)
        assert await causes(world, code) == ["active"] * 2
        world.service.clock.now = expected_end or START_MS + 100
        assert await causes(world, code) == ["expired" if expected_end else "active"] * 2
        world.service.clock.now = (expected_start or 1) - 1
        assert await causes(world, code) == ["not_yet_valid" if expected_start else "active"] * 2
        world.service.clock.now = START_MS


async def set_window(world, job, start=None, end=None):
    """Set the window of a batch; return the batch."""
    bounds = {"valid_from": start, "valid_until": end}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    answer = await world.call("SetIssueJobValidity", campaign_model_name="spring", issue_job_name=job.name, **given)
    return answer.item


async def test_a_window_is_set_and_taken_away(world):
    """Each bound by itself; what is absent is without bound. The revision grows with each change, of job and key."""
    job, code = await issue(world, valid_from=FROM)
    revisions = []
    for start, end in ((FROM, UNTIL), (None, UNTIL), (FROM, None), (None, None), (0, END_OF_TIME)):
        item = await set_window(world, job, start, end)
        assert item == (await world.call("GetIssueJob", campaign_model_name="spring", issue_job_name=job.name)).item
        assert (item.HasField("valid_from"), item.HasField("valid_until")) == (start is not None, end is not None)
        assert await window(world, code) == (start, end)
        revisions.append((item.revision, (await world.call("GetSerialKey", code=code)).item.revision))
    for earlier, later in itertools.pairwise(revisions):
        assert later[0] > earlier[0]
        assert later[1] > earlier[1]


async def test_an_imported_batch_has_a_window_too(world):
    """Set after the import, as after issuing."""
    job = (await world.bring(["brought along"])).item
    item = await set_window(world, job, FROM, UNTIL)
    assert (item.imported, item.valid_from, item.valid_until) == (True, FROM, UNTIL)
    await expect_window(world, "brought along")


async def test_the_window_of_a_batch_that_is_not_there_cannot_be_set(world):
    """ISSUE_JOB_NOT_FOUND."""
    with refused("ISSUE_JOB_NOT_FOUND"):
        await world.call("SetIssueJobValidity", campaign_model_name="spring", issue_job_name="x")


@pytest.mark.parametrize(
    ("window", "field"),
    [
        ({"valid_from": FROM, "valid_until": FROM}, "valid_until"),
        ({"valid_from": UNTIL, "valid_until": FROM}, "valid_until"),
        ({"valid_from": 0, "valid_until": 0}, "valid_until"),
        ({"valid_from": -1}, "valid_from"),
        ({"valid_from": YEAR_2000 - 1}, "valid_from"),
        ({"valid_until": START_MS // 1000}, "valid_until"),  # in seconds
        ({"valid_until": END_OF_TIME + 1}, "valid_until"),
    ],
)
async def test_a_window_without_a_moment_in_it_is_refused(world, window, field):
    """The field that is wrong is named, by every RPC that takes a window, and nothing changes."""
    job, _ = await issue(world)
    before = await world.service.dump()
    for rpc, fields in (*ISSUING.items(), ("SetIssueJobValidity", {"issue_job_name": job.name})):
        with refused("VALIDATION_FAILED") as refusal:
            await world.call(rpc, campaign_model_name="spring", **fields, **window)
        assert refusal.fields == [field]
    assert await world.service.dump() == before


async def test_the_window_of_an_import_is_that_of_its_first_message(world):
    """It is shown with the batch and its codes, which obey it; a wrong one is refused before codes are read."""
    report = await world.bring(["CARD-0001", "CARD-0002"], piece=1, valid_from=FROM, valid_until=UNTIL)
    assert (report.item.valid_from, report.item.valid_until) == (FROM, UNTIL)
    await expect_window(world, "CARD-0002")
    for wrong in ({"valid_from": 1}, {"valid_until": 1}):
        with refused("VALIDATION_FAILED") as refusal:
            await world.bring(["CARD-0003"], **wrong)
        assert refusal.fields == [*wrong]


async def test_zero_is_a_bound(world):
    """Not the same as none: nothing is before 1970."""
    _, code = await issue(world, valid_until=0)
    assert await window(world, code) == (None, 0)
    assert await causes(world, code) == ["expired"] * 2


async def test_a_used_code_outlives_its_window(world):
    """It stays USED and can be reverted; then it is expired."""
    _, code = await issue(world, valid_until=UNTIL)
    await world.as_player("Use", "alice", code=code)
    world.service.clock.now = UNTIL
    assert (await world.call("GetSerialKey", code=code)).item.status == USED
    with refused("CODE_STATUS_INVALID") as refusal:
        await world.as_player("Use", "bob", code=code)
    assert (refusal.metadata["status"], refusal.metadata["cause"]) == ("USED", "used")
    assert (await world.call("RevertUseByUserId", user_id="alice", code=code)).item.status == ACTIVE
    assert await causes(world, code) == ["expired"] * 2


async def test_being_inactive_is_reported_before_being_expired(world):
    """An expired code that is INACTIVE says so."""
    _, code = await issue(world, valid_until=0)
    await world.call("SetSerialKeyStatus", code=code, availability=2)
    with refused("CODE_STATUS_INVALID") as refusal:
        await world.as_player("Use", "alice", code=code)
    assert (refusal.metadata["status"], refusal.metadata["cause"]) == ("INACTIVE", "inactive")


async def test_a_time_offset_shifts_the_window_for_its_player(world):
    """Ahead by an access token and by a time offset token: their clock decides, everybody else's is unmoved."""
    service = world.service
    hour_ms = 3600 * 1000
    _, later = await issue(world, valid_from=START_MS + hour_ms)
    _, sooner = await issue(world, valid_until=START_MS + hour_ms)
    service.tokens["ahead"] = await service.token("ahead", time_offset=3600)
    service.tokens["almost"] = await service.token("almost", time_offset=3599)
    fields = {"verify_type": VERIFY_ACTIVE}
    for user_id, good, bad, cause in (("ahead", later, sooner, "expired"), ("almost", sooner, later, "not_yet_valid")):
        await world.as_player("VerifyCode", user_id, code=good, **fields)
        with refused("CODE_STATUS_INVALID") as refusal:
            await world.as_player("VerifyCode", user_id, code=bad, **fields)
        assert refusal.metadata["cause"] == cause
    request = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id="alice", time_offset=3600)
    token = (await service.auth.IssueTimeOffsetTokenByUserId(request, metadata=service.admin)).token
    with refused("CODE_STATUS_INVALID") as refusal:
        await world.call("UseByUserId", user_id="alice", code=later)
    assert refusal.metadata["cause"] == "not_yet_valid"
    await world.call("UseByUserId", user_id="alice", code=later, time_offset_token=token)
