"""Codes, batches and campaigns are switched off and on again."""

import itertools

import grpc
import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from support.service import read_refusal, refused

ACTIVE, USED, INACTIVE = 1, 2, 3
ON, OFF = 1, 2
VERIFY_ACTIVE, VERIFY_INACTIVE = 1, 2


class Switch:
    """Something that can be switched, with a code that it affects: the code itself, its batch or its campaign."""

    def __init__(self, world, rpc, code, fields):
        self.world, self.rpc, self.code, self.fields = world, rpc, code, fields

    @classmethod
    async def make(cls, world, rpc, codes_from):
        """Make a code by Issue, IssueOnce or ImportSerialKeys, or take the campaign code."""
        job = None
        if codes_from == "issue":
            job = await world.issue()
            code = (await world.keys(job))[0].code
        elif codes_from == "single":
            code = (await world.call("IssueOnce", campaign_model_name="spring")).item.code
        elif codes_from == "import":
            code = "brought along"
            job = (await world.bring([code])).item
        else:
            code = "spring"
            await world.put_in_force("spring", campaign_codes=["spring"])
        fields = {"code": code} if rpc == "SetSerialKeyStatus" else {"campaign_model_name": "spring"}
        if rpc == "SetIssueJobStatus":
            fields["issue_job_name"] = job.name
        return cls(world, rpc, code, fields)

    async def set(self, availability, **fields):
        """Switch; return the entity."""
        return (await self.world.call(self.rpc, availability=availability, **self.fields, **fields)).item

    async def key(self):
        """Return the state of the code."""
        return (await self.world.call("GetSerialKey", code=self.code)).item


KEY, JOB, CAMPAIGN = "SetSerialKeyStatus", "SetIssueJobStatus", "SetCampaignStatus"
SWITCHES = [
    (KEY, "issue"), (KEY, "single"), (KEY, "import"),
    (JOB, "issue"), (JOB, "import"),
    (CAMPAIGN, "issue"), (CAMPAIGN, "single"), (CAMPAIGN, "import"), (CAMPAIGN, "campaign"),
]  # fmt: skip
SWITCHES_OF_KEYS = [switch for switch in SWITCHES if switch != (CAMPAIGN, "campaign")]


@pytest.fixture
async def switch(world, request):
    """A Switch."""
    return await Switch.make(world, *request.param)


each_switch = pytest.mark.parametrize("switch", SWITCHES, indirect=True, ids=" of ".join)
each_switch_of_a_key = pytest.mark.parametrize("switch", SWITCHES_OF_KEYS, indirect=True, ids=" of ".join)


@each_switch
async def test_what_is_off_cannot_be_used(world, switch):
    """Use and VerifyCode(active) say INACTIVE, VerifyCode(inactive) passes; on again, all is as before."""
    await switch.set(OFF)
    assert (await switch.key()).status == INACTIVE
    for rpc, fields in (("Use", {}), ("VerifyCode", {"verify_type": VERIFY_ACTIVE})):
        with refused("CODE_STATUS_INVALID") as refusal:
            await world.as_player(rpc, "alice", code=switch.code, **fields)
        assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
        assert (refusal.metadata["status"], refusal.metadata["cause"]) == ("INACTIVE", "inactive")
        assert (refusal.metadata["component"], refusal.metadata["code"]) == ("code", "code.status.invalid")
    answer = await world.as_player("VerifyCode", "alice", code=switch.code, verify_type=VERIFY_INACTIVE)
    assert answer.item == await switch.key()
    await switch.set(ON)
    assert (await switch.key()).status == ACTIVE
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("VerifyCode", "alice", code=switch.code, verify_type=VERIFY_INACTIVE)
    await world.as_player("VerifyCode", "alice", code=switch.code, verify_type=VERIFY_ACTIVE)
    await world.as_player("Use", "alice", code=switch.code)


