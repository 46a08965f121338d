"""Writes the states of the codes of an import that is done, as keys, in steps.

Until all are written, nobody sees the batch, and its codes are unknown. All that it takes is in the database: if the
process dies, the housekeeping of any process writes the rest.
"""

from redeemd.serialkey.limits import totals
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import BODY_ROWS_MAX, Row, Tx

_STEP_CODES = BODY_ROWS_MAX // 2 - 1  # each is written and removed; plus the rows of the import and the batch


async def step(tx: Tx, namespace_id: int, import_number: int, *, now: int, updated_at: int | None = None) -> bool:
    """Write the states of the next codes; return whether there were any.

    With `updated_at`, the import still counts as one that has made no progress since then.
    """
    key = {"namespace_id": namespace_id, "import_number": import_number}
    taken = await tx.one(
        QUERIES.code_import_state_step, **key, limit=_STEP_CODES, updated_at=now if updated_at is None else updated_at
    )
    if taken is None:
        return False
    await _write(tx, key, taken, now=now)
    if taken["last"]:
        batch = {"campaign_number": taken["campaign_number"], "first_sequence": taken["first_sequence"]}
        await tx.run(QUERIES.issue_job_show, namespace_id=namespace_id, **batch)
        await tx.run(QUERIES.code_import_stated, **key)
    return True


async def _write(tx: Tx, key: dict[str, int], taken: Row, *, now: int) -> None:
    codes = {**key, "start": taken["start"], "end": taken["end"]}
    number = taken["campaign_number"]
    batch = {"campaign_number": number, "first_sequence": taken["first_sequence"]}
    await tx.run(QUERIES.imported_state_write, **codes, **batch, now=now)
    # The total is read once the keys are written: whoever puts one in force waits for them, or they have waited for it.
    used = await tx.one(QUERIES.imported_state_used_count, **codes)
    assert used is not None
    await totals.add(tx, key["namespace_id"], number, used["number"])
    await tx.run(QUERIES.imported_state_remove, **codes)


async def step_of_silent(tx: Tx, row: Row | None, *, now: int) -> bool:
    """Do a step of the import in a row of code_import_stating; return whether there was one."""
    if row is None:
        return False
    return await step(tx, row["namespace_id"], row["import_number"], now=now, updated_at=row["updated_at"])
