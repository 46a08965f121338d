"""Which calls emit which event: each kind once, with its content; and which calls emit none."""

import asyncio

import pytest
from redeem.event.v1 import resources_pb2 as pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.options.v1 import options_pb2
from redeemd.event.recorder import Events, emits
from support.events import told, watching
from support.exchanges import make_exchanges
from support.keys import key_of
from support.limits import make_limits
from support.service import refused
from support.sheets import make_sheets

ISSUED = options_pb2.EVENT_KIND_ISSUED
REDEEMED = options_pb2.EVENT_KIND_REDEEMED
REVERTED = options_pb2.EVENT_KIND_REVERTED
COUNTED = options_pb2.EVENT_KIND_COUNTED
EXCHANGED = options_pb2.EVENT_KIND_EXCHANGED
AWAIT_CREATED = options_pb2.EVENT_KIND_AWAIT_CREATED
AWAIT_SKIPPED = options_pb2.EVENT_KIND_AWAIT_SKIPPED
AWAIT_DELETED = options_pb2.EVENT_KIND_AWAIT_DELETED
ACQUIRED = options_pb2.EVENT_KIND_ACQUIRED
SWITCHED = options_pb2.EVENT_KIND_SWITCHED
_INACTIVE = 2


def kinds(events):
    """Return the kinds of events."""
    return [event.kind for event in events]


async def test_a_use_emits_an_event_with_the_player_and_the_code(service, world):
    """REDEEMED says who used which code, of which campaign, by which method, and when."""
    [code] = await world.codes(1)
    used = await world.as_player("Use", "alice", code=code)
    [event] = await told(service, 1, namespace_names=[world.name], kinds=[REDEEMED])
    assert (event.service, event.namespace_name, event.user_id) == ("serialKey", world.name, "alice")
    assert event.method == "redeem.serialkey.v1.SerialKeyService/Use"
    assert event.at == used.item.used_at
    assert not event.HasField("transaction_id")
    assert event.redemption == pb.Redemption(campaign_model_name="spring", code=code, revision=1)


async def test_a_use_and_its_revert_emit_events_in_order(service, world):
    """Use, revert, use: three events whose revisions grow."""
    [code] = await world.codes(1)
    for rpc in ("UseByUserId", "RevertUseByUserId", "UseByUserId"):
        await world.call(rpc, user_id="alice", code=code)
    events = await told(service, 3, namespace_names=[world.name], kinds=[REDEEMED, REVERTED])
    assert kinds(events) == [REDEEMED, REVERTED, REDEEMED]
    assert {event.redemption.code for event in events} == {code}
    revisions = [event.redemption.revision for event in events]
    assert revisions[0] < revisions[2]


async def test_each_use_of_a_campaign_code_emits_an_event(service):
    """It has no row of its own, and emits an event all the same; reverting its use does nothing and emits none."""
    world = await service.world("open", campaign_codes=("open",))
    for player in ("alice", "bob"):
        await world.as_player("Use", player, code="open")
    await world.call("RevertUseByUserId", user_id="bob", code="open")
    events = await told(service, 2, namespace_names=[world.name])
    assert [event.user_id for event in events] == ["alice", "bob"]
    wanted = pb.Redemption(campaign_model_name="open", campaign_code=True)
    assert [event.redemption for event in events] == [wanted, wanted]


async def test_issuing_emits_events(service, world):
    """Issue and IssueBatch emit an event about the batch, IssueOnce about its code, an import about what came in."""
    job = await world.issue(7)
    big = (await world.call("IssueBatch", campaign_model_name="spring", count=1000)).item
    single = (await world.call("IssueOnce", campaign_model_name="spring")).item
    imported = (await world.bring(["OLD-1", "OLD-2"])).item
    events = await told(service, 4, namespace_names=[world.name])
    assert kinds(events) == [ISSUED] * 4
    assert [event.issue for event in events] == [
        pb.Issue(campaign_model_name="spring", issue_job_name=job.name, count=7),
        pb.Issue(campaign_model_name="spring", issue_job_name=big.name, count=1000),
        pb.Issue(campaign_model_name="spring", count=1, code=single.code),
        pb.Issue(campaign_model_name="spring", issue_job_name=imported.name, count=2, imported=True),
    ]


async def test_an_event_shows_an_imported_code_as_it_was_imported(service, world):
    """Its text is opened again when the event is read."""
    await world.bring(["OLD-1", "OLD-2"])
    await world.bring(["OLD-3"])
    for code in ("OLD-2", "OLD-3"):
        await world.as_player("Use", "alice", code=code)
    events = await told(service, 2, namespace_names=[world.name], kinds=[REDEEMED])
    assert [event.redemption.code for event in events] == ["OLD-2", "OLD-3"]


