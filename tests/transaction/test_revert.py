"""RevertTransaction undoes what a transaction did, once, or changes nothing."""

import asyncio
import itertools
import json

import grpc
import pytest
from redeem.options.v1 import options_pb2
from redeem.transaction.v1 import requests_pb2 as pb
from support.events import told
from support.exchanges import action, make_exchanges, outcome
from support.patience import WAIT_SECONDS
from support.reverting import revert
from support.service import refused
from support.sheets import whole

ACTIVE, USED = 1, 2
A_DAY = 24 * 60 * 60
COUNTERS = ("bought", "got", "paid", "chosen", "inside", "given")


async def statuses(exchanges, codes):
    """Return the statuses of codes."""
    return [(await exchanges.world.call("GetSerialKey", code=code)).item.status for code in codes]


async def state(exchanges, codes):
    """Return what transactions change: all counters, and the statuses of codes."""
    return [await exchanges.count(name) for name in COUNTERS], await statuses(exchanges, codes)


async def result_of(exchanges, transaction_id, user_id="alice"):
    """Return the stored result of a transaction."""
    request = pb.GetTransactionResultByUserIdRequest(user_id=user_id, transaction_id=transaction_id)
    answer = await exchanges.service.transactions.GetTransactionResultByUserId(
        request, metadata=exchanges.service.admin
    )
    return answer.item


async def everything(exchanges, codes):
    """Exchange by a rate with each reversible action, also in what its actions issue; return the transaction's id."""
    await exchanges.world.call("UseByUserId", user_id="alice", code=codes[0])
    for counter in ("got", "given"):
        await exchanges.limits.up(counter=counter, limit="ever", count_up_value=10)
    if_true = action(
        "Gs2Distributor:IfExpressionByUserId",
        userId="#{userId}",
        condition=exchanges.verify("equal", 10, counter="got"),
        trueActions=[exchanges.up("chosen", countUpValue=3, maxValue=5)],
        falseActions=[],
    )
    await exchanges.put_in_force(
        {
            "name": "rate",
            "verifyActions": [exchanges.verify("equal", 0)],
            "consumeActions": [exchanges.up(), if_true, exchanges.use(codes[1])],
            "acquireActions": [
                exchanges.down(countDownValue=2),
                exchanges.revert(codes[0]),
                exchanges.exchange("inner", count=2),
                action(
                    "Gs2Exchange:IncrementalExchangeByUserId",
                    namespaceName=exchanges.name,
                    rateName="rising",
                    userId="#{userId}",
                    count=2,
                ),
            ],
        },
        {"name": "inner", "consumeActions": [exchanges.up("inside")], "acquireActions": [exchanges.down("given")]},
        incremental=[exchanges.incremental()],
    )
    return (await exchanges.buy()).transaction_id


async def test_what_a_transaction_did_is_undone(here):
    """Each reversible action, those of nested transactions and expressions included."""
    codes = await here.world.codes(2)
    transaction_id = await everything(here, codes)
    assert await state(here, codes) == ([1, 8, 30, 3, 2, 8], [ACTIVE, USED])
    item = await revert(here, transaction_id)
    assert await state(here, codes) == ([0, 10, 0, 0, 0, 10], [USED, ACTIVE])
    assert [each.action for each in item.acquire_results] == [
        "Gs2Limit:CountDownByUserId",  # the price of the incremental exchange
        "Gs2Limit:CountDownByUserId",  # its count
        "Gs2Limit:CountDownByUserId",  # the price of the inner exchange
        "Gs2SerialKey:RevertUseByUserId",
        "Gs2Limit:CountDownByUserId",  # of the expression
        "Gs2Limit:CountDownByUserId",
    ]
    assert item == await result_of(here, item.transaction_id)
    assert (await result_of(here, transaction_id)).reverted_by == item.transaction_id


@pytest.mark.parametrize("by", ["RunTransaction", "IfExpressionByUserId"])
async def test_each_call_that_returns_an_id_can_be_reverted(here, by):
    """Also transactions that no rate defines."""
    if by == "RunTransaction":
        item = (await here.run(consume=[here.up()])).item
    else:
        plain = [
            json.loads(json.dumps(each).replace("#{userId}", "alice")) for each in (here.verify("equal", 0), here.up())
        ]
        request = pb.IfExpressionByUserIdRequest(user_id="alice", condition=plain[0], true_actions=plain[1:])
        item = (await here.service.transactions.IfExpressionByUserId(request, metadata=here.service.admin)).item
    assert await here.count() == 1
    await revert(here, item.transaction_id)
    assert await here.count() == 0


