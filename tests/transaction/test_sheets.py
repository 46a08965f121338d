"""Signed sheets (semantics 5.7): what a call returns where a namespace runs no transactions, and how it is run."""

import asyncio
import json
from collections import Counter

import pytest
from support.exchanges import outcome
from support.service import refused
from support.sheets import Signed, whole


async def test_a_sheet_changes_nothing_until_it_is_run(own_sheets):
    """It says what would be run; the database is as it was."""
    exchanges = own_sheets.exchanges
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.up()], "acquireActions": [exchanges.down()]}
    )
    before = await own_sheets.service.dump()
    signed = Signed.of(await exchanges.buy(count=4))
    assert await own_sheets.service.dump() == before
    body = signed.body
    assert (body["userId"], body["transactionId"], len(signed.transaction_id)) == ("alice", signed.transaction_id, 36)
    assert body["timestamp"] == own_sheets.service.clock.now_ms()
    assert body["action"] == "Gs2Limit:CountDownByUserId"
    assert json.loads(body["args"])["countDownValue"] == 4
    (task,) = [json.loads(json.loads(task)["body"]) for task in body["tasks"]]
    assert (task["action"], json.loads(task["args"])["countUpValue"]) == ("Gs2Limit:CountUpByUserId", 4)


async def test_the_parts_run_one_after_the_other(sheets):
    """Verify task, tasks, sheet, each with the context stack of the one before; then there is a result of all."""
    signed = await whole(sheets)
    exchanges = sheets.exchanges
    verified = await sheets.verify_task(signed)
    first = await sheets.task(signed, 0, context_stack=verified.context_stack)
    assert (await exchanges.count(), await exchanges.count("got")) == (1, 10)
    second = await sheets.task(signed, 1, context_stack=first.context_stack)
    assert [answer.status_code for answer in (verified, first, second)] == [200, 200, 200]
    assert json.loads(second.result)["item"]["status"] == "USED"
    with refused("STAMP_SHEET_RESULT_NOT_FOUND"):
        await sheets.result(signed)
    last = await sheets.sheet(signed, context_stack=second.context_stack)
    assert (last.status_code, json.loads(last.result)["item"]["count"]) == (200, 7)
    assert await exchanges.count("got") == 7
    result = await sheets.result(signed)
    assert [action.action for action in result.task_requests] == [
        "Gs2Limit:CountUpByUserId",
        "Gs2SerialKey:UseByUserId",
    ]
    assert (list(result.verify_task_result_codes), list(result.task_result_codes)) == ([200], [200, 200])
    assert list(result.task_results) == [first.result, second.result]
    assert (result.sheet_result_code, result.sheet_result) == (200, last.result)
    assert (result.user_id, result.transaction_id) == ("alice", signed.transaction_id)
    assert result.stamp_sheet_result_id.endswith(f":user:alice:stampSheet:result:{signed.transaction_id}")


async def test_a_player_reads_the_result_of_an_own_sheet(sheets):
    """Of another player's there is none."""
    signed = await whole(sheets)
    await sheets.sheet(signed, "RunStampSheetExpress")
    for user_id, expected in (("alice", "OK"), ("bob", "STAMP_SHEET_RESULT_NOT_FOUND")):
        request = {"access_token": await sheets.service.token(user_id), "transaction_id": signed.transaction_id}
        assert await outcome(sheets.run("GetStampSheetResult", **request)) == expected


async def test_express_runs_all_of_it(sheets):
    """One call; the response has all codes and results."""
    signed = await whole(sheets)
    answer = await sheets.sheet(signed, "RunStampSheetExpress")
    assert list(answer.verify_task_result_codes) == [200]
    assert list(answer.task_result_codes) == [200, 200]
    assert answer.sheet_result_code == 200
    result = await sheets.result(signed)
    assert list(result.task_results) == list(answer.task_results)
    assert (await sheets.exchanges.count(), await sheets.exchanges.count("got")) == (1, 7)


@pytest.mark.parametrize("refusing", ["verify", "consume", "acquire"])
async def test_express_happens_as_a_whole_or_not_at_all(own_sheets, refusing):
    """The response ends with the code of the action that refuses, and the database is as before."""
    exchanges = own_sheets.exchanges
    never = {
        "verify": exchanges.verify("greater", 5),
        "consume": exchanges.use("no such code"),
        "acquire": exchanges.forget("nothing"),
    }
    actions = {"consume": [exchanges.up()]}
    actions[refusing] = [*actions.get(refusing, []), never[refusing]]
    signed = await own_sheets.sign(**actions)
    before = await own_sheets.service.dump()
    answer = await own_sheets.sheet(signed, "RunStampSheetExpress")
    codes = [*answer.verify_task_result_codes, *answer.task_result_codes]
    codes += [answer.sheet_result_code] if answer.HasField("sheet_result_code") else []
    assert codes == {"verify": [400], "consume": [200, 404], "acquire": [200, 404]}[refusing]
    assert await own_sheets.service.dump() == before


