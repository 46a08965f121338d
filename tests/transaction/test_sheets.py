"""Signed sheets (semantics 5.7): what is answered where a namespace runs no transactions, and how it is run."""

import asyncio
import json
from collections import Counter

import pytest
from redeemd.idempotency.idempotency import ANSWER_LIFETIME_MS
from redeemd.transaction.sheets import LIFETIME_MS
from support.exchanges import outcome
from support.keys import key_of
from support.service import refused, running
from support.sheets import Signed, make_sheets


@pytest.fixture
async def sheets(service):
    """Namespaces of the test's own."""
    return await make_sheets(service)


@pytest.fixture
async def own_sheets(own_service):
    """The same, on a server whose clock stands still."""
    return await make_sheets(own_service)


async def whole(sheets, **fields):
    """Sign one of everything: verify that `got` is not full, pay by counting up and a code, receive `got`."""
    exchanges = sheets.exchanges
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=10)
    (code,) = await exchanges.world.codes(1)
    return await sheets.sign(
        verify=[exchanges.verify("greater", 0, counter="got")],
        consume=[exchanges.up(), exchanges.use(code)],
        acquire=[exchanges.down(countDownValue=3)],
        **fields,
    )


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
    """One call; the answer has all codes and results."""
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
    """The answer ends with the code of the action that refuses, and the database is as before."""
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
    """It is answered as the documents do, changes nothing, and the parts after it have to wait for it."""
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
    """Whatever context stack comes along: the server knows what was run."""
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


async def test_a_repeated_call_with_its_key_is_answered_the_same(sheets):
    """Who lost an answer gets it again; nothing happens a second time."""
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
    """The others are told that it was run."""
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


def _altered(text, **changes):
    """Answer signed text whose body says something else."""
    signed = json.loads(text)
    return json.dumps(signed | {"body": json.dumps(json.loads(signed["body"]) | changes)})


_TAMPERED = {
    "no JSON": lambda text: text[:-1],
    "no object": lambda _text: "[]",
    "no signature": lambda text: json.dumps({"body": json.loads(text)["body"]}),
    "empty signature": lambda text: json.dumps(json.loads(text) | {"signature": ""}),
    "signature of another kind": lambda text: json.dumps(json.loads(text) | {"signature": ["x"]}),
    "signature in another script": lambda text: json.dumps(json.loads(text) | {"signature": "ä"}),
    "another player": lambda text: _altered(text, userId="bob"),
    "another amount": lambda text: _altered(text, args='{"countUpValue":1000}'),
    "another action": lambda text: _altered(text, action="Gs2SerialKey:IssueOnce"),
    "younger": lambda text: _altered(text, timestamp=2**41),
    "no tasks": lambda text: _altered(text, tasks=[], verifyTasks=[]),
    "another number": lambda text: _altered(text, number=0),
}


@pytest.mark.parametrize("how", _TAMPERED)
async def test_what_was_altered_is_refused(own_sheets, how):
    """Task or sheet, and nothing is changed."""
    signed = await whole(own_sheets)
    before = await own_sheets.service.dump()
    alter = _TAMPERED[how]
    for rpc, field, text in (
        ("RunVerifyTask", "verify_task", signed.verify_tasks[0]),
        ("RunStampTask", "stamp_task", signed.tasks[0]),
        ("CountUpByStampTask", "stamp_task", signed.tasks[0]),
        ("RunStampSheet", "stamp_sheet", signed.sheet),
        ("RunStampSheetExpress", "stamp_sheet", signed.sheet),
    ):
        if alter(text) == text:
            continue
        with refused("SHEET_INVALID"):
            await own_sheets.run(rpc, key_id=signed.key_id, **{field: alter(text)})
    assert await own_sheets.service.dump() == before


async def test_no_byte_of_a_task_can_be_changed(sheets):
    """Each character of what is presented is under the signature, or the signature itself."""
    signed = await sheets.sign(consume=[sheets.exchanges.up()])
    text = signed.tasks[0]
    for place in range(0, len(text), 7):
        changed = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
        told = await outcome(sheets.run("RunStampTask", stamp_task=changed, key_id=signed.key_id))
        assert told == "SHEET_INVALID", (place, text[place])
    assert await sheets.exchanges.count() == 0