async def test_switching_emits_events(service, world):
    """A code, a batch, its validity and a campaign: what was switched, to what, and why."""
    job = await world.issue(1)
    [key] = await world.keys(job)
    off = {"availability": _INACTIVE, "reason": "leaked"}
    await world.call("SetSerialKeyStatus", code=key.code, **off)
    batch = {"campaign_model_name": "spring", "issue_job_name": job.name}
    await world.call("SetIssueJobStatus", **batch, **off)
    await world.call("SetIssueJobValidity", **batch, valid_until=946_684_800_000)
    await world.call("SetCampaignStatus", campaign_model_name="spring", availability=1)
    events = await told(service, 4, namespace_names=[world.name], kinds=[SWITCHED])
    assert [event.switch.revision > 0 for event in events] == [True] * 4
    for event in events:
        event.switch.ClearField("revision")
    assert [event.switch for event in events] == [
        pb.Switch(campaign_model_name="spring", code=key.code, active=False, reason="leaked"),
        pb.Switch(campaign_model_name="spring", issue_job_name=job.name, active=False, reason="leaked"),
        pb.Switch(
            campaign_model_name="spring",
            issue_job_name=job.name,
            active=False,
            reason="leaked",
            valid_until=946_684_800_000,
        ),
        pb.Switch(campaign_model_name="spring", active=True),
    ]


async def test_counting_emits_events_with_the_new_count(service):
    """Up, down and removed: by how much, and the count afterwards."""
    limits = await make_limits(service)
    await limits.up(count_up_value=5)
    counter = {"user_id": "alice", "limit_name": "daily", "counter_name": "c"}
    await limits.call("CountDownByUserId", **counter, count_down_value=2)
    await limits.call("DeleteCounterByUserId", **counter)
    events = await told(service, 3, namespace_names=[limits.name])
    assert kinds(events) == [COUNTED] * 3
    assert {(event.service, event.user_id) for event in events} == {("limit", "alice")}
    names = {"limit_name": "daily", "counter_name": "c"}
    assert [event.counting for event in events] == [
        pb.Counting(**names, change=5, count=5, revision=1),
        pb.Counting(**names, change=-2, count=3, revision=2),
        pb.Counting(**names, count=3, deleted=True, revision=2),
    ]


async def test_the_event_of_an_exchange_follows_those_of_its_actions(service):
    """All events of a transaction have its id, and those of exchanges inside of it too."""
    exchanges = await make_exchanges(service)
    inner = {"name": "inner", "timingType": "immediate", "acquireActions": [exchanges.issue()]}
    outer = {
        "name": "outer",
        "timingType": "immediate",
        "consumeActions": [exchanges.up(), exchanges.use()],
        "acquireActions": [exchanges.exchange("inner")],
    }
    await exchanges.put_in_force(inner, outer)
    [code] = await exchanges.world.codes(1)
    answer = await exchanges.buy("outer", values={"code": code})
    names = [exchanges.name, exchanges.limits.name, exchanges.world.name]
    events = await told(service, 6, namespace_names=names)
    assert kinds(events) == [ISSUED, COUNTED, REDEEMED, ISSUED, EXCHANGED, EXCHANGED]
    assert {event.transaction_id for event in events[1:]} == {answer.transaction_id}
    assert [event.exchange.rate_name for event in events[4:]] == ["inner", "outer"]
    assert [event.user_id for event in events[1:]] == ["alice", "alice", "", "alice", "alice"]


async def test_a_sheet_emits_events_when_it_is_run(service):
    """Not when a call returns it; its parts emit events as they run, with the id of its transaction."""
    sheets = await make_sheets(service)
    exchanges = sheets.exchanges
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    signed = await sheets.sign(consume=[exchanges.up()], acquire=[exchanges.down(countDownValue=3)])
    names = [exchanges.name, exchanges.limits.name]
    assert len(await told(service, 1, namespace_names=names)) == 1
    await sheets.sheet(signed, "RunStampSheetExpress")
    with refused("SHEET_PART_ALREADY_RUN"):
        await sheets.sheet(signed)
    _, *events = await told(service, 3, namespace_names=names)
    assert [event.counting.change for event in events] == [1, -3]
    assert {event.transaction_id for event in events} == {signed.transaction_id}


async def test_an_incremental_exchange_emits_an_event(service):
    """It says that the price rises, and how often it was exchanged."""
    exchanges = await make_exchanges(service)
    await exchanges.put_in_force(incremental=[exchanges.incremental()])
    await exchanges.rise(count=3)
    events = await told(service, 1, namespace_names=[exchanges.name])
    assert [event.exchange for event in events] == [pb.Exchange(rate_name="rising", count=3, incremental=True)]