async def test_an_action_that_refuses_may_be_tried_again(sheets):
    """The response is the documented one, changes nothing, and the parts after it have to wait for it."""
    exchanges = sheets.exchanges
    signed = await sheets.sign(consume=[exchanges.up(maxValue=1)], acquire=[exchanges.issue()])
    await exchanges.limits.up(counter="bought", limit="ever")
    answer = await sheets.task(signed)
    assert (answer.status_code, answer.HasField("context_stack")) == (400, False)
    (error,) = json.loads(json.loads(answer.result)["message"])
    assert (error["component"], error["code"]) == ("counter", "limit.counter.overflow")
    with refused("SHEET_OUT_OF_ORDER"):
        await sheets.sheet(signed)
    await exchanges.limits.call("DeleteCounterByUserId", user_id="alice", limit_name="ever", counter_name="bought")
    assert (await sheets.task(signed)).status_code == 200
    assert (await sheets.sheet(signed)).status_code == 200


@pytest.mark.parametrize("rewards", [0, 3])
async def test_a_sheet_stands_for_any_number_of_acquire_actions(sheets, rewards):
    """None or several are one action, Redeem:AcquireAll, with a result for each."""
    exchanges = sheets.exchanges
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    signed = await sheets.sign(consume=[exchanges.up()], acquire=[exchanges.down() for _ in range(rewards)])
    assert signed.body["action"] == "Redeem:AcquireAll"
    await sheets.task(signed)
    answer = await sheets.sheet(signed)
    results = json.loads(answer.result).get("acquireResults", [])
    assert [json.loads(it["acquireResult"])["item"]["count"] for it in results] == [9, 8, 7][:rewards]
    assert (await sheets.result(signed)).sheet_request.action == "Redeem:AcquireAll"


async def test_no_part_runs_before_its_turn(own_sheets):
    """The server knows which parts have run, whatever context stack a client sends."""
    signed = await whole(own_sheets)
    stack = (await own_sheets.verify_task(signed)).context_stack
    before = await own_sheets.service.dump()
    for early in (own_sheets.task(signed, 1, context_stack=stack), own_sheets.sheet(signed, context_stack=stack)):
        with refused("SHEET_OUT_OF_ORDER") as refusal:
            await early
        assert refusal.metadata["transaction_id"] == signed.transaction_id
    assert await own_sheets.service.dump() == before


async def test_no_part_runs_twice(own_sheets):
    """Not by the same method nor by another that takes it, not with the stack of then, not after the sheet."""
    signed = await whole(own_sheets)
    await own_sheets.sheet(signed, "RunStampSheetExpress")
    before = await own_sheets.service.dump()
    count_up = {"stamp_task": signed.tasks[0], "key_id": signed.key_id}
    for again in (
        own_sheets.verify_task(signed),
        own_sheets.task(signed, 0),
        own_sheets.task(signed, 1),
        own_sheets.sheet(signed),
        own_sheets.sheet(signed, "RunStampSheetExpress"),
        own_sheets.sheet(signed, "CountDownByStampSheet"),
        own_sheets.run("CountUpByStampTask", **count_up),
    ):
        with refused("SHEET_PART_ALREADY_RUN"):
            await again
    assert await own_sheets.service.dump() == before


async def test_express_does_not_go_on_with_a_sheet_that_was_begun(sheets):
    """Its first part was run, so nothing of it is."""
    signed = await whole(sheets)
    await sheets.verify_task(signed)
    with refused("SHEET_PART_ALREADY_RUN"):
        await sheets.sheet(signed, "RunStampSheetExpress")
    assert await sheets.exchanges.count() == 0


async def test_a_repeated_call_with_its_key_gets_the_same_response(sheets):
    """A caller that lost a response gets it again; nothing happens a second time."""
    signed = await whole(sheets)
    calls = (
        lambda: sheets.verify_task(signed, headers=[("idempotency-key", "v")]),
        lambda: sheets.task(signed, 0, headers=[("idempotency-key", "t")]),
        lambda: sheets.task(signed, 1, headers=[("idempotency-key", "u")]),
        lambda: sheets.sheet(signed, headers=[("idempotency-key", "s")]),
    )
    for call in calls:
        assert await call() == await call()
    assert (await sheets.exchanges.count(), await sheets.exchanges.count("got")) == (1, 7)


@pytest.mark.parametrize("rpc", ["RunStampTask", "CountUpByStampTask"])
async def test_of_many_callers_one_runs_a_task(sheets, rpc):
    """The others receive that it was run."""
    exchanges = sheets.exchanges
    signed = await sheets.sign(consume=[exchanges.up()])
    part = {"stamp_task": signed.tasks[0], "key_id": signed.key_id}
    told = Counter(await asyncio.gather(*(outcome(sheets.run(rpc, **part)) for _ in range(20))))
    assert told == {"OK": 1, "SHEET_PART_ALREADY_RUN": 19}
    assert await exchanges.count() == 1


async def test_of_many_callers_one_runs_a_sheet(sheets):
    """By any of the methods that take it."""
    exchanges = sheets.exchanges
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    signed = await sheets.sign(acquire=[exchanges.down()])
    rpcs = ["RunStampSheet", "RunStampSheetExpress", "CountDownByStampSheet"] * 7
    told = Counter(await asyncio.gather(*(outcome(sheets.sheet(signed, rpc)) for rpc in rpcs)))
    assert told == {"OK": 1, "SHEET_PART_ALREADY_RUN": 20}
    assert await exchanges.count("got") == 9
