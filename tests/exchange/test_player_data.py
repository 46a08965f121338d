"""A player's awaits: dumped, erased, and brought back; and what the database shows of them (semantics 6.5)."""

import json
from unittest.mock import ANY

import pytest
from redeem.exchange.v1 import requests_pb2 as pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from support.exchanges import config, make_exchanges
from support.service import refused
from support.user_data import work_off

ALICE = {"user_id": "alice"}
COMPLETE, MINUTES = 1, 2
HOUR_MS = 60 * 60 * 1000
PAGE_ROWS = 500  # of a dump
CANARY = "canary-7c41f0"


async def _call(service, rpc, **fields):
    """Call a method that spans namespaces."""
    request = getattr(pb, f"{rpc}Request")(**fields)
    return await getattr(service.exchanges, rpc)(request, metadata=service.admin)


async def _dump(service):
    """Return the dump of alice."""
    await _call(service, "DumpUserDataByUserId", **ALICE)
    url = (await _call(service, "CheckDumpUserDataByUserId", **ALICE)).url
    answer = await service.http("GET", url)
    assert answer.status == 200
    return answer.body


async def _clean(service):
    """Erase alice's data, to the end."""
    await _call(service, "CleanUserDataByUserId", **ALICE)
    await work_off(service)
    await _call(service, "CheckCleanUserDataByUserId", **ALICE)


async def _bring_back(service, data):
    """Import a dump of alice, to the end; return what became of its lines."""
    prepared = await _call(service, "PrepareImportUserDataByUserId", **ALICE)
    assert (await service.http("PUT", prepared.upload_url, data=data)).status == 204
    names = ALICE | {"upload_token": prepared.upload_token}
    await _call(service, "ImportUserDataByUserId", **names)
    await work_off(service)
    url = (await _call(service, "CheckImportUserDataByUserId", **names)).url
    report = (await service.http("GET", url)).text
    return [json.loads(line)["outcome"] for line in report.splitlines()]


async def _waiting(service):
    """Make namespaces with the rate `later`: after an hour it counts `got` down by `size`."""
    exchanges = await make_exchanges(service, enable_await_exchange=True)
    reward = exchanges.down(countDownValue="#{size}")
    await exchanges.put_in_force(
        {
            "name": "later",
            "timingType": "await",
            "lockTime": 60,
            "consumeActions": [exchanges.up()],
            "acquireActions": [reward],
        }
    )
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=100)
    return exchanges


@pytest.fixture
async def exchanges(own_service):
    """Namespaces on a server of the test's own, whose clock is stopped and which does nothing by itself."""
    await own_service.stop_housekeeping()
    return await _waiting(own_service)


def _without_revision(items):
    """Return awaits without what every change moves."""
    bare = []
    for item in items:
        bare.append(type(item)())
        bare[-1].CopyFrom(item)
        bare[-1].ClearField("revision")
    return bare


async def test_awaits_come_back_as_they_were(exchanges):
    """Over two namespaces, with skip, count, config and times; another player keeps his. Revisions have risen."""
    service = exchanges.service
    other = await _waiting(service)
    await exchanges.buy("later", count=3, values={"size": "5", "note": 'a"b\\c\n\u2028\U0001f381'})
    service.clock.advance(seconds=60)
    skipped = await exchanges.skip((await exchanges.wait()).name, skip_type=MINUTES, minutes=10)
    assert (skipped.skip_seconds, skipped.acquirable_at) == (600, service.clock.now + HOUR_MS - 600_000)
    await other.wait(values={"size": "1"})
    await exchanges.wait(user_id="bob")
    before = await exchanges.awaits(), await other.awaits()
    assert [len(items) for items in before] == [2, 1]

    data = await _dump(service)
    await _clean(service)
    assert (await exchanges.awaits(), await other.awaits()) == ([], [])
    assert len(await exchanges.awaits("bob")) == 1
    service.clock.advance(seconds=60)
    assert await _bring_back(service, data) == ["restored"] * 3
    after = await exchanges.awaits(), await other.awaits()
    for items, found in zip(before, after, strict=True):
        assert _without_revision(found) == _without_revision(items)
        assert all(new.revision > old.revision for new, old in zip(found, items, strict=True))


async def test_an_await_that_came_back_is_acquired_as_before(exchanges):
    """When its time has come and not before, by its count and its config; skipping goes on where it was."""
    service = exchanges.service
    now = service.clock.now
    await exchanges.buy("later", count=2, values={"size": "5"})
    [item] = await exchanges.awaits()
    await exchanges.skip(item.name, skip_type=MINUTES, minutes=30)
    data = await _dump(service)
    await _clean(service)
    await _bring_back(service, data)
    assert (await exchanges.skip(item.name, skip_type=MINUTES, minutes=10)).acquirable_at == now + HOUR_MS // 3
    service.clock.now = now + HOUR_MS // 3 - 1
    with refused("AWAIT_LOCKED"):
        await exchanges.as_player("Acquire", "alice", await_name=item.name)
    service.clock.now += 1
    await exchanges.as_player("Acquire", "alice", await_name=item.name)
    assert await exchanges.count("got") == 90
    assert await exchanges.awaits() == []


async def test_the_dump_has_documented_awaits(exchanges):
    """One line each, with the documented names, and the seconds of the lock."""
    await exchanges.buy("later", count=2, values={"size": "5"})
    [item] = await exchanges.awaits()
    await exchanges.skip(item.name, skip_type=MINUTES, minutes=10)
    [line] = map(json.loads, (await _dump(exchanges.service)).splitlines())
    now = exchanges.service.clock.now
    assert (line["service"], line["namespaceName"], line["kind"]) == ("exchange", exchanges.name, "await")
    assert line["payload"] == {
        "name": item.name,
        "userId": "alice",
        "rateName": "later",
        "count": 2,
        "skipSeconds": 600,
        "lockSeconds": 3600,
        "config": [{"key": "size", "value": "5"}],
        "acquirableAt": now + HOUR_MS - 600_000,
        "exchangedAt": now,
        "createdAt": now,
        "revision": 2,
        "promised": ANY,
    }


