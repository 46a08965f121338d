"""Signed sheets of incremental exchanges, awaits and nested exchanges, and the keys that run them."""

import json

from support.keys import key_of
from support.service import refused
from support.sheets import Signed


async def test_the_price_of_an_incremental_exchange_is_that_of_the_count(sheets):
    """Of two sheets with the same price one can be run; then the price is another."""
    exchanges = sheets.exchanges
    rising = exchanges.incremental(acquireActions=[exchanges.down()], maximumExchangeCount=3)
    await exchanges.put_in_force(incremental=[rising])
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    first, same = Signed.of(await exchanges.rise()), Signed.of(await exchanges.rise())
    assert (await sheets.sheet(first, "RunStampSheetExpress")).sheet_result_code == 200
    assert await exchanges.count("paid") == 10
    refusal = await sheets.sheet(same, "RunStampSheetExpress")
    assert (list(refusal.verify_task_result_codes), refusal.HasField("sheet_result_code")) == ([400], False)
    await sheets.sheet(Signed.of(await exchanges.rise(count=2)), "RunStampSheetExpress")
    assert (await exchanges.count("paid"), await exchanges.count("got")) == (10 + 20 + 30, 7)
    with refused("EXCHANGES_EXHAUSTED"):
        await exchanges.rise()


async def test_part_by_part_two_sheets_do_not_pay_the_same_price(sheets):
    """Both verified the count before either counted: the second cannot count."""
    exchanges = sheets.exchanges
    await exchanges.put_in_force(incremental=[exchanges.incremental()])
    signed = [Signed.of(await exchanges.rise()) for _ in range(2)]
    for each in signed:
        assert (await sheets.verify_task(each)).status_code == 200
    assert [(await sheets.task(each)).status_code for each in signed] == [200, 400]
    assert (await sheets.task(signed[0], 1)).status_code == 200
    with refused("SHEET_OUT_OF_ORDER"):
        await sheets.task(signed[1], 1)
    assert await exchanges.count("paid") == 10


async def test_an_await_is_made_and_acquired_by_sheets(own_sheets):
    """Two sheets for the same await, and it is acquired once."""
    exchanges = own_sheets.exchanges
    rate = {"name": "later", "timingType": "await", "lockTime": 1, "consumeActions": [exchanges.up()]}
    await exchanges.put_in_force(rate | {"acquireActions": [exchanges.issue()]})
    signed = Signed.of(await exchanges.buy("later"))
    assert signed.body["action"] == "Gs2Exchange:CreateAwaitByUserId"
    assert await exchanges.awaits() == []
    await own_sheets.sheet(signed, "RunStampSheetExpress")
    (waiting,) = await exchanges.awaits()
    with refused("AWAIT_LOCKED"):
        await exchanges.call("AcquireByUserId", user_id="alice", await_name=waiting.name)
    own_sheets.service.clock.advance(seconds=60)
    names = {"user_id": "alice", "await_name": waiting.name}
    first, second = [Signed.of(await exchanges.call("AcquireByUserId", **names)) for _ in range(2)]
    assert (await own_sheets.sheet(first, "RunStampSheetExpress")).sheet_result_code == 200
    assert list((await own_sheets.sheet(second, "RunStampSheetExpress")).task_result_codes) == [404]
    assert await exchanges.awaits() == []


async def test_a_sheet_runs_on_the_clock_of_its_player(own_sheets):
    """Signed for a player whose clock is a day ahead, it makes an await that began a day ahead."""
    exchanges = own_sheets.exchanges
    await exchanges.put_in_force({"name": "later", "timingType": "await", "lockTime": 1})
    token = await exchanges.offset_token("alice")
    signed = Signed.of(await exchanges.buy("later", time_offset_token=token))
    await own_sheets.sheet(signed)
    (waiting,) = await exchanges.awaits()
    assert waiting.exchanged_at == own_sheets.service.clock.now_ms() + 24 * 60 * 60 * 1000


async def test_an_exchange_by_sheet_inside_of_a_transaction_returns_the_sheet(sheets):
    """The transaction that issued it is done; the sheet is for its caller to run."""
    exchanges = sheets.exchanges
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    await exchanges.put_in_force({"name": "rate", "acquireActions": [exchanges.down()]})
    result = (await exchanges.run(acquire=[exchanges.exchange("rate")])).item
    answer = json.loads(result.acquire_results[0].acquire_result)
    assert (answer["autoRunStampSheet"], await exchanges.count("got")) == (False, 10)
    signed = Signed(answer["stampSheet"], answer["stampSheetEncryptionKeyId"], answer["transactionId"])
    assert (await sheets.sheet(signed)).status_code == 200
    assert await exchanges.count("got") == 9


async def test_a_sheet_whose_reward_is_another_exchange_names_its_transaction(sheets):
    """In the result, for who wants to know how that went."""
    exchanges = sheets.exchanges
    await exchanges.call("UpdateNamespace", transaction_setting={"enable_auto_run": True})
    await exchanges.put_in_force({"name": "inner"})
    await exchanges.call("UpdateNamespace", transaction_setting={})
    outer = {"name": "outer", "acquireActions": [exchanges.exchange("inner")]}
    await exchanges.put_in_force({"name": "inner"}, outer)
    signed = Signed.of(await exchanges.buy("outer"))
    answer = await sheets.sheet(signed, "ExchangeByStampSheet")
    assert (await sheets.result(signed)).next_transaction_id == answer.transaction_id
    assert len(answer.transaction_id) == 36


async def test_a_repeated_exchange_returns_the_same_sheet(sheets):
    """With its idempotency key; without one it is another transaction."""
    exchanges = sheets.exchanges
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    first, again, other = [
        await exchanges.buy(headers=headers) for headers in ([("idempotency-key", "k")], [("idempotency-key", "k")], [])
    ]
    assert first == again
    assert other.transaction_id != first.transaction_id


async def test_a_key_runs_sheets_of_its_namespaces(sheets):
    """Of the namespace of the exchange; what the master data names there was decided by operators."""
    exchanges = sheets.exchanges
    signed = await sheets.sign(consume=[exchanges.up()])
    part = {"stamp_task": signed.tasks[0], "key_id": signed.key_id}
    elsewhere, there = [
        await key_of(sheets.service, "server", namespace_names=[name])
        for name in (exchanges.limits.name, exchanges.name)
    ]
    for rpc in ("RunStampTask", "CountUpByStampTask"):
        with refused("NAMESPACE_NOT_ALLOWED"):
            await sheets.run(rpc, metadata=elsewhere, **part)
    assert (await sheets.run("RunStampTask", metadata=there, **part)).status_code == 200
    await sheets.sheet(signed)
    names = {"user_id": "alice", "transaction_id": signed.transaction_id}
    with refused("NAMESPACE_NOT_ALLOWED"):
        await sheets.run("GetStampSheetResultByUserId", metadata=elsewhere, **names)
