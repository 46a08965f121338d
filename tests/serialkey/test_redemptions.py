"""Used codes are listed: of a player, of a campaign, of both, of a namespace."""

import asyncio
import itertools

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from support.service import bearer, refused
from support.user_data import clean, states, use_all

USED = 2


class Redeemed:
    """A namespace in which alice, bob and nobody used codes of two campaigns: issued, single and imported ones."""

    def __init__(self, world):
        self.world = world
        self.owners = {}  # by code, in the order of issuing; None for an unused one
        self.campaigns = {}

    @classmethod
    async def make(cls, world):
        """Fill a namespace. summer is first in the alphabet, but younger."""
        made = cls(world)
        await world.put_in_force("winter")
        await made.add("winter", await world.codes(5, "winter"))
        await world.put_in_force("winter", "summer")
        await made.add("summer", await world.codes(4, "summer"))
        await world.bring(["brought 2", "brought 1", "brought 3"], "winter")
        await made.add("winter", ["brought 2", "brought 1", "brought 3"])
        single = await world.call("IssueOnce", campaign_model_name="winter")
        await made.add("winter", [single.item.code])
        return made

    async def add(self, campaign, codes):
        """Use codes in turn by alice, bob and nobody."""
        owners = itertools.cycle(["alice", "bob", None])
        for code, owner in zip(codes, owners, strict=False):
            self.owners[code], self.campaigns[code] = owner, campaign
            if owner is not None:
                await self.world.call("UseByUserId", user_id=owner, code=code)

    def expected(self, user_id=None, campaign_model_name=None):
        """Return the codes that a query must find: by age of the campaign, then in the order of issuing."""
        found = [
            code
            for code, owner in self.owners.items()
            if owner is not None and user_id in {None, owner} and campaign_model_name in {None, self.campaigns[code]}
        ]
        return sorted(found, key=lambda code: self.campaigns[code] != "winter")


@pytest.fixture(scope="module")
async def redeemed(service):
    """A namespace with something of everything, which no test changes."""
    return await Redeemed.make(await service.world())


async def listed(world, **query):
    """List all pages of a query; return the items."""
    found, token = [], None
    while token != "":
        page = await world.call("DescribeRedemptions", page_token=token, **query)
        assert len(page.items) <= query.get("limit", 30)
        found += page.items
        token = page.next_page_token
    return found


QUERIES = [
    {},
    {"user_id": "alice"},
    {"user_id": "bob"},
    {"user_id": "nobody"},
    {"campaign_model_name": "winter"},
    {"campaign_model_name": "summer"},
    {"campaign_model_name": "summer", "user_id": "alice"},
    {"campaign_model_name": "winter", "user_id": "bob"},
]
each_query = pytest.mark.parametrize("query", QUERIES, ids=lambda query: "+".join(query.values()) or "all")


@each_query
async def test_a_query_finds_its_codes_in_order(redeemed, query):
    """By campaign and in the order of issuing, each once, whatever the limit of a page."""
    expected = redeemed.expected(**query)
    assert (query.get("user_id") == "nobody") == (not expected)
    for limit in (*range(1, len(expected) + 2), 1000):
        assert [item.code for item in await listed(redeemed.world, limit=limit, **query)] == expected


async def test_an_item_equals_the_response_of_get_serial_key(redeemed):
    """All fields, of issued, single and imported codes."""
    items = await listed(redeemed.world)
    assert len(items) > 8
    assert items == await states(redeemed.world, [item.code for item in items])


async def test_an_item_follows_its_batch_and_its_campaign(world):
    """revision, updated_at, metadata and reasons are of now, though the code was used before."""
    job = await world.issue(2, metadata="poster")
    codes = [item.code for item in await world.keys(job)]
    await world.call("SetSerialKeyStatus", code=codes[0], availability=1, reason="checked")
    await use_all(world, codes, "alice")
    batch = {"campaign_model_name": "spring", "issue_job_name": job.name}
    await world.call("SetIssueJobStatus", availability=2, **batch)
    await world.call("SetIssueJobValidity", valid_until=0, **batch)
    await world.call("SetCampaignStatus", campaign_model_name="spring", availability=2)
    items = await listed(world)
    assert items == await states(world, codes)
    assert [(item.status, item.metadata) for item in items] == [(USED, "poster")] * 2
    assert items[0].status_reason == "checked"


async def test_a_limit_is_30_when_none_is_given_and_1000_at_most(world):
    """As in every listing."""
    await use_all(world, await world.codes(31), "alice")
    page = await world.call("DescribeRedemptions")
    assert len(page.items) == 30
    assert page.next_page_token
    for limit in (0, 1001):
        with refused("VALIDATION_FAILED") as refusal:
            await world.call("DescribeRedemptions", limit=limit)
        assert refusal.fields == ["limit"]


