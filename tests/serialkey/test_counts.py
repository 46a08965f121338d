"""The numbers of codes: issued, imported, used, reverted and remaining, of campaigns, batches and times."""

import asyncio

import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.serialkey import tallies
from redeemd.store.base import CommitFailed
from support.service import refused
from support.user_data import clean, use_all

HOUR_MS = 3_600_000
BY_TIME = (pb.REDEMPTION_COUNT_UNIT_QUARTER_HOUR, pb.REDEMPTION_COUNT_UNIT_HOUR, pb.REDEMPTION_COUNT_UNIT_DAY)


def numbers(counts):
    """Return issued, imported, used, reverted and remaining."""
    return (counts.issued, counts.imported, counts.used, counts.reverted, counts.remaining)


async def of_campaign(world, job=None):
    """Return the numbers of the campaign, or of one of its batches."""
    name = None if job is None else job.name
    reply = await world.call("GetCampaignStatus", campaign_model_name="spring", issue_job_name=name)
    return numbers(reply.item.counts)


async def counted(world, unit, *, limit=1000, **fields):
    """Return all items by a unit."""
    found, token = [], None
    while token != "":
        page = await world.call(
            "GetRedemptionCounts", campaign_model_name="spring", unit=unit, limit=limit, page_token=token, **fields
        )
        assert len(page.items) <= limit
        found += page.items
        token = page.next_page_token
    return found


async def by_batch(world, **options):
    """Return the numbers of each batch with its name."""
    items = await counted(world, pb.REDEMPTION_COUNT_UNIT_BATCH, **options)
    return [(item.issue_job_name, numbers(item.counts)) for item in items]


async def fold_all(service):
    """Add all deltas to the totals."""
    while await service.store.run(tallies.fold, write=True):
        pass


async def revert(world, code, user_id="alice"):
    """Revert a use."""
    await world.call("RevertUseByUserId", user_id=user_id, code=code)


async def offset(world, user_id, seconds):
    """Return a token that moves the clock of a player."""
    request = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id=user_id, time_offset=seconds)
    reply = await world.service.auth.IssueTimeOffsetTokenByUserId(request, metadata=world.service.admin)
    return reply.token


async def test_a_campaign_and_its_batches_are_counted(world):
    """Issued, imported and single codes; used, reverted, switched off; before and after deltas are added to totals."""
    first, second = await world.issue(5), await world.issue(3)
    imported = await world.bring(["imported one", "imported two"])
    alone = (await world.call("IssueOnce", campaign_model_name="spring")).item.code
    codes = [item.code for item in await world.keys(first)]
    await use_all(world, [*codes[:3], "imported one", alone], "alice")
    await revert(world, codes[0])
    await revert(world, codes[1])
    await world.call("UseByUserId", user_id="bob", code=codes[1])
    await world.call("SetSerialKeyStatus", code=codes[4], availability=2)
    for _ in range(2):
        assert await of_campaign(world) == (9, 2, 4, 2, 7)
        assert await of_campaign(world, first) == (5, 0, 2, 2, 3)
        assert await of_campaign(world, second) == (3, 0, 0, 0, 3)
        assert await of_campaign(world, imported.item) == (0, 2, 1, 0, 1)
        for limit in (1, 2, 1000):
            assert await by_batch(world, limit=limit) == [
                (first.name, (5, 0, 2, 2, 3)),
                (second.name, (3, 0, 0, 0, 3)),
                (imported.item.name, (0, 2, 1, 0, 1)),
                ("", (1, 0, 1, 0, 0)),
            ]
        for unit in BY_TIME:
            items = await counted(world, unit)
            assert sum(item.counts.used for item in items) == 4
            assert sum(item.counts.reverted for item in items) == 2
        await fold_all(world.service)


async def test_calls_that_change_nothing_do_not_count(world):
    """A dry run, a second use, a use of a campaign code, and a code that was never used but switched."""
    await world.put_in_force("spring", campaign_codes=["spring"])
    codes = await world.codes(2)
    await world.call("UseByUserId", user_id="alice", code=codes[0], headers=[("x-dry-run", "true")])
    await world.call("UseByUserId", user_id="alice", code="spring")
    for availability in (2, 1):
        await world.call("SetSerialKeyStatus", code=codes[1], availability=availability)
    assert await of_campaign(world) == (2, 0, 0, 0, 2)
    await world.call("UseByUserId", user_id="alice", code=codes[1])
    with refused("CODE_STATUS_INVALID"):
        await world.call("UseByUserId", user_id="alice", code=codes[1])
    assert await of_campaign(world) == (2, 0, 1, 0, 1)


