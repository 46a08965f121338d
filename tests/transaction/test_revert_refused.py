"""What RevertTransaction refuses, and that it then changes nothing."""

import uuid

import grpc
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from support.exchanges import make_exchanges
from support.keys import key_of
from support.reverting import revert
from support.service import refused

ACTIVE = 1
A_DAY = 24 * 60 * 60


async def test_a_sheet_that_a_transaction_issued_is_no_part_of_it(here):
    """Whether the player ran or will run it is unknown, so the action that issued it has no reverse."""
    signing = await make_exchanges(here.service, transaction_setting={})
    await signing.put_in_force({"name": "rate", "consumeActions": [signing.up()]})
    item = (await here.run(consume=[here.up()], acquire=[signing.exchange("rate")])).item
    with refused("TRANSACTION_IRREVERSIBLE") as refusal:
        await revert(here, item.transaction_id)
    assert refusal.metadata["actions"] == "acquireActions[0] Gs2Exchange:ExchangeByUserId"


async def test_actions_without_a_reverse_are_listed(here):
    """By their path and name, those of nested transactions included; nothing is changed."""
    await here.call("UpdateNamespace", enable_await_exchange=True, enable_direct_exchange=True)
    await here.put_in_force(
        {"name": "later", "timingType": "await", "lockTime": 10, "consumeActions": [here.up()]},
        {"name": "prize", "acquireActions": [here.down("got"), here.issue()]},
    )
    await here.limits.up(counter="got", limit="ever", count_up_value=10)
    given = [here.exchange("prize"), here.create_await("later"), here.exchange("later")]
    item = (await here.run(consume=[here.up()], acquire=given)).item
    before = [await here.count(counter) for counter in ("bought", "got")]
    with refused("TRANSACTION_IRREVERSIBLE") as refusal:
        await revert(here, item.transaction_id)
    assert refusal.code == grpc.StatusCode.FAILED_PRECONDITION
    assert refusal.metadata["count"] == "3"
    assert refusal.metadata["actions"].split(", ") == [
        "acquireActions[0]/acquireActions[1] Gs2SerialKey:IssueOnce",
        "acquireActions[1] Gs2Exchange:CreateAwaitByUserId",
        "acquireActions[2]/acquireActions[0] Gs2Exchange:CreateAwaitByUserId",
    ]
    assert [await here.count(counter) for counter in ("bought", "got")] == before


async def test_an_await_that_was_acquired_stays_acquired(here):
    """Its deletion has no reverse."""
    await here.call("UpdateNamespace", enable_await_exchange=True)
    await here.put_in_force({"name": "later", "timingType": "await", "lockTime": 0})
    request = exchange_pb.AcquireByUserIdRequest(
        namespace_name=here.name, user_id="alice", await_name=await here.wait_for("later")
    )
    answer = await here.service.exchanges.AcquireByUserId(request, metadata=here.service.admin)
    with refused("TRANSACTION_IRREVERSIBLE") as refusal:
        await revert(here, answer.transaction_id)
    assert refusal.metadata["actions"] == "consumeActions[0] Gs2Exchange:DeleteAwaitByUserId"


async def test_what_was_reverted_by_hand_fails(here):
    """With the reason and place of the reverse that fails; nothing is changed, and it can be tried again."""
    (code,) = await here.world.codes(1)
    item = (await here.run(consume=[here.use(code), here.up()])).item
    await here.world.call("RevertUseByUserId", user_id="alice", code=code)
    with refused("CODE_STATUS_INVALID") as refusal:
        await revert(here, item.transaction_id)
    found = [refusal.metadata[name] for name in ("action", "action_index", "action_path")]
    assert found == ["Gs2SerialKey:RevertUseByUserId", "1", "acquireActions[1]"]
    assert await here.count() == 1
    await here.world.call("UseByUserId", user_id="alice", code=code)
    await revert(here, item.transaction_id)
    status = (await here.world.call("GetSerialKey", code=code)).item.status
    assert (await here.count(), status) == (0, ACTIVE)


async def test_only_the_transactions_of_a_player_are_found(here):
    """Neither others nor those of other players."""
    item = (await here.run(consume=[here.up()])).item
    for user_id, transaction_id in (("bob", item.transaction_id), ("alice", str(uuid.uuid4()))):
        with refused("TRANSACTION_RESULT_NOT_FOUND"):
            await revert(here, transaction_id, user_id)
    assert await here.count() == 1


async def test_a_day_later_it_is_too_late(own_sheets):
    """But a reversal itself can be repeated for a day, and shown as long."""
    here, service = own_sheets.exchanges, own_sheets.service
    early, late = [(await here.run(consume=[here.up()])).item.transaction_id for _ in range(2)]
    keyed = [("idempotency-key", "k")]
    service.clock.advance(seconds=A_DAY - 10)
    item = await revert(here, early, headers=keyed)
    service.clock.advance(seconds=20)
    with refused("TRANSACTION_RESULT_NOT_FOUND"):
        await revert(here, late)
    assert await revert(here, early, headers=keyed) == item
    with refused("TRANSACTION_ALREADY_REVERTED"):
        await revert(here, early)


async def test_whoever_may_call_the_reverses_may_revert(here):
    """In the namespaces of the transaction and of each reverse."""
    await here.put_in_force({"name": "rate", "consumeActions": [here.up()]})
    exchanged = (await here.buy()).transaction_id
    both = [here.name, here.limits.name]
    for names in ([here.name], [here.limits.name]):
        with refused("NAMESPACE_NOT_ALLOWED"):
            key = await key_of(here.service, "server", namespace_names=names)
            await revert(here, exchanged, key=key)
    with refused("ROLE_NOT_ALLOWED"):
        await revert(here, exchanged, key=await key_of(here.service, "issuer"))
    key = await key_of(here.service, "server", namespace_names=both)
    item = await revert(here, exchanged, key=key)
    assert sorted(item.namespace_names) == sorted(both)