async def test_awaits_emit_events_from_creation_to_end(service):
    """Made by an exchange, made shorter, acquired, which removes it; and one that is given up."""
    exchanges = await make_exchanges(service, enable_await_exchange=True)
    later = {"name": "later", "timingType": "await", "lockTime": 60, "acquireActions": [exchanges.issue()]}
    await exchanges.put_in_force(later)
    await exchanges.buy("later")
    [item] = await exchanges.awaits()
    await exchanges.skip(item.name)
    await exchanges.call("AcquireByUserId", user_id="alice", await_name=item.name)
    other = await exchanges.wait_for("later")
    await exchanges.call("DeleteAwaitByUserId", user_id="alice", await_name=other)
    events = await told(service, 7, namespace_names=[exchanges.name])
    assert kinds(events) == [
        AWAIT_CREATED,
        EXCHANGED,
        AWAIT_SKIPPED,
        AWAIT_DELETED,
        ACQUIRED,
        AWAIT_CREATED,
        AWAIT_DELETED,
    ]
    names = [getattr(event, "await").await_name for event in events if event.HasField("await")]
    assert names == [item.name] * 4 + [other] * 2
    assert getattr(events[4], "await").count == 1


async def test_effects_that_did_not_happen_emit_no_event(service):
    """Refusals, dry runs, preflights, repeated keys and transactions that fail at their end emit no event."""
    exchanges = await make_exchanges(service)
    world = exchanges.world
    codes = await world.codes(2)
    await world.as_player("Use", "alice", code=codes[0], headers=[("x-dry-run", "true")])
    once = [("idempotency-key", "once")]
    for _ in range(3):
        await world.as_player("Use", "alice", code=codes[0], headers=once)
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "bob", code=codes[0])
    actions = {"consume": [exchanges.up(), exchanges.use(codes[1]), exchanges.use(codes[0])]}
    await exchanges.run("Preflight", **actions)
    with refused("CODE_STATUS_INVALID"):
        await exchanges.run(**actions)
    names = [exchanges.limits.name, world.name]
    events = await told(service, 2, namespace_names=names)
    assert kinds(events) == [ISSUED, REDEEMED]


async def test_codes_are_shown_as_the_role_may_see_them(service, world):
    """Whole to admin and issuer, masked to read, not at all to server."""
    [code] = await world.codes(1)
    await world.as_player("Use", "alice", code=code)
    seen = {}
    for role in ("issuer", "read", "server"):
        metadata = await key_of(service, role)
        [event] = await told(service, 1, metadata=metadata, namespace_names=[world.name], kinds=[REDEEMED])
        seen[role] = event.redemption.code
    assert seen["issuer"] == code
    assert seen["read"][:5] == code[:5]
    assert code not in seen["read"]
    assert seen["server"] == ""


async def test_events_of_a_deleted_namespace_are_sent_without_codes(own_service):
    """The events are still sent, but a server that starts after the deletion can no longer compute their codes."""
    world = await own_service.world()
    [code] = await world.codes(1)
    await world.as_player("Use", "alice", code=code)
    await world.call("DeleteNamespace")
    [event] = await told(own_service, 1, namespace_names=[world.name], kinds=[REDEEMED])
    assert event.redemption == pb.Redemption(campaign_model_name="spring", revision=1)


async def test_concurrent_calls_emit_one_event_each(service):
    """200 callers of one counter: 200 events, with every count from 1 to 200."""
    limits = await make_limits(service)
    request = limit_pb.CountUpByUserIdRequest(
        namespace_name=limits.name, limit_name="daily", counter_name="c", user_id="alice"
    )
    async with watching(service, namespace_names=[limits.name]) as watcher:
        calls = [service.limits.CountUpByUserId(request, metadata=service.admin) for _ in range(200)]
        await asyncio.gather(*calls)
        await watcher.until(200)
    assert sorted(event.counting.count for event in watcher.events) == list(range(1, 201))


async def test_no_code_is_written_into_an_event(own_service):
    """Neither a serial code, however it is spelled, nor an imported one is in the table."""
    world = await own_service.world()
    codes = [*await world.codes(2), (await world.call("IssueOnce", campaign_model_name="spring")).item.code]
    await world.bring(["IMPORTED-CODE-1"])
    for code in (*codes, "IMPORTED-CODE-1"):
        await world.as_player("Use", "alice", code=code.lower() if "-CODE-" not in code else code)
        await world.call("RevertUseByUserId", user_id="alice", code=code)
        await world.call("SetSerialKeyStatus", code=code, availability=_INACTIVE)
    rows = "".join((await own_service.dump())["event"]).upper()
    assert "SPRING" in rows
    for text in (*codes, *(code.replace("-", "") for code in codes), "IMPORTED-CODE"):
        assert text not in rows


def test_contract_and_servicer_have_to_agree_on_events():
    """A method with an event in its policy and without @emits, or the other way round, stops the server at start-up."""
    events = Events(kept=True, wake=lambda: None)
    with pytest.raises(TypeError):
        events.recorder(options_pb2.Policy(event=REDEEMED), object(), "a method")

    @emits(lambda *_: None)
    def method():
        pass

    with pytest.raises(TypeError):
        events.recorder(options_pb2.Policy(), method, "a method")