@each_switch_of_a_key
async def test_a_used_code_stays_used_and_is_inactive_once_reverted(world, switch):
    """A batch or campaign that is off takes no code from a player; a used code alone cannot be switched."""
    used = (await world.as_player("Use", "alice", code=switch.code)).item
    if switch.rpc == KEY:
        for availability in (OFF, ON):
            with refused("CODE_STATUS_INVALID") as refusal:
                await switch.set(availability)
            assert (refusal.metadata["status"], refusal.metadata["cause"]) == ("USED", "used")
        assert await switch.key() == used
        return
    await switch.set(OFF)
    key = await switch.key()
    assert (key.status, key.used_user_id, key.used_at) == (USED, "alice", used.used_at)
    assert (await world.call("RevertUseByUserId", user_id="alice", code=switch.code)).item.status == INACTIVE
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "alice", code=switch.code)
    await switch.set(ON)
    assert (await world.as_player("Use", "bob", code=switch.code)).item.used_user_id == "bob"


@each_switch
async def test_the_response_is_the_entity_with_the_reason(world, switch):
    """The last reason is shown, and none when none was given with the last switch."""
    for availability, reason in ((OFF, "leaked"), (OFF, "leaked again"), (ON, "found"), (OFF, ""), (ON, "x" * 1024)):
        item = await switch.set(availability, reason=reason)
        if switch.rpc == KEY:
            assert item == await switch.key()
            assert item.status == (ACTIVE if availability == ON else INACTIVE)
        elif switch.rpc == JOB:
            assert item == (await world.call("GetIssueJob", **switch.fields)).item
            assert item.availability == availability
        else:
            assert item == (await world.call("GetCampaignStatus", **switch.fields)).item
            assert item.availability == availability
        assert item.status_reason == reason
        assert item.HasField("status_reason") == bool(reason)
    with refused("VALIDATION_FAILED") as refusal:
        await switch.set(ON, reason="x" * 1025)
    assert refusal.fields == ["reason"]


@each_switch
async def test_revisions_grow_with_every_change(world, switch):
    """Of the entity that is switched and of its codes: clients pass over what has no greater revision."""
    keys, entities = [(await switch.key()).revision], []
    for availability in (OFF, OFF, ON, OFF, ON):
        entities.append((await switch.set(availability)).revision)
        keys.append((await switch.key()).revision)
    if switch.code != "spring":
        keys.append((await world.as_player("Use", "alice", code=switch.code)).item.revision)
        keys.append((await world.call("RevertUseByUserId", user_id="alice", code=switch.code)).item.revision)
    for revisions in (keys, entities):
        assert all(later > earlier for earlier, later in itertools.pairwise(revisions))


async def streamed(world, batch):
    """Return the states of the codes of a batch as its stream returns them."""
    request = pb.StreamSerialKeysRequest(namespace_name=world.name, **batch)
    found = {}
    async for chunk in world.service.serial_keys.StreamSerialKeys(request, metadata=world.service.admin):
        found |= dict.fromkeys(chunk.codes, chunk.status)
        found |= {chunk.codes[state.index]: state.status for state in chunk.states}
    return found


async def test_a_key_is_active_only_if_it_and_its_batch_and_its_campaign_are(world):
    """In all eight combinations: in its state, in the listing, in the stream, and for Use."""
    job = await world.issue()
    code = (await world.keys(job))[0].code
    batch = {"campaign_model_name": "spring", "issue_job_name": job.name}
    for of_key, of_job, of_campaign in itertools.product((ON, OFF), repeat=3):
        await world.call(KEY, code=code, availability=of_key)
        await world.call(JOB, availability=of_job, **batch)
        await world.call(CAMPAIGN, campaign_model_name="spring", availability=of_campaign)
        item = (await world.call("GetSerialKey", code=code)).item
        assert item.status == (ACTIVE if of_key == of_job == of_campaign == ON else INACTIVE)
        assert await world.keys(job) == [item]
        assert await streamed(world, batch) == {code: item.status}
        try:
            await world.call("UseByUserId", user_id="alice", code=code)
        except grpc.aio.AioRpcError as error:
            assert (read_refusal(error).reason, item.status) == ("CODE_STATUS_INVALID", INACTIVE)
        else:
            assert item.status == ACTIVE
            await world.call("RevertUseByUserId", user_id="alice", code=code)