async def test_an_await_that_came_back_gives_what_was_promised(exchanges):
    """Also when the rate has left the shop meanwhile."""
    service, item = exchanges.service, await exchanges.wait(values={"size": "5"})
    data = await _dump(service)
    await _clean(service)
    await exchanges.put_in_force()
    assert await _bring_back(service, data) == ["restored"]
    service.clock.now = item.acquirable_at
    await exchanges.as_player("Acquire", "alice", await_name=item.name)
    assert await exchanges.count("got") == 95


async def test_more_awaits_than_a_page_come_back(exchanges):
    """All have the same time, so that only their names distinguish them."""
    service, count = exchanges.service, PAGE_ROWS + 7
    for _ in range(count):
        await exchanges.wait()
    before = await exchanges.awaits()
    data = await _dump(service)
    assert len({json.loads(line)["payload"]["name"] for line in data.splitlines()}) == len(before) == count
    await _clean(service)
    assert await exchanges.awaits() == []
    assert await _bring_back(service, data) == ["restored"] * count
    assert _without_revision(await exchanges.awaits()) == _without_revision(before)


async def test_an_await_that_is_there_stays(exchanges):
    """An import takes back neither a skip nor anything else; what was given up meanwhile comes back."""
    there, gone = await exchanges.wait(), await exchanges.wait()
    data = await _dump(exchanges.service)
    skipped = await exchanges.skip(there.name, skip_type=COMPLETE)
    await exchanges.call("DeleteAwaitByUserId", **ALICE, await_name=gone.name)
    outcomes = await _bring_back(exchanges.service, data)
    assert sorted(outcomes) == ["is there already", "restored"]
    assert await exchanges.await_of(there.name) == skipped
    assert _without_revision([await exchanges.await_of(gone.name)]) == _without_revision([gone])
    assert await _bring_back(exchanges.service, data) == ["is there already"] * 2


async def test_neither_rate_nor_time_is_checked(exchanges):
    """Awaits whose rate left the master data are dumped, erased and brought back; without a namespace they are not."""
    item = await exchanges.wait(values={"size": "1"})
    await exchanges.put_in_force()
    data = await _dump(exchanges.service)
    await _clean(exchanges.service)
    assert await _bring_back(exchanges.service, data) == ["restored"]
    assert _without_revision(await exchanges.awaits()) == _without_revision([item])
    await exchanges.call("DeleteNamespace")
    assert await _dump(exchanges.service) == b""
    assert await _bring_back(exchanges.service, data) == ["no such namespace"]


async def test_only_a_dump_of_the_player_by_the_service_is_taken(exchanges):
    """Neither another player's, nor one of counters, nor one in which a reward was changed."""
    service = exchanges.service
    await exchanges.wait(values={"size": "1"})
    data = await _dump(service)
    changed = data.replace(b'"value":"1"', b'"value":"9"')
    assert changed != data
    for stub, messages, user_id, wrong in (
        (service.exchanges, pb, "bob", data),
        (service.exchanges, pb, "alice", changed),
        (service.limits, limit_pb, "alice", data),
    ):
        prepare = messages.PrepareImportUserDataByUserIdRequest(user_id=user_id)
        prepared = await stub.PrepareImportUserDataByUserId(prepare, metadata=service.admin)
        assert (await service.http("PUT", prepared.upload_url, data=wrong)).status == 204
        request = messages.ImportUserDataByUserIdRequest(user_id=user_id, upload_token=prepared.upload_token)
        with refused("USER_DATA_INVALID"):
            await stub.ImportUserDataByUserId(request, metadata=service.admin)


def _stored(service, text):
    """Return which files of the database hold a text."""
    path = service.settings.database_path
    files = {file.name: file.read_bytes() for file in path.parent.glob(f"{path.name}*")}
    assert files.keys() >= {path.name, f"{path.name}-wal"}
    return [name for name, data in files.items() if text.encode() in data]


async def test_the_database_holds_no_config_in_clear_text(exchanges):
    """A value may be a code: neither awaits hold it, nor results, stored responses, uploads, the log of writes."""
    service, values = exchanges.service, {"size": "1", "note": CANARY, "code": CANARY}
    passed_on = [{"key": "note", "value": "#{note}"}, {"key": "size", "value": "1"}]
    rates = [
        {"name": "nested", "acquireActions": [exchanges.create_await("later", config=passed_on)]},
        {"name": "coded", "verifyActions": [exchanges.verify_code()]},
        {"name": "later", "timingType": "await", "lockTime": 60, "acquireActions": [exchanges.down()]},
    ]
    await exchanges.put_in_force(*rates)
    await exchanges.buy("later", values=values, duplication_avoider="a")
    await exchanges.buy("nested", values=values, duplication_avoider="b")
    item = await exchanges.wait(values=values, duplication_avoider="c")
    with refused("CODE_NOT_FOUND"):
        await exchanges.buy("coded", values=values, duplication_avoider="d")
    await exchanges.skip(item.name, skip_type=COMPLETE)
    names = ALICE | {"await_name": item.name, "duplication_avoider": "e"}
    await exchanges.call("AcquireForceByUserId", **names, config=config(**values))
    await _bring_back(service, await _dump(service))
    kept = (await exchanges.awaits())[0].config
    assert CANARY in [each.value for each in kept]
    assert _stored(service, CANARY) == []
    assert _stored(service, item.name)  # what is not hidden is found so
