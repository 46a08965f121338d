"""Importing under an idempotency key: what was lost on the way can be sent again."""

import asyncio

import grpc
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from support.imports import CONFLICT, OpenImport, counts, jobs, listed, message, send
from support.patience import WAIT_SECONDS
from support.service import read_refusal, refused

CODES = [f"SUMMER-{n}" for n in range(1500)]
KEY = [("idempotency-key", "k")]


async def test_the_same_codes_under_the_same_key_are_imported_once(world):
    """In other pieces too: the same response, one batch, and not the conflict that a new call would get."""
    first = await world.bring(CODES, piece=1000, headers=KEY)
    for piece in (1000, 300, 1500):
        assert await world.bring(CODES, piece=piece, headers=KEY) == first
    assert await jobs(world) == [first.item]
    assert counts(await world.bring(CODES)) == {CONFLICT: 1500}


async def test_a_repeated_import_that_skipped_problems_gets_the_same_response(world):
    """The repeated one finds nothing but conflicts, and returns what the first one did."""
    codes = [*CODES[:100], *CODES[:50], " x"]
    first = await world.bring(codes, skip_problems=True, headers=KEY)
    assert await world.bring(codes, skip_problems=True, headers=KEY) == first
    assert await listed(world, first.item) == CODES[:100]


async def test_other_codes_under_the_same_key_are_refused(world):
    """Fewer, more, in another order, or with other fields: IDEMPOTENCY_KEY_REUSED, and none is imported."""
    job = (await world.bring(["a", "b"], headers=KEY)).item
    for codes, fields in (
        (["a"], {}),
        (["a", "b", "c"], {}),
        (["b", "a"], {}),
        (["ab"], {}),
        (["c", "d"], {}),
        (["a", "b"], {"metadata": "m"}),
        (["a", "b"], {"skip_problems": True}),
    ):
        with refused("IDEMPOTENCY_KEY_REUSED") as refusal:
            await world.bring(codes, headers=KEY, **fields)
        assert refusal.code == grpc.StatusCode.INVALID_ARGUMENT
    assert await jobs(world) == [job]


async def test_of_8_imports_with_one_key_at_once_one_happens(world):
    """The others learn that one is under way, or get its response; sent again, all get the same."""
    answers = await asyncio.gather(
        *(world.bring(CODES, piece=100 + n, headers=KEY) for n in range(8)), return_exceptions=True
    )
    reasons = {read_refusal(answer).reason for answer in answers if isinstance(answer, Exception)}
    reports = [answer for answer in answers if not isinstance(answer, Exception)]
    assert reasons <= {"IMPORT_UNDER_WAY"}
    assert reports
    again = await world.bring(CODES, headers=KEY)
    assert all(report == again for report in reports)
    assert await jobs(world) == [again.item]


async def test_a_report_of_problems_does_not_use_the_key_up(world):
    """Nothing was imported, so no reply is stored: the same key imports once the problem is gone."""
    assert counts(await world.bring(["a", "winter", " x"], headers=KEY))
    assert counts(await world.bring(["a", "b"], headers=KEY)) == {}
    assert await listed(world, (await jobs(world))[0]) == ["a", "b"]


async def test_a_dry_run_neither_reads_nor_writes_the_key(world):
    """The key is free after a dry run, and a dry run does not get its stored response."""
    await world.bring(["a"], dry_run=True, headers=KEY)
    await world.bring(["b"], headers=KEY)
    assert counts(await world.bring(["b"], dry_run=True, headers=KEY)) == {CONFLICT: 1}


async def test_a_key_that_is_too_long_is_refused_before_codes_come(world):
    """With the first message, while the stream is open."""
    made = OpenImport(world, headers=[("idempotency-key", "x" * 257)])
    made.send(["a"])
    with refused("VALIDATION_FAILED") as refusal:
        await asyncio.wait_for(made.call, WAIT_SECONDS)
    assert refusal.fields == ["idempotency-key"]


async def test_the_dry_run_header_is_refused_not_ignored(world):
    """An import has a field for it; the header of other methods would be taken for one."""
    with refused("VALIDATION_FAILED") as refusal:
        await world.bring(["a"], headers=[("x-dry-run", "true")])
    assert refusal.fields == ["x-dry-run"]
    assert not await jobs(world)


async def outcome(world, **fields):
    """Call GetOutcome for the import under the key `k`."""
    request = transaction_pb.GetOutcomeRequest(
        service="redeem.serialkey.v1.SerialKeyService",
        method="ImportSerialKeys",
        namespace_name=world.name,
        key="k",
        **fields,
    )
    return await world.service.transactions.GetOutcome(request, metadata=world.service.admin)


async def test_the_outcome_of_an_import_can_be_read(world):
    """NOT_FOUND while it is under way, then SUCCEEDED with its response."""
    made = OpenImport(world, headers=KEY)
    made.send(["a"])
    await made.until_written(1)
    assert (await outcome(world)).outcome == transaction_pb.OUTCOME_NOT_FOUND
    report = await made.end()
    answer = await outcome(world)
    assert answer.outcome == transaction_pb.OUTCOME_SUCCEEDED
    kept = pb.ImportSerialKeysResponse()
    assert answer.answer.Unpack(kept)
    assert kept == report


async def test_an_import_that_was_fenced_while_under_way_imports_nothing(world):
    """CALL_FENCED at its end, also when it is sent again; without the key the codes can be imported."""
    made = OpenImport(world, headers=KEY)
    made.send(["a"])
    await made.until_written(1)
    assert (await outcome(world, fence=True)).outcome == transaction_pb.OUTCOME_FENCED
    with refused("CALL_FENCED"):
        await made.end()
    with refused("CALL_FENCED"):
        await send(world, [message(world, ["a"])], KEY)
    assert not await jobs(world)
    assert counts(await world.bring(["a"])) == {}
