"""Switching while codes are being used, and while others switch."""

import asyncio
import itertools

import grpc
import pytest
from support.service import read_refusal

ACTIVE, USED, INACTIVE = 1, 2, 3
ON, OFF = 1, 2
KEY, JOB, CAMPAIGN = "SetSerialKeyStatus", "SetIssueJobStatus", "SetCampaignStatus"

each_switch = pytest.mark.parametrize("rpc", [KEY, JOB, CAMPAIGN])


async def prepare(world, rpc, count=1):
    """Issue a batch; return its job, its codes and the fields of the switch."""
    job = await world.issue(count)
    codes = [item.code for item in await world.keys(job)]
    fields = {
        KEY: {"code": codes[0]},
        JOB: {"campaign_model_name": "spring", "issue_job_name": job.name},
        CAMPAIGN: {"campaign_model_name": "spring"},
    }
    return job, codes, fields[rpc]


class Players:
    """Players who use codes until they have seen that it is over."""

    def __init__(self, world, *, revert):
        self.world, self.revert = world, revert
        self.answered = []  # codes, once for each successful use
        self.is_off = False  # the response to the switch has arrived

    async def play(self, codes):
        """Use code after code, and five more after the switch."""
        late = 0
        while late < 5:
            late += self.is_off
            await self._use(next(codes))

    async def _use(self, code):
        began_late = self.is_off
        try:
            await self.world.call("UseByUserId", user_id="alice", code=code)
        except grpc.aio.AioRpcError as error:
            assert read_refusal(error).metadata["status"] in {"INACTIVE", "USED"}
            return
        assert not began_late
        self.answered.append(code)
        if self.revert:
            await self.world.call("RevertUseByUserId", user_id="alice", code=code)

    async def switch_off(self, rpc, fields):
        """Switch when the play is in full swing; a code that is in use is tried again."""
        while len(self.answered) < 20:  # noqa: ASYNC110 -- any moment in the middle will do
            await asyncio.sleep(0)
        while not self.is_off:
            try:
                await self.world.call(rpc, availability=OFF, **fields)
            except grpc.aio.AioRpcError as error:
                assert read_refusal(error).metadata["status"] == "USED"
            else:
                self.is_off = True


@each_switch
async def test_every_use_that_begins_after_the_switch_returned_is_refused(world, rpc):
    """Those under way meanwhile go either way, and exactly the codes whose use was acknowledged are used."""
    job, codes, fields = await prepare(world, rpc, 1 if rpc == KEY else 4000)
    players = Players(world, revert=rpc == KEY)
    shares = [itertools.repeat(codes[0]) if rpc == KEY else iter(codes[place::8]) for place in range(8)]
    await asyncio.gather(players.switch_off(rpc, fields), *map(players.play, shares))
    used = {item.code for item in await world.keys(job) if item.status == USED}
    assert used == (set() if rpc == KEY else set(players.answered))
    if rpc != KEY:
        assert len(used) == len(players.answered)


@each_switch
async def test_of_racing_switches_the_last_one_holds(world, rpc):
    """Their replies have different revisions, and a later read returns the state of the greatest one."""
    _, (code,), fields = await prepare(world, rpc)
    wanted = [(OFF, "leaked"), (ON, "found")] * 8
    answers = await asyncio.gather(
        *(world.call(rpc, availability=availability, reason=reason, **fields) for availability, reason in wanted)
    )
    assert [answer.item.status_reason for answer in answers] == [reason for _, reason in wanted]
    assert len({answer.item.revision for answer in answers}) == len(answers)
    last = max((answer.item for answer in answers), key=lambda item: item.revision)
    status = (await world.call("GetSerialKey", code=code)).item.status
    assert status == (INACTIVE if last.status_reason == "leaked" else ACTIVE)
