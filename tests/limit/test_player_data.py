"""A player's counters: dumped, erased, and brought back."""

import json

from redeem.limit.v1 import requests_pb2 as pb
from support.limits import make_limits
from support.service import refused
from support.user_data import work_off

ALICE = {"user_id": "alice"}


async def call(service, rpc, **fields):
    """Call a method that spans namespaces."""
    request = getattr(pb, f"{rpc}Request")(**fields)
    return await getattr(service.limits, rpc)(request, metadata=service.admin)


async def dump(service):
    """Return the dump of alice."""
    await call(service, "DumpUserDataByUserId", **ALICE)
    url = (await call(service, "CheckDumpUserDataByUserId", **ALICE)).url
    return (await service.http("GET", url)).body


async def counters(limits, user_id="alice"):
    """Return a player's counters but for what every change moves."""
    items = (await limits.call("DescribeCountersByUserId", user_id=user_id, limit=1000)).items
    return [(it.limit_name, it.name, it.count, it.next_reset_at, it.created_at) for it in items]


async def test_counters_come_back_as_they_were(own_service):
    """Over two namespaces, more than a page; another player keeps his; no limit has to be in force for it."""
    await own_service.stop_housekeeping()
    first, second = await make_limits(own_service), await make_limits(own_service)
    for number in range(60):
        await first.up(counter=f"c{number}", count_up_value=number + 1)
    await second.up(limit="ever", count_up_value=7)
    await first.up(user_id="bob")
    before = await counters(first), await counters(second)
    data = await dump(own_service)
    lines = [json.loads(line) for line in data.splitlines()]
    assert len(lines) == 61
    assert {line["kind"] for line in lines} == {"counter"}

    await call(own_service, "CleanUserDataByUserId", **ALICE)
    await work_off(own_service)
    await call(own_service, "CheckCleanUserDataByUserId", **ALICE)
    assert (await counters(first), await counters(second)) == ([], [])
    assert len(await counters(first, "bob")) == 1

    prepared = await call(own_service, "PrepareImportUserDataByUserId", **ALICE)
    assert (await own_service.http("PUT", prepared.upload_url, data=data)).status == 204
    await call(own_service, "ImportUserDataByUserId", **ALICE, upload_token=prepared.upload_token)
    await work_off(own_service)
    await call(own_service, "CheckImportUserDataByUserId", **ALICE, upload_token=prepared.upload_token)
    assert (await counters(first), await counters(second)) == before


async def test_a_dump_of_codes_is_no_dump_of_counters(own_service):
    """Each service takes its own lines only."""
    limits = await make_limits(own_service)
    await limits.up()
    data = await dump(own_service)
    prepared = await own_service.call("PrepareImportUserDataByUserId", **ALICE)
    await own_service.http("PUT", prepared.upload_url, data=data)
    with refused("USER_DATA_INVALID"):
        await own_service.call("ImportUserDataByUserId", **ALICE, upload_token=prepared.upload_token)
