"""Responses of calls that race on PostgreSQL, where others commit between two statements of a transaction."""

import asyncio
import random

import grpc
import pytest
from redeem.serialkey.v1 import resources_pb2
from redeemd.store.sql import query
from support import postgres as pg
from support.limits import make_limits
from support.service import read_refusal, running

CALLS = 100
CONFLICTS = {("CONFLICT", "")}
_SHARED = ("namespace", "campaign", "model", "current_master", "issue_job")
_ACTIVE = resources_pb2.AVAILABILITY_ACTIVE


@pytest.fixture
async def on_postgres(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """A server of the test's own, on PostgreSQL."""
    async with running(tmp_path, **await pg.settings_for(tmp_path)) as service:
        yield service


async def _refusals(calls):
    answers = await asyncio.gather(*calls, return_exceptions=True)
    return [read_refusal(answer) for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]


async def test_a_refusal_names_a_state_that_justifies_it(on_postgres):
    """One player uses, reverts and switches a code on: using is never refused because it is ACTIVE, the others never
    because it is what they need it to be.
    """
    world = await on_postgres.world()
    (code,) = await world.codes()
    alice = {"code": code, "user_id": "alice"}
    asked = {
        "UseByUserId": (alice, {"USED"}),
        "RevertUseByUserId": (alice, {"ACTIVE"}),
        "SetSerialKeyStatus": ({"code": code, "availability": _ACTIVE}, {"USED"}),
    }
    for rpc, (fields, reasons) in asked.items():
        others = [(other, values) for other, (values, _) in asked.items() if other != rpc] * (CALLS // 2)
        mixed = [(rpc, fields)] * CALLS + others
        random.shuffle(mixed)
        found: set[tuple[str, str]] = set()
        while not found - CONFLICTS:  # in a round, all that are refused may be so because of a conflict
            refusals = [(name, _refusals([world.call(name, **values)])) for name, values in mixed]
            told = await asyncio.gather(*(refusal for _, refusal in refusals))
            found |= {
                (refusal.reason, refusal.metadata.get("status", ""))
                for (name, _), some in zip(refusals, told, strict=True)
                for refusal in some
                if name == rpc
            }
        assert {reason for reason, _ in found} <= {"CODE_STATUS_INVALID", "CONFLICT"}
        assert {status for reason, status in found if reason != "CONFLICT"} == reasons


async def test_deleting_a_counter_returns_its_state_at_deletion(on_postgres):
    """All counts that were deleted, and the one that is left, make up what was counted."""
    limits = await make_limits(on_postgres)
    names = {"user_id": "alice", "counter_name": "c", "limit_name": "ever"}
    ups = [limits.call("CountUpByUserId", **names) for _ in range(CALLS)]
    deletes = [limits.call("DeleteCounterByUserId", **names) for _ in range(CALLS)]
    calls = [call for pair in zip(ups, deletes, strict=True) for call in pair]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert not any(isinstance(answer, Exception) for answer in answers[::2])
    deleted = sum(answer.item.count for answer in answers[1::2] if not isinstance(answer, Exception))
    left = (await limits.call("VerifyCounterByUserId", **names, verify_type=4, count=0)).item.count
    assert deleted + left == CALLS


async def test_a_redemption_writes_no_row_that_others_share(on_postgres):
    """After 20 uses the rows of namespace, campaign, model and batch are still those that issuing wrote."""
    world = await on_postgres.world()
    codes = await world.codes(20)
    before = await _versions(on_postgres, *_SHARED)
    await asyncio.gather(*(world.call("UseByUserId", code=code, user_id="alice") for code in codes))
    assert await _versions(on_postgres, *_SHARED) == before
    assert len(await _versions(on_postgres, "serial_key")) == 20


async def _versions(service, *tables):
    """Return place and writing transaction of each row."""
    columns = "CAST(ctid AS TEXT), CAST(xmin AS TEXT)"
    text = " UNION ALL ".join(f"SELECT '{name}' AS name, {columns} FROM {name}" for name in tables)
    rows = await service.store.run(lambda tx: tx.all(query("versions", text)), write=False)
    return sorted(tuple(row) for row in rows)
