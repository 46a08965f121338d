"""When a namespace's log setting is in force, and what looking it up costs and cannot break."""

import asyncio
import contextlib

import pytest
from redeem.serialkey.v1 import resources_pb2
from redeemd.resources.namespaces import Namespaces
from redeemd.serialkey.definition import DEFINITION
from redeemd.store.base import Unavailable
from support.clock import ManualClock
from support.heard import LOGS, heard, logged_world
from support.service import refused

SETTING = {"logging_namespace_id": LOGS}
OTHER = "grn:gs2:local:redeemd:log:elsewhere"


@pytest.fixture
async def service(tmp_path):
    """A server whose log can be read and whose clock is stopped."""
    async with heard(tmp_path, clock=ManualClock()) as service:
        yield service


@pytest.fixture
def reads(monkeypatch):
    """The names of namespaces whose setting was read from the store."""
    names, read = [], Namespaces.body

    async def body(self, name):
        names.append(name)
        return await read(self, name)

    monkeypatch.setattr(Namespaces, "body", body)
    return names


async def logged_as(service, world):
    """Make a call; return the logging namespace it was logged under, None if it was not."""
    await world.call("GetNamespaceStatus")
    return service.heard.last("GetNamespaceStatus").get("logging_namespace_id")


async def change_elsewhere(service, world, logging_namespace_id):
    """Change the setting as another replica would: in the store, so that this server does not notice."""
    item = resources_pb2.Namespace(log_setting={"logging_namespace_id": logging_namespace_id})
    table = DEFINITION.namespace.table
    key = {"service": DEFINITION.service, "name": world.name}

    async def body(tx):
        row = await tx.one(table.get, **key)
        await tx.run(table.update, **key, body=item.SerializeToString(), now=0, revision=row["revision"])

    await service.store.run(body, write=True)


async def test_a_setting_holds_for_calls_after_it_returned(service):
    """Setting it, changing it and clearing it with update_mask; calls before were logged as it was then."""
    world = await service.world()
    assert await logged_as(service, world) is None
    await world.call("UpdateNamespace", log_setting=SETTING)
    assert await logged_as(service, world) == LOGS
    await world.call("UpdateNamespace", log_setting={"logging_namespace_id": OTHER})
    assert service.heard.last("UpdateNamespace")["logging_namespace_id"] == LOGS
    assert await logged_as(service, world) == OTHER
    await world.call("UpdateNamespace", update_mask={"paths": ["log_setting"]})
    assert service.heard.last("UpdateNamespace")["logging_namespace_id"] == OTHER
    assert await logged_as(service, world) is None


async def test_a_change_of_something_else_keeps_the_setting(service):
    """UpdateNamespace without log_setting and without a mask leaves it."""
    world = await logged_world(service)
    await world.call("UpdateNamespace", description="d")
    assert await logged_as(service, world) == LOGS


async def test_a_setting_that_is_made_with_the_namespace_holds_at_once(service):
    """Also when a call named the namespace before it existed."""
    with refused("NAMESPACE_NOT_FOUND"):
        await service.call("GetNamespace", namespace_name="early")
    await service.call("CreateNamespace", name="early", log_setting=SETTING)
    await service.call("GetNamespace", namespace_name="early")
    assert service.heard.last("GetNamespace")["logging_namespace_id"] == LOGS


async def test_a_setting_goes_with_its_namespace(service):
    """Deleting is still logged; later calls to it are not, nor calls to a new one with the same name."""
    world = await logged_world(service)
    await world.call("DeleteNamespace")
    assert service.heard.last("DeleteNamespace")["answer"]["item"]["name"] == world.name
    with refused("NAMESPACE_NOT_FOUND"):
        await logged_as(service, world)
    assert "request" not in service.heard.last("GetNamespaceStatus")
    await service.call("CreateNamespace", name=world.name)
    assert await logged_as(service, world) is None


async def test_a_change_by_another_replica_takes_effect_within_ten_seconds(service):
    """Setting it where there was none, and changing it."""
    world = await service.world()
    for logging_namespace_id in (LOGS, OTHER):
        await logged_as(service, world)
        await change_elsewhere(service, world, logging_namespace_id)
        service.clock.advance(seconds=10)
        assert await logged_as(service, world) == logging_namespace_id


async def test_a_clock_that_is_set_back_does_not_keep_a_setting(service):
    """A setting that was read in the future is read again."""
    world = await service.world()
    await logged_as(service, world)
    await change_elsewhere(service, world, LOGS)
    service.clock.advance(seconds=-3600)
    assert await logged_as(service, world) == LOGS


async def test_calls_do_not_read_what_was_read_a_moment_ago(service, reads):
    """Many calls, with and without a setting: one read for each namespace."""
    worlds = [await service.world(), await logged_world(service)]
    service.clock.advance(seconds=10)
    reads.clear()
    for world in worlds:
        for _ in range(5):
            await logged_as(service, world)
    assert sorted(reads) == sorted(world.name for world in worlds)


async def test_a_server_without_a_log_reads_no_settings(own_service, reads):
    """Nobody would see them."""
    world = await own_service.world()
    await world.call("UpdateNamespace", log_setting=SETTING)
    await world.call("GetNamespaceStatus")
    assert reads == []


@contextlib.asynccontextmanager
async def slow_reads(monkeypatch):
    """Delay the results of reads of settings: yields an event of the read and one that releases it."""
    reading, release, read = asyncio.Event(), asyncio.Event(), Namespaces.body

    async def body(self, name):
        found = await read(self, name)
        reading.set()
        await release.wait()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Namespaces, "body", body)
        yield reading, release
        release.set()


async def test_while_one_call_reads_again_the_others_go_on(service, monkeypatch):
    """A setting that is getting old is read by one call; the next is logged by what is known."""
    world = await logged_world(service)
    await logged_as(service, world)
    service.clock.advance(seconds=9)
    async with slow_reads(monkeypatch) as (reading, release):
        first = asyncio.create_task(logged_as(service, world))
        await reading.wait()
        assert await logged_as(service, world) == LOGS
        release.set()
        await first


async def test_a_change_during_a_read_is_not_forgotten(service, monkeypatch):
    """A setting that a call read before the change and receives after it is not cached for later calls."""
    world = await service.world()
    await logged_as(service, world)
    service.clock.advance(seconds=9)
    async with slow_reads(monkeypatch) as (reading, release):
        early = asyncio.create_task(world.call("GetNamespaceStatus"))
        await reading.wait()
        await world.call("UpdateNamespace", log_setting=SETTING)
        release.set()
        await early
    assert await logged_as(service, world) == LOGS


async def test_an_unavailable_store_fails_no_call_that_needs_no_store(service, monkeypatch):
    """The call has its ordinary line, and is logged again as soon as the setting can be read."""
    world = await logged_world(service)

    async def body(*_):
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(Namespaces, "body", body)
        service.clock.advance(seconds=10)
        assert await logged_as(service, world) is None
        assert service.heard.last("GetNamespaceStatus")["code"] == "OK"
    assert await logged_as(service, world) == LOGS