@each_query
async def test_a_page_token_is_bound_to_its_query(redeemed, query):
    """Any other query refuses it; another limit does not matter."""
    token = (await redeemed.world.call("DescribeRedemptions", limit=1, **query)).next_page_token
    if not token:
        assert len(redeemed.expected(**query)) < 2
        token = (await redeemed.world.call("DescribeRedemptions", limit=1)).next_page_token
        query = {}
    await redeemed.world.call("DescribeRedemptions", limit=5, page_token=token, **query)
    for other in QUERIES:
        if other != query:
            with refused("PAGE_TOKEN_INVALID"):
                await redeemed.world.call("DescribeRedemptions", limit=1, page_token=token, **other)
    with refused("PAGE_TOKEN_INVALID"):
        await redeemed.world.call("DescribeRedemptions", page_token=token[:-4] + "AAAA", **query)


async def test_an_unknown_campaign_is_refused_and_a_former_one_is_not(world):
    """CAMPAIGN_MODEL_NOT_FOUND for what never was; what left the master data keeps its history."""
    (code,) = await world.codes()
    await use_all(world, [code], "alice")
    await world.put_in_force("summer")
    for query in ({}, {"campaign_model_name": "spring"}):
        assert [item.code for item in await listed(world, **query)] == [code]
    assert not await listed(world, campaign_model_name="summer")
    for query in ({}, {"user_id": "alice"}):
        with refused("CAMPAIGN_MODEL_NOT_FOUND") as refusal:
            await world.call("DescribeRedemptions", campaign_model_name="autumn", **query)
        assert refusal.code == grpc.StatusCode.NOT_FOUND


async def test_reverted_uses_and_campaign_codes_are_not_listed(world):
    """The first is not used any more, the second never is."""
    await world.put_in_force("spring", campaign_codes=["spring"])
    (code,) = await world.codes()
    await use_all(world, [code, "spring"], "alice")
    await world.call("RevertUseByUserId", user_id="alice", code=code)
    assert await listed(world) == []


async def test_other_namespaces_are_not_listed(redeemed):
    """Not even for a player who used codes there."""
    other = await redeemed.world.service.world("winter")
    assert await listed(other, user_id="alice") == []


async def test_cleaned_codes_are_listed_for_nobody(own_service):
    """In the namespace and its campaign, without a player; not among the player's."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    codes = await world.codes(3)
    await use_all(world, codes[:2], "alice")
    await use_all(world, codes[2:], "bob")
    await clean(own_service, "alice")
    assert await listed(world, user_id="alice") == []
    for query in ({}, {"campaign_model_name": "spring"}):
        items = await listed(world, **query)
        assert items == await states(world, codes)
        assert [item.used_user_id for item in items if item.HasField("used_user_id")] == ["bob"]


async def as_role(service, role, **fields):
    """List redemptions with a key of a role."""
    made = await service.auth.CreateKey(auth_pb.CreateKeyRequest(role=role), metadata=service.admin)
    metadata = bearer(f"{made.item.key_id}.{made.secret}")
    return await service.serial_keys.DescribeRedemptions(pb.DescribeRedemptionsRequest(**fields), metadata=metadata)


async def test_codes_are_masked_for_the_role_read(redeemed):
    """Nothing of a response shows more than a beginning; everything else is as the others see it."""
    fields = {"namespace_name": redeemed.world.name, "limit": 1000}
    shown = await listed(redeemed.world)
    masked = (await as_role(redeemed.world.service, options_pb2.ROLE_READ, **fields)).items
    assert len(masked) == len(shown)
    for full, hidden in zip(shown, masked, strict=True):
        assert full.code not in str(hidden)
        assert (hidden.used_user_id, hidden.used_at, hidden.revision) == (
            full.used_user_id,
            full.used_at,
            full.revision,
        )
        assert hidden.serial_key_id.endswith(f":serialKey:{hidden.code}")
    for role in (options_pb2.ROLE_SERVER, options_pb2.ROLE_ISSUER):
        assert (await as_role(redeemed.world.service, role, **fields)).items == shown


async def test_paging_while_codes_are_being_used_misses_none_that_was_used_before(world):
    """Each of those exactly once, in order, and nothing twice."""
    codes = await world.codes(400)
    before, meanwhile = codes[::2], codes[1::2]
    await use_all(world, before, "alice")
    found, token = [], None
    while token != "":
        page, *_ = await asyncio.gather(
            world.call("DescribeRedemptions", limit=20, page_token=token),
            *(world.call("UseByUserId", user_id="bob", code=meanwhile.pop()) for _ in range(min(12, len(meanwhile)))),
            *(world.call("UseByUserId", user_id="bob", code=meanwhile.pop(0)) for _ in range(min(3, len(meanwhile)))),
        )
        found += [item.code for item in page.items]
        token = page.next_page_token
    assert len(found) == len(set(found)) > len(before)
    assert [code for code in found if code in set(before)] == before
    places = [codes.index(code) for code in found]
    assert places == sorted(places)
