"""The metrics: what a scrape has is what docs/reference/metrics.md says, and the numbers are right."""

import re
from pathlib import Path

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redeem.event.v1 import event_service_pb2_grpc
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.base.methods import code_label
from redeemd.limit import zones
from support.batches import batch_use, use_item
from support.exchanges import make_exchanges
from support.handler import handling
from support.lane import ON_POSTGRES
from support.service import refused, running

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
ROW = re.compile(r"^\| `((?:grpc|redeemd)_\w+)` \| (\w+) \|\s*([^|]*?)\s*\| ([^|]*)", re.MULTILINE)
ADDED = {"le"}
OTHER_STORE = "SQLite: " if ON_POSTGRES else "PostgreSQL: "


def documented():
    """Return the type and the labels of each metric of the page that this store has, by its name."""
    found, labels = {}, set()
    for name, kind, named, text in ROW.findall(PAGE.read_text()):
        names = set(re.findall(r"`(\w+)`", named))
        labels = names | (labels if "the same" in named else set())
        if not text.startswith(OTHER_STORE):
            found[name] = (kind, labels)
    return found


def samples(service):
    """Return the samples of a scrape by name, with the type of their family."""
    found = {}
    for family in text_string_to_metric_families(service.telemetry.render().decode()):
        for sample in family.samples:
            name = (
                re.sub("_(bucket|count|sum|created)$", "", sample.name) if family.type == "histogram" else sample.name
            )
            if not sample.name.endswith("_created"):
                found.setdefault(name, (family.type, set()))[1].update(set(sample.labels) - ADDED)
    return found


def number(service, name, **labels):
    """Return the sum of the samples of a name with these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(service.telemetry.render().decode())
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@pytest.fixture
async def service(tmp_path):
    """A server of the test's own."""
    async with running(tmp_path) as service:
        yield service


async def test_the_page_lists_what_a_scrape_has(tmp_path):
    """Every metric with its type and labels, and nothing that is not there; process_* are described as a group."""
    async with (
        handling(tmp_path / "handler") as handler,
        running(tmp_path / "data", action_handlers=handler.configuration()) as service,
    ):
        await make_exchanges(service)
        world = await service.world()
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", "alice", code="no-such-code")
        await batch_use(world, [use_item(world, 1, "no-such-code")])
        service.telemetry.store_fault("OSError")
        service.telemetry.attempted("Game", "dead")
        service.telemetry.undelivered("Game", pending=0, oldest_seconds=0, dead=0)
        webhooks = service.app.components.foundation.webhooks.metrics
        webhooks.attempted("game", "dead")
        webhooks.set("game", lag_seconds=0, dead=0, gone=False, gaps=0)
        scraped = samples(service)
    assert {name for name in scraped if name.startswith("process_")} >= {"process_cpu_seconds_total"}
    assert {name: it for name, it in scraped.items() if not name.startswith("process_")} == documented()


@pytest.mark.parametrize("status", list(grpc.StatusCode))
def test_statuses_are_spelled_as_in_go(status):
    """One word without underscores, one l in Canceled: what the alerts of others match."""
    spelled = {"OK": "OK", "CANCELLED": "Canceled"}.get(status.name)
    assert code_label(status.name) == (spelled or "".join(map(str.capitalize, status.name.split("_"))))


async def test_messages_are_counted(service):
    """One each way in a call with one request and one reply; a refusal sends none; a stream counts each."""
    await service.call("DescribeNamespaces")
    with refused("CREDENTIAL_MISSING"):
        await service.serial_keys.DescribeNamespaces(pb.DescribeNamespacesRequest())
    method = {"grpc_method": "DescribeNamespaces"}
    assert number(service, "grpc_server_started_total", **method) == 2
    assert number(service, "grpc_server_msg_received_total", **method) == 1
    assert number(service, "grpc_server_msg_sent_total", **method) == 1
    world = await service.world()
    await world.codes(3)
    stub = event_service_pb2_grpc.EventServiceStub(service.channel)
    async for _ in stub.WatchEvents(event_pb.WatchEventsRequest(), metadata=service.admin):
        break
    assert number(service, "grpc_server_msg_sent_total", grpc_method="WatchEvents") >= 1


async def test_calls_with_the_stored_reply_of_an_earlier_one_are_counted(service):
    """The first call is not; a dry run and a call without a key neither."""
    world = await service.world()
    for _ in range(3):
        await world.call("UpdateNamespace", headers=(("idempotency-key", "once"),), description="d")
    assert number(service, "redeemd_idempotency_hits_total") == 2


async def test_the_store_is_measured(service):
    """Its size and its disk, or its pool."""
    await service.world()
    if ON_POSTGRES:
        assert 1 <= number(service, "redeemd_store_connections") <= number(service, "redeemd_store_connections_max")
    else:
        assert number(service, "redeemd_store_file_bytes") > 0
        assert number(service, "redeemd_store_wal_bytes") > 0
        assert number(service, "redeemd_store_disk_free_bytes") > 0
    assert number(service, "redeemd_store_wait_seconds_count") > 0
    store = "postgresql" if ON_POSTGRES else "sqlite"
    assert number(service, "redeemd_build_info", tzdata=zones.VERSION, store=store) == 1


async def test_items_of_batches_are_counted_by_their_status(service):
    """The batch is one call; each item counts with the status that its unary call would have."""
    world = await service.world()
    items = [use_item(world, number, code) for number, code in enumerate([*await world.codes(2), "no-such-code"])]
    await batch_use(world, items)
    count = "redeemd_batch_items_total"
    assert number(service, count, grpc_method="BatchUse", grpc_code="OK") == 2
    assert number(service, count, grpc_method="BatchUse", grpc_code="NotFound") == 1
    assert number(service, "grpc_server_handled_total", grpc_method="BatchUse") == 1
    assert number(service, "grpc_server_handled_total", grpc_method="UseByUserId") == 0