async def test_a_listing_shows_each_key_as_it_is(world):
    """One switched off and one used among untouched ones, while the batch is on and while it is off."""
    job = await world.issue(4)
    codes = [item.code for item in await world.keys(job)]
    batch = {"campaign_model_name": "spring", "issue_job_name": job.name}
    await world.call(KEY, code=codes[1], availability=OFF, reason="leaked")
    await world.as_player("Use", "alice", code=codes[2])
    for availability, of_others in ((ON, ACTIVE), (OFF, INACTIVE)):
        await world.call(JOB, availability=availability, **batch)
        expected = [of_others, INACTIVE, USED, of_others]
        items = await world.keys(job)
        assert [item.status for item in items] == expected
        assert [item.status_reason for item in items] == ["", "leaked", "", ""]
        assert items == [(await world.call("GetSerialKey", code=code)).item for code in codes]
        assert await streamed(world, batch) == dict(zip(codes, expected, strict=True))


async def test_a_campaign_that_left_the_master_data_can_be_switched(world):
    """It is off when it comes back; one that never was is CAMPAIGN_MODEL_NOT_FOUND."""
    (code,) = await world.codes()
    await world.put_in_force("summer")
    item = (await world.call(CAMPAIGN, campaign_model_name="spring", availability=OFF, reason="over")).item
    assert (item.availability, item.status_reason, item.issued_count) == (OFF, "over", 1)
    await world.put_in_force("spring")
    assert (await world.call("GetSerialKey", code=code)).item.status == INACTIVE
    for rpc, fields in ((CAMPAIGN, {"availability": OFF}), ("GetCampaignStatus", {})):
        with refused("CAMPAIGN_MODEL_NOT_FOUND") as refusal:
            await world.call(rpc, campaign_model_name="winter", **fields)
        assert (refusal.code, refusal.metadata["component"]) == (grpc.StatusCode.NOT_FOUND, "campaignModel")


async def test_what_does_not_exist_cannot_be_switched(world):
    """ISSUE_JOB_NOT_FOUND, also for a batch of another campaign; SERIAL_KEY_NOT_FOUND, also for a campaign code."""
    await world.put_in_force("spring", "SUMMER", campaign_codes=["SUMMER"])
    job = await world.issue()
    for campaign, name in (("spring", "x"), ("SUMMER", job.name), ("winter", job.name)):
        with refused("ISSUE_JOB_NOT_FOUND"):
            await world.call(JOB, campaign_model_name=campaign, issue_job_name=name, availability=OFF)
    for code in ("AAAAA-AAAA-AAAAA-AAAA-AAAA", "x", "SUMMER"):
        with refused("SERIAL_KEY_NOT_FOUND"):
            await world.call(KEY, code=code, availability=OFF)
    assert (await world.call("GetSerialKey", code="SUMMER")).item.status == ACTIVE


@pytest.mark.parametrize("availability", [0, 3])
async def test_a_switch_needs_a_position(world, availability):
    """Neither UNSPECIFIED nor a number that the contract does not know."""
    with refused("VALIDATION_FAILED") as refusal:
        await world.call(CAMPAIGN, campaign_model_name="spring", availability=availability)
    assert refusal.fields == ["availability"]


async def test_a_refusal_names_its_cause(world):
    """used, inactive, active and other_user; the rest is in test_validity.py."""
    used, off, unused = await world.codes(3)
    await world.as_player("Use", "alice", code=used)
    await world.call(KEY, code=off, availability=OFF)
    refusals = [
        ("UseByUserId", used, {}, "USED", "used"),
        ("VerifyCodeByUserId", used, {"verify_type": VERIFY_ACTIVE}, "USED", "used"),
        ("RevertUseByUserId", used, {}, "USED", "other_user"),
        ("UseByUserId", off, {}, "INACTIVE", "inactive"),
        ("RevertUseByUserId", off, {}, "INACTIVE", "inactive"),
        ("VerifyCodeByUserId", unused, {"verify_type": VERIFY_INACTIVE}, "ACTIVE", "active"),
        ("RevertUseByUserId", unused, {}, "ACTIVE", "active"),
    ]
    for rpc, code, fields, status, cause in refusals:
        with refused("CODE_STATUS_INVALID") as refusal:
            await world.call(rpc, user_id="bob", code=code, **fields)
        assert (refusal.metadata["status"], refusal.metadata["cause"]) == (status, cause)
