"""Signed sheets that were altered, are of another server, or have expired, are refused."""

import json

import pytest
from redeemd.idempotency.idempotency import REPLY_LIFETIME_MS
from redeemd.transaction.sheets import LIFETIME_MS
from support.exchanges import outcome
from support.service import refused, running
from support.sheets import make_sheets, whole


def _altered(text, **changes):
    """Return signed text whose body says something else."""
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
    """The context stack of another sheet is refused, as is an invented one."""
    signed, other = await whole(sheets), await whole(sheets)
    stack = (await sheets.verify_task(other)).context_stack
    await sheets.verify_task(signed)
    for wrong in (stack, stack[:-3], "{}", signed.tasks[0]):
        with refused("SHEET_INVALID") as refusal:
            await sheets.task(signed, context_stack=wrong)
        assert refusal.metadata["part"] == "context stack"


async def test_a_sheet_can_be_run_for_12_hours(own_sheets):
    """Not from then on; and the record of what was run is kept longer."""
    assert LIFETIME_MS < REPLY_LIFETIME_MS
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