async def test_a_sheet_is_reverted_once_all_its_parts_have_run(own_sheets):
    """Before, its result does not exist; then it says which transaction reverted it."""
    here = own_sheets.exchanges
    signed = await whole(own_sheets)
    before = await state(here, [])
    await own_sheets.run("RunVerifyTask", verify_task=signed.verify_tasks[0], key_id=signed.key_id)
    for number in range(2):
        await own_sheets.task(signed, number)
        with refused("TRANSACTION_RESULT_NOT_FOUND"):
            await revert(here, signed.transaction_id)
    await own_sheets.sheet(signed)
    item = await revert(here, signed.transaction_id)
    assert await state(here, []) == before
    assert (await own_sheets.result(signed)).reverted_by == item.transaction_id
    with refused("TRANSACTION_ALREADY_REVERTED"):
        await revert(here, signed.transaction_id)


async def test_a_sheet_with_several_rewards_is_reverted(own_sheets):
    """They are one action of the sheet."""
    here = own_sheets.exchanges
    for counter in ("got", "given"):
        await here.limits.up(counter=counter, limit="ever", count_up_value=10)
    signed = await own_sheets.sign(consume=[here.up()], acquire=[here.down("got"), here.down("given")])
    await own_sheets.sheet(signed, "RunStampSheetExpress")
    await revert(here, signed.transaction_id)
    assert [await here.count(name) for name in ("bought", "got", "given")] == [0, 10, 10]


async def test_a_transaction_is_reverted_once(here):
    """The refusal names the transaction that reverted it; an idempotency key gets the stored response."""
    first = (await here.run(consume=[here.up(), here.up()])).item
    keyed = [("idempotency-key", "k")]
    item = await revert(here, first.transaction_id, headers=keyed)
    assert await revert(here, first.transaction_id, headers=keyed) == item
    with refused("TRANSACTION_ALREADY_REVERTED") as refusal:
        await revert(here, first.transaction_id)
    assert refusal.code == grpc.StatusCode.ALREADY_EXISTS
    assert refusal.metadata["reverted_by"] == item.transaction_id
    with refused("IDEMPOTENCY_KEY_REUSED"):
        await revert(here, (await here.run(consume=[here.up()])).item.transaction_id, headers=keyed)


async def test_a_reversal_is_a_transaction(here):
    """It is reverted in turn: then the first transaction is in effect again."""
    first = (await here.run(consume=[here.up()])).item
    second = await revert(here, first.transaction_id)
    await revert(here, second.transaction_id)
    assert await here.count() == 1
    with refused("TRANSACTION_ALREADY_REVERTED"):
        await revert(here, first.transaction_id)


async def test_a_dry_run_shows_the_reverses_and_changes_nothing(here):
    """Not even whether it was reverted."""
    item = (await here.run(consume=[here.up()])).item
    planned = await revert(here, item.transaction_id, headers=[("x-dry-run", "true")])
    assert [each.action for each in planned.acquire_results] == ["Gs2Limit:CountDownByUserId"]
    assert await here.count() == 1
    await revert(here, item.transaction_id)


async def test_a_reversal_is_audited(own_service):
    """Besides the events of the reverses, with the id of the transaction that was reverted."""
    here = await make_exchanges(own_service)
    item = (await here.run(consume=[here.up()])).item
    reversal = await revert(here, item.transaction_id)
    [administered] = await told(own_service, 1, services=["transaction"], kinds=[options_pb2.EVENT_KIND_ADMINISTERED])
    assert administered.method == "redeem.transaction.v1.TransactionService/RevertTransaction"
    assert (administered.user_id, administered.administration.resource_name) == ("alice", item.transaction_id)
    *_, counted = await told(own_service, 2, kinds=[options_pb2.EVENT_KIND_COUNTED])
    assert (counted.transaction_id, counted.user_id) == (reversal.transaction_id, "alice")


async def test_of_racing_reversals_one_wins(servers):
    """On all replicas at once, with and without keys: exactly once, and each loser learns who won."""
    there = [await make_exchanges(servers[0])]
    there += [type(there[0])(each, there[0].name, there[0].limits, there[0].world) for each in servers[1:]]
    ids = [(await there[0].run(consume=[there[0].up()], user_id="alice")).item.transaction_id for _ in range(10)]

    async def attempt(number, transaction_id):
        keys = [("idempotency-key", f"{transaction_id}/{number}")] if number % 2 else []
        try:
            return (await revert(there[number % len(there)], transaction_id, headers=keys)).transaction_id
        except grpc.aio.AioRpcError as error:
            return error

    attempts = list(itertools.product(range(6), ids))
    async with asyncio.timeout(WAIT_SECONDS):
        found = await asyncio.gather(*(attempt(*each) for each in attempts))
    assert await there[0].count() == 0
    for transaction_id in ids:
        mine = [each for (_, of), each in zip(attempts, found, strict=True) if of == transaction_id]
        [winner] = [each for each in mine if isinstance(each, str)]
        assert (await result_of(there[0], transaction_id)).reverted_by == winner
        assert await outcome(revert(there[0], transaction_id)) == "TRANSACTION_ALREADY_REVERTED"
