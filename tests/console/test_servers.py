"""The servers on a database, and its health."""

import asyncio
import json
from collections import namedtuple

import pytest
from redeemd import __version__
from redeemd.status.replicas import GONE_MS, KEPT_MS, About, Replicas, State
from redeemd.store import migrate
from redeemd.store.base import CommitFailed
from redeemd.store.sql import query
from support.clock import ManualClock
from support.console import console, logged_in
from support.keys import key_of
from support.lane import ON_POSTGRES

ABOUT = About("host", 1, "1.0", {"grpc": "127.0.0.1:1"}, 1, None, 0, ["give:"], ["crm"], ["crm"])
LATER = namedtuple("Later", [*About._fields, "region"])(*ABOUT, "eu")
ROWS = query("replicas", "SELECT replica_id, state, about FROM replica ORDER BY replica_id")


def others(service, clock=None, *, shared=True, about=ABOUT, defects=None):
    """Return what another server says of itself in the database of a server; defects are added to a list."""
    return Replicas(
        service.faults,
        clock or service.clock,
        lambda store_ms: about._replace(store_ms=store_ms),
        shared=shared,
        defect=([] if defects is None else defects).append,
    )


async def rows(service):
    """Return the servers that the database knows."""
    return await service.store.run(lambda tx: tx.all(ROWS), write=False)


async def test_the_page_shows_this_server_and_its_database(service, admin):
    """What it is, where it listens, since when, and that the schema is the one it knows."""
    await service.maintenance.step()
    page = await admin.get("/console/servers")
    assert page.status == 200
    assert "this one" in page.text
    assert "serving" in page.text
    assert f"grpc 127.0.0.1:{service.port}" in page.text
    assert __version__ in page.text
    assert f"Schema {migrate.load()[-1].version} " in page.text
    assert ("PostgreSQL" if ON_POSTGRES else "SQLite") in page.text
    assert 'href="/console/servers" aria-current="page"' in page.html


async def test_other_servers_are_seen_until_they_stop(own_service):
    """With what they do; the one that started first comes first."""
    first = others(own_service)
    own_service.clock.advance(seconds=1)
    second = others(own_service)
    for each in (second, first):
        each.state = State.SERVING
        await each.report()
    found = {each.replica_id: each for each in (await first.look())[0]}
    assert [name for name in found if name in {first.replica_id, second.replica_id}] == [
        first.replica_id,
        second.replica_id,
    ]
    assert found[second.replica_id].about == ABOUT
    await second.drain()
    assert {each.replica_id: each.state for each in (await first.look())[0]}[second.replica_id] == State.DRAINING
    await second.withdraw()
    assert second.replica_id not in {each.replica_id for each in (await first.look())[0]}


async def test_a_server_of_a_later_version_is_shown(own_service):
    """It describes itself by more than this version knows."""
    later = others(own_service, about=LATER)
    await later.report()
    [found] = [each for each in (await others(own_service).look())[0] if each.replica_id == later.replica_id]
    assert found.about == ABOUT


async def test_a_server_that_ended_without_a_word_is_gone_and_later_forgotten(own_service):
    """By the clock of the database."""
    killed, other = others(own_service), others(own_service)
    await killed.report()
    own_service.clock.advance(seconds=GONE_MS // 1000 + 1)
    await other.report()
    found, _ = await other.look()
    assert {
        each.replica_id: each.gone for each in found if each.replica_id in {killed.replica_id, other.replica_id}
    } == {
        killed.replica_id: True,
        other.replica_id: False,
    }
    own_service.clock.advance(seconds=KEPT_MS // 1000)
    await other.report()
    assert killed.replica_id not in {row["replica_id"] for row in await rows(own_service)}


async def test_a_report_is_made_now_and_then(own_service):
    """Housekeeping is more frequent. The next report says how long the last one took."""
    other = others(own_service)
    for seconds, reports in ((0, 1), (9, 1), (1, 2)):
        own_service.clock.advance(seconds=seconds)
        before = len(await rows(own_service))
        await other.step()
        mine = [row for row in await rows(own_service) if row["replica_id"] == other.replica_id]
        assert len(mine) == 1
        assert (json.loads(mine[0]["about"])["store_ms"] is None) == (reports == 1)
        assert len(await rows(own_service)) >= before


async def test_a_failure_of_a_report_changes_nothing(own_service):
    """At each of its statements; the next one is made."""
    other = others(own_service)
    for place in (1, 2):
        own_service.faults.fail_at = place
        with pytest.raises(CommitFailed):
            await other.report()
        own_service.faults.fail_at = None
        assert other.replica_id not in {row["replica_id"] for row in await rows(own_service)}
    await other.report()
    assert other.replica_id in {row["replica_id"] for row in await rows(own_service)}


@pytest.mark.parametrize(("failure", "kinds"), [(CommitFailed, set()), (KeyError, {KeyError})])
async def test_a_server_stops_whatever_the_database_says(own_service, failure, kinds):
    """A failure of the store is nothing new; a defect is reported. The next servers see it as one that is gone."""
    defects = []
    other = others(own_service, defects=defects)
    own_service.faults.failure, own_service.faults.fail_at = failure, 1
    await other.drain()
    await other.withdraw()
    own_service.faults.fail_at = None
    assert {type(defect) for defect in defects} == kinds


async def test_servers_report_at_the_same_time(own_service):
    """Each has a row of its own."""
    servers = [others(own_service) for _ in range(20)]
    await asyncio.gather(*(each.report() for each in servers))
    assert {each.replica_id for each in servers} <= {row["replica_id"] for row in await rows(own_service)}


async def test_a_database_of_its_own_is_not_written_to(own_service):
    """There is nobody who could read it."""
    own = others(own_service, shared=False)
    await own.step()
    await own.drain()
    await own.withdraw()
    assert own.replica_id not in {row["replica_id"] for row in await rows(own_service)}
    [found], database = await own.look()
    assert (found.state, found.gone, database.embedded) == (State.DRAINING, False, True)


async def test_a_page_of_servers_shows_one_that_drains_and_one_that_is_gone(tmp_path):
    """And what each works on."""
    clock = ManualClock()
    async with console(tmp_path, clock=clock) as service, logged_in(service) as admin:
        if not ON_POSTGRES:
            pytest.skip("an embedded database has one server")
        gone, draining = others(service), others(service)
        await gone.report()
        clock.advance(seconds=GONE_MS // 1000 + 1)
        await draining.drain()
        page = await admin.get("/console/servers")
        assert "gone" in page.text
        assert "draining" in page.text
        assert "Deliveries give:" in page.text
        assert "Webhook crm sends" in page.text


async def test_whoever_may_not_see_deliveries_sees_no_servers(service):
    """Neither the page nor the link to it."""
    [(_, header)] = await key_of(service, "issuer")
    async with logged_in(service, header.removeprefix("Bearer ")) as person:
        page = await person.get("/console/servers")
        assert (page.status, page.refusal) == (403, "ROLE_NOT_ALLOWED")
        assert 'href="/console/servers"' not in page.html
