"""`--region` and `--owner-id` are in every GRN: of imports and uses, in results, in events and on the JSON door."""

import re

import pytest
from redeem.event.v1 import requests_pb2 as pb
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from support.awaits import awaiting
from support.door import ask
from support.events import watching
from support.exchanges import make_exchanges
from support.imports import bring_states, used
from support.service import running

PROJECT = "ap-northeast-1:7Hc3-owner"


@pytest.fixture
async def exchanges(tmp_path):
    """Namespaces on a server with the names of a project of the vendor."""
    async with running(tmp_path / "data", region="ap-northeast-1", owner_id="7Hc3-owner") as service:
        yield await make_exchanges(service, enable_await_exchange=True)


def projects(texts):
    """Return the regions and owners of all GRNs in texts."""
    return set(re.findall(r"grn:gs2:([^:]*:[^:]*):", "".join(map(str, texts))))


async def replies(exchanges):
    """Do something of everything; return the replies."""
    world, limits = exchanges.world, exchanges.limits
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.use()], "acquireActions": [exchanges.issue()]},
        awaiting(exchanges, name="later"),
    )
    counter = limit_pb.ImportedCounter(user_id="alice", limit_name="ever", name="c", count=1)
    waiting = exchange_pb.ImportedAwait(user_id="alice", name="a", rate_name="later", exchanged_at=1_700_000_000_000)
    await limits.call("ImportCounters", items=[counter])
    await exchanges.call("ImportAwaits", items=[waiting])
    return [
        await bring_states(world, {"SUMMER-001": used(), "SUMMER-002": {"status": 1}}),
        await exchanges.buy(values={"code": "SUMMER-002"}),
        await world.call("DescribeRedemptions"),
        await limits.call("DescribeCountersByUserId", user_id="alice"),
        await exchanges.call("DescribeAwaitsByUserId", user_id="alice"),
        await exchanges.call("DescribeRateModels"),
        await exchanges.call("GetNamespace"),
    ]


async def test_every_grn_is_that_of_the_project(exchanges):
    """In replies and in the results of actions, which are JSON in them."""
    found = await replies(exchanges)
    assert all(projects([reply]) == {PROJECT} for reply in found)
    assert PROJECT in found[1].transaction_result.acquire_results[0].acquire_result


async def test_no_event_has_another_one(exchanges):
    """Events name things by their names; what they have of GRNs is the project's."""
    await replies(exchanges)
    async with watching(exchanges.service, start=pb.START_OLDEST) as watcher:
        while not any(event.HasField("exchange") for event in watcher.events):
            await watcher.answer()
    assert projects(watcher.events) <= {PROJECT}


async def test_the_door_has_them_too(exchanges):
    """For an imported code and an imported counter."""
    await replies(exchanges)
    service = exchanges.service
    for path in (
        f"/serial-key/{exchanges.world.name}/serialKey/SUMMER-001",
        f"/limit/{exchanges.limits.name}/user/alice/counter",
    ):
        reply = await ask(service, "GET", path, service.admin)
        assert reply.status == 200, path
        assert projects([reply.body]) == {PROJECT}, path