async def test_a_part_is_taken_only_for_what_it_is(own_sheets):
    """No task is a sheet, no verify task a task, none is run by the method of another action or of another key."""
    signed = await whole(own_sheets)
    await own_sheets.verify_task(signed)
    before = await own_sheets.service.dump()
    key = {"key_id": signed.key_id}
    for call in (
        own_sheets.run("RunStampTask", stamp_task=signed.verify_tasks[0], **key),
        own_sheets.run("RunVerifyTask", verify_task=signed.tasks[0], **key),
        own_sheets.run("RunStampSheet", stamp_sheet=signed.tasks[0], **key),
        own_sheets.run("RunStampTask", stamp_task=signed.sheet, **key),
        own_sheets.run("UseByStampTask", stamp_task=signed.tasks[0], **key),
        own_sheets.run("VerifyByStampTask", stamp_task=signed.verify_tasks[0], **key),
        own_sheets.run("DeleteByStampSheet", stamp_sheet=signed.sheet, **key),
        own_sheets.run("RunStampTask", stamp_task=signed.tasks[0], key_id=signed.key_id + "x"),
    ):
        with refused("SHEET_INVALID"):
            await call
    assert await own_sheets.service.dump() == before


async def test_a_context_stack_is_of_its_transaction(sheets):
    """That of another sheet is refused, and so is one that was made up."""
    signed, other = await whole(sheets), await whole(sheets)
    stack = (await sheets.verify_task(other)).context_stack
    await sheets.verify_task(signed)
    for wrong in (stack, stack[:-3], "{}", signed.tasks[0]):
        with refused("SHEET_INVALID") as refusal:
            await sheets.task(signed, context_stack=wrong)
        assert refusal.metadata["part"] == "context stack"


async def test_a_sheet_can_be_run_for_12_hours(own_sheets):
    """Not from then on; and what was run is remembered for longer."""
    assert LIFETIME_MS < ANSWER_LIFETIME_MS
    late, later = await whole(own_sheets), await whole(own_sheets)
    clock = own_sheets.service.clock
    clock.advance(seconds=LIFETIME_MS // 1000 - 1)
    await own_sheets.verify_task(late)
    clock.advance(seconds=1)
    before = await own_sheets.service.dump()
    for call in (own_sheets.task(late), own_sheets.verify_task(later), own_sheets.sheet(later, "RunStampSheetExpress")):
        with refused("SHEET_EXPIRED"):
            await call
    assert await own_sheets.service.dump() == before


async def test_a_sheet_of_another_server_is_refused(sheets, tmp_path):
    """It is signed with that one's key, though the id of the key is the same."""
    signed = await whole(sheets)
    async with running(tmp_path) as other:
        foreign = await make_sheets(other)
        await foreign.exchanges.limits.up(counter="got", limit="ever")
        assert (await foreign.sign(consume=[foreign.exchanges.up()])).key_id == signed.key_id
        with refused("SHEET_INVALID"):
            await foreign.verify_task(signed)


async def test_a_sheet_is_good_after_a_rotation(tmp_path):
    """The older key still opens, under its own id; new sheets are signed with the newer one."""
    first, second = (f"k{number}:{key * 43}=" for number, key in ((1, "A"), (2, "E")))
    async with running(tmp_path, master_key=first) as service:
        sheets = await make_sheets(service)
        old = await whole(sheets)
    async with running(tmp_path, master_key=f"{first} {second}") as service:
        sheets.exchanges.service = sheets.exchanges.limits.service = sheets.exchanges.world.service = service
        assert (await sheets.verify_task(old)).status_code == 200
        new = await whole(sheets)
        assert (old.key_id.rpartition(":")[2], new.key_id.rpartition(":")[2]) == ("k1", "k2")
        assert (await sheets.verify_task(new)).status_code == 200


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


async def test_an_exchange_by_sheet_inside_of_a_transaction_answers_the_sheet(sheets):
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


async def test_a_repeated_exchange_answers_the_same_sheet(sheets):
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