async def test_uses_count_at_their_time(world):
    """By quarter of an hour, hour and day, within a span, whatever the limit of a page; a revert counts at the use."""
    codes = await world.codes(6)
    hours = (0, 1, 1, 30, 100, 100)
    for number, (code, hour) in enumerate(zip(codes, hours, strict=True)):
        token = await offset(world, f"player {number}", hour * 3600)
        await world.call("UseByUserId", user_id=f"player {number}", code=code, time_offset_token=token)
    uses = [item.used_at for item in (await world.call("DescribeRedemptions", limit=1000)).items]
    await revert(world, codes[1], "player 1")
    left = [*uses[:1], *uses[2:]]
    for unit, size in zip(BY_TIME, (HOUR_MS // 4, HOUR_MS, 24 * HOUR_MS), strict=True):
        starts = sorted({used_at // size * size for used_at in uses})
        expected = [
            (start, *(sum(at // size * size == start for at in times) for times in (left, uses[1:2])))
            for start in starts
        ]
        for limit in (1, 2, 1000):
            items = await counted(world, unit, limit=limit)
            assert [(item.start_at, item.counts.used, item.counts.reverted) for item in items] == expected
        bound = uses[3] // (HOUR_MS // 4) * (HOUR_MS // 4)
        before, since = await counted(world, unit, used_until=bound), await counted(world, unit, used_from=bound)
        assert [sum(item.counts.used for item in items) for items in (before, since)] == [2, 3]


async def test_redemptions_are_listed_by_time_and_by_batch(world):
    """In the order of use, or of issuing for a player and without a time; each once, whatever the limit of a page."""
    jobs = [await world.issue(3) for _ in range(2)]
    codes = [[item.code for item in await world.keys(job)] for job in jobs]
    order = [codes[1][2], codes[0][1], codes[1][0], codes[0][0]]
    for hour, code in enumerate(order):
        token = await offset(world, "alice", hour * 3600)
        await world.call("UseByUserId", user_id="alice", code=code, time_offset_token=token)
    times = {item.code: item.used_at for item in (await world.call("DescribeRedemptions", limit=1000)).items}

    async def listed(limit, **query):
        found, token = [], None
        while token != "":
            page = await world.call("DescribeRedemptions", limit=limit, page_token=token, **query)
            found += [item.code for item in page.items]
            token = page.next_page_token
        return found

    campaign = {"campaign_model_name": "spring"}
    second = {**campaign, "issue_job_name": jobs[1].name}
    span = {"used_from": times[order[1]], "used_until": times[order[3]]}
    for limit in (1, 2, 1000):
        assert await listed(limit, **campaign, used_from=0) == order
        assert await listed(limit, **campaign, **span) == order[1:3]
        assert await listed(limit, **second) == [codes[1][0], codes[1][2]]
        assert await listed(limit, **second, used_until=span["used_until"]) == [codes[1][2], codes[1][0]]
        assert await listed(limit, user_id="alice", **span) == [codes[0][1], codes[1][0]]
        assert await listed(limit, user_id="alice", **second) == [codes[1][0], codes[1][2]]
        assert await listed(limit, user_id="bob", **campaign, **span) == []


@pytest.mark.parametrize(
    ("rpc", "fields"),
    [
        ("DescribeRedemptions", {"used_from": 0}),
        ("DescribeRedemptions", {"issue_job_name": "a"}),
        ("GetRedemptionCounts", {"campaign_model_name": "spring", "unit": 4, "used_from": 0}),
        ("GetRedemptionCounts", {"campaign_model_name": "spring", "unit": 4, "issue_job_name": "a"}),
        ("GetRedemptionCounts", {"campaign_model_name": "spring", "unit": 1, "used_until": 946_684_800_001}),
    ],
)
async def test_queries_that_make_no_sense_are_refused(world, rpc, fields):
    """With words that say why."""
    with refused("VALIDATION_FAILED"):
        await world.call(rpc, **fields)


async def test_unknown_campaigns_and_batches_are_refused(world):
    """Each with its reason."""
    for rpc, fields in (("GetRedemptionCounts", {"unit": 1}), ("GetCampaignStatus", {})):
        with refused("CAMPAIGN_MODEL_NOT_FOUND"):
            await world.call(rpc, campaign_model_name="autumn", **fields)
    for rpc, fields in (("GetCampaignStatus", {}), ("DescribeRedemptions", {}), ("GetRedemptionCounts", {"unit": 1})):
        with refused("ISSUE_JOB_NOT_FOUND"):
            await world.call(rpc, campaign_model_name="spring", issue_job_name="none", **fields)


async def test_the_numbers_are_exact_while_codes_are_used_and_reverted(world):
    """Every reader sees a number that is possible at its moment; at the end they are those of the codes."""
    codes = await world.codes(60)

    async def use_and_revert(code):
        await world.call("UseByUserId", user_id="alice", code=code)
        if code in codes[::2]:
            await revert(world, code)
            await world.call("UseByUserId", user_id="bob", code=code)

    async def watch():
        seen = [(await of_campaign(world), await world.service.store.run(tallies.fold, write=True)) for _ in range(10)]
        assert all(used + remaining == 60 and 0 <= used <= 60 for (_, _, used, _, remaining), _ in seen)

    await asyncio.gather(*map(use_and_revert, codes), watch())
    for _ in range(2):
        assert await of_campaign(world) == (60, 0, 60, 30, 0)
        items = await counted(world, pb.REDEMPTION_COUNT_UNIT_DAY)
        assert sum(item.counts.used for item in items) == 60
        await fold_all(world.service)


async def test_deltas_are_added_once_whatever_statement_fails(own_service):
    """The numbers are the same after each failure, and then the next attempt adds the deltas."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    codes = await world.codes(3)
    await use_all(world, codes, "alice")
    await revert(world, codes[0])
    expected = (3, 0, 2, 1, 1)
    failed = True
    for number in range(1, 20):
        own_service.faults.fail_at = number
        try:
            await own_service.faults.run(tallies.fold, write=True)
            failed = False
        except CommitFailed:
            failed = True
        own_service.faults.fail_at = None
        assert await of_campaign(world) == expected
        if not failed:
            break
    assert not failed


async def test_erased_and_restored_players_do_not_change_the_numbers(own_service):
    """A code stays used, at its time, when its player's data is erased."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    await use_all(world, await world.codes(3), "alice")
    before = await of_campaign(world), await counted(world, pb.REDEMPTION_COUNT_UNIT_HOUR)
    await clean(own_service, "alice")
    assert (await of_campaign(world), await counted(world, pb.REDEMPTION_COUNT_UNIT_HOUR)) == before


async def test_uses_of_a_code_for_many_players_count_by_time(world):
    """A use of a campaign code with a limit counts, and as reverted once it is reverted; no batch has it."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesPerUser": 1})
    await use_all(world, ["WORD"], "alice")
    await use_all(world, ["WORD"], "bob")
    await revert(world, "WORD")
    for _ in range(2):
        request = {"campaign_model_name": "WORD"}
        page = await world.call("GetRedemptionCounts", unit=pb.REDEMPTION_COUNT_UNIT_DAY, **request)
        assert sum(item.counts.used for item in page.items) == 1
        assert sum(item.counts.reverted for item in page.items) == 1
        status = await world.call("GetCampaignStatus", **request)
        assert numbers(status.item.counts) == (0, 0, 0, 0, 0)
        await fold_all(world.service)


async def test_a_moved_batch_counts_where_it_belongs(world):
    """Codes in the campaign to which it was moved; each use by time in the campaign of the use, and in the batch."""
    await world.put_in_force("spring", "autumn")
    job = await world.issue(3)
    codes = [item.code for item in await world.keys(job)]
    await use_all(world, codes[:1], "alice")
    names = {"campaign_model_name": "spring", "issue_job_name": job.name}
    await world.call("MoveIssueJob", to_campaign_model_name="autumn", **names)
    await use_all(world, codes[1:], "bob")
    await revert(world, codes[2], "bob")
    for _ in range(2):
        for campaign, expected, used in (("spring", (0, 0, 0, 0, 0), 1), ("autumn", (3, 0, 2, 1, 1), 1)):
            request = {"campaign_model_name": campaign}
            assert numbers((await world.call("GetCampaignStatus", **request)).item.counts) == expected
            by_day = await world.call("GetRedemptionCounts", unit=pb.REDEMPTION_COUNT_UNIT_DAY, **request)
            assert sum(item.counts.used for item in by_day.items) == used
            batches = await world.call("GetRedemptionCounts", unit=pb.REDEMPTION_COUNT_UNIT_BATCH, **request)
            assert [numbers(item.counts) for item in batches.items] == ([expected] if campaign == "autumn" else [])
            listed = await world.call("DescribeRedemptions", used_from=0, **request)
            assert [item.code for item in listed.items] == ([codes[0]] if campaign == "spring" else [codes[1]])
        of_batch = {"campaign_model_name": "autumn", "issue_job_name": job.name}
        curve = await world.call("GetRedemptionCounts", unit=pb.REDEMPTION_COUNT_UNIT_DAY, **of_batch)
        assert sum(item.counts.used for item in curve.items) == 2
        assert sum(item.counts.reverted for item in curve.items) == 1
        await fold_all(world.service)
