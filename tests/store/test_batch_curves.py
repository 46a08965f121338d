"""The curves of batches: counted by triggers and, for what was used before their migration, in steps."""

import asyncio
import contextlib
import functools
import random
from collections import Counter

import pytest
from redeemd.serialkey import batch_curves, tallies
from redeemd.serialkey.batches import IssueJob
from redeemd.store import migrate
from redeemd.store.base import CommitFailed
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sql import query
from redeemd.store.sqlite.store import SqliteStore
from support.copying import to_sqlite
from support.faults import FaultyStore
from support.patience import PATIENT

JOB = query(
    "job",
    "INSERT INTO issue_job (namespace_id, campaign_number, first_sequence, count, name, key_id, status, created_at, "
    "updated_at, revision) VALUES (:namespace_id, 1, :first, :count, :name, 'k', 1, 1, 1, 1)",
)
UNISSUE = query("unissue", "DELETE FROM issue_job WHERE namespace_id = :namespace_id AND first_sequence = :first")
USE = query(
    "use",
    "INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_at, updated_at, revision) "
    "VALUES (:namespace_id, 1, :sequence, 2, :used_at, 1, 1) ON CONFLICT (namespace_id, campaign_number, sequence) "
    "DO UPDATE SET status = 2, used_at = excluded.used_at",
)
USE_RANGE = query(
    "use_range",
    "INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_at, updated_at, revision) "
    "SELECT :namespace_id, 1, s.sequence, 2, s.used_at, 1, 1 FROM ("
    + " UNION ALL ".join(f"SELECT {n} AS sequence, {n} % 4 * 900000 AS used_at" for n in range(12))
    + ") s WHERE s.sequence >= :start/*postgres ::bigint*/ AND NOT EXISTS (SELECT 1 FROM serial_key k "
    "WHERE k.namespace_id = :namespace_id AND k.sequence = s.sequence)",
)
REVERT = query(
    "revert",
    "UPDATE serial_key SET status = 1, used_at = NULL WHERE namespace_id = :namespace_id AND sequence = :sequence",
)
QUARTER_MS = 900_000
CURVES = next(file.version for file in migrate.load() if file.name == "batch_curves")
CODES = 6  # of each batch
BATCHES = 2
ALONE = 2**39
NAMESPACES = 12
STEP = functools.partial(batch_curves.count_some, codes_max=2)


async def before(store):
    """Bring a store to the schema before the curves of batches."""
    await migrate.apply(store, now=1, known=migrate.load()[: CURVES - 1])


def _job(first):
    return IssueJob("b", "c", 1, first, CODES, "k", None, 1, 1)


async def curve(store, namespace_id, batch, **span):
    """Return the curve of a batch: the used and the reverted codes by quarter."""
    span = {"quarters": 1, "first": 0, "end": 1000, "limit": 1000} | span
    found = await store.run(lambda tx: batch_curves.curve(tx, namespace_id, _job(batch), **span), write=False)
    return {point.part: (point.used, point.reverted) for point in found}


class History:
    """A model of the codes of a namespace and of its curves."""

    def __init__(self, store, namespace_id):
        self.store = store
        self.namespace_id = namespace_id
        self.chance = random.Random(namespace_id)
        self.used = {}  # the quarter of the use, by sequence
        self.known = set()  # sequences that have a row
        self.reverted = Counter()  # by the first sequence of the batch and the quarter, since the migration
        self.earlier = Counter()  # likewise, before it

    async def begin(self):
        """Issue two batches, and one code alone."""
        for number in range(BATCHES):
            await self._run(JOB, first=number * CODES, count=CODES, name=f"batch {number}")
        await self._run(JOB, first=ALONE, count=1, name=None)

    async def _run(self, query, **parameters):
        parameters["namespace_id"] = self.namespace_id
        await self.store.run(lambda tx: tx.run(query, **parameters), write=True)

    async def change(self, reverted):
        """Use or revert a code; count what is reverted."""
        sequence = self.chance.choice([*range(BATCHES * CODES), ALONE])
        if self.chance.random() < 0.1:
            await self._use_from(sequence)
        elif sequence in self.used:
            reverted[sequence // CODES * CODES, self.used.pop(sequence)] += 1
            await self._run(REVERT, sequence=sequence)
        else:
            self.used[sequence] = self.chance.randrange(4)
            self.known.add(sequence)
            await self._run(USE, sequence=sequence, used_at=self.used[sequence] * QUARTER_MS + sequence % CODES)

    async def _use_from(self, start):
        """Use the codes from a sequence on that have no row, of both batches, by one statement."""
        for sequence in range(start, BATCHES * CODES):
            if sequence not in self.known:
                self.used[sequence] = sequence % 4
        self.known |= {*range(start, BATCHES * CODES)}
        await self._run(USE_RANGE, start=start)

    async def check(self):
        """Compare each batch. A revert before the migration counts if its delta is added after it."""
        for first in range(0, BATCHES * CODES, CODES):
            found = await curve(self.store, self.namespace_id, first)
            expected = Counter(quarter for at, quarter in self.used.items() if first <= at < first + CODES)
            for quarter in range(4):
                used, reverted = found.get(quarter, (0, 0))
                assert used == expected[quarter], (self.namespace_id, first, found)
                least = self.reverted[first, quarter]
                assert least <= reverted <= least + self.earlier[first, quarter]


async def started(store, numbers):
    """Use and revert codes in some namespaces, then apply the migration; return the histories."""
    await before(store)
    histories = [History(store, number) for number in numbers]
    for history in histories:
        await history.begin()
        for _ in range(history.chance.randrange(20)):
            await history.change(history.earlier)
            if history.chance.random() < 0.1:
                await store.run(tallies.fold, write=True)
    await migrate.apply(store, now=2)
    return histories


async def finish(store, histories):
    """Count and add all that is left, and check after each."""
    for work in (STEP, tallies.fold):
        while await store.run(work, write=True):
            pass
        for history in histories:
            history.store = store
            await history.check()


async def check_histories(store, *, copied=None):
    """Codes are used and reverted before, while and after those from before are counted."""
    histories = await started(store, range(1, NAMESPACES + 1))
    for history in histories:
        for _ in range(history.chance.randrange(20)):
            await history.check()
            await history.change(history.reverted)
            if history.chance.random() < 0.3:
                await store.run(history.chance.choice([tallies.fold, STEP]), write=True)
    store = store if copied is None else await copied(store)
    await finish(store, histories)
    await store.close()


async def test_the_curve_is_that_of_the_history(tmp_path):
    """On SQLite, at each moment of histories in several namespaces."""
    await check_histories(await SqliteStore.open(tmp_path / "test.db", readers=1))


async def test_the_curve_is_that_of_the_history_on_postgresql(postgres_url):
    """As on SQLite, with deltas that are added before, while and after codes are counted."""
    await check_histories(await PostgresStore.open(postgres_url, connections=2, times=PATIENT))


async def test_what_is_not_counted_yet_is_counted_after_a_copy(tmp_path, postgres_url):
    """Deltas and batches that are pending are copied, and end in the same curves."""

    async def copied(store):
        await store.close()
        await to_sqlite(postgres_url, tmp_path / "copy.db")
        return await SqliteStore.open(tmp_path / "copy.db", readers=1)

    await check_histories(await PostgresStore.open(postgres_url, connections=2, times=PATIENT), copied=copied)


async def test_codes_are_counted_once_beside_uses_and_replicas(postgres_url):
    """Two replicas count and add deltas while codes are used and reverted; every reader sees what is possible."""
    stores = [await PostgresStore.open(postgres_url, connections=4, times=PATIENT) for _ in range(2)]
    histories = await started(stores[0], range(1, 5))
    for history in histories[::2]:
        history.store = stores[1]

    async def change(history):
        for _ in range(20):
            await history.change(history.reverted)
            found = await curve(history.store, history.namespace_id, 0)
            assert all(0 <= used <= CODES for used, _ in found.values())

    async def count(store):
        while await store.run(functools.partial(batch_curves.count_some, codes_max=1), write=True):
            await store.run(tallies.fold, write=True)

    await asyncio.gather(*map(change, histories), *map(count, stores))
    await finish(stores[0], histories)
    for store in stores:
        await store.close()


async def check_failures(store):
    """Fail at each statement of the steps: the curve is right after each, and the next attempt goes on."""
    await before(store)
    history = History(store, 1)
    await history.begin()
    for _ in range(15):
        await history.change(history.earlier)
    await migrate.apply(store, now=2)
    faults = FaultyStore(store)
    more, failed = True, 0
    while more:
        for number in range(1, 20):
            faults.fail_at = number
            with contextlib.suppress(CommitFailed):
                more = await faults.run(STEP, write=True)
                break
            failed += 1
            await history.check()
    assert failed > 5
    await history.check()
    await store.close()


async def test_a_step_that_fails_changes_nothing(tmp_path):
    """Whatever statement fails, on SQLite."""
    await check_failures(await SqliteStore.open(tmp_path / "test.db", readers=1))


async def test_a_step_that_fails_changes_nothing_on_postgresql(postgres_url):
    """As on SQLite."""
    await check_failures(await PostgresStore.open(postgres_url, connections=2, times=PATIENT))


@pytest.mark.parametrize("counted", [False, True])
async def test_a_page_has_whole_parts(tmp_path, counted):
    """A curve by larger parts, over a span and with a limit: each part has all its quarters, counted or not."""
    store = await SqliteStore.open(tmp_path / "test.db", readers=1)
    await (migrate.apply(store, now=1) if counted else before(store))
    history = History(store, 1)
    await history.begin()
    for sequence, quarter in enumerate([0, 1, 5, 5, 9, 10]):
        await history._run(USE, sequence=sequence, used_at=quarter * QUARTER_MS)
    await migrate.apply(store, now=2)
    assert await curve(store, 1, 0, quarters=4) == {0: (2, 0), 1: (2, 0), 2: (2, 0)}
    assert await curve(store, 1, 0, quarters=4, limit=2) == {0: (2, 0), 1: (2, 0)}
    assert await curve(store, 1, 0, quarters=4, first=1, end=10) == {0: (1, 0), 1: (2, 0), 2: (1, 0)}
    await store.close()


async def test_a_batch_that_was_deleted_meanwhile_is_not_counted(tmp_path):
    """It is no longer pending."""
    store = await SqliteStore.open(tmp_path / "test.db", readers=1)
    await before(store)
    history = History(store, 1)
    await history.begin()
    await history._run(USE, sequence=0, used_at=1)
    await migrate.apply(store, now=2)
    await history._run(REVERT, sequence=0)
    await history._run(UNISSUE, first=0)
    found = [await store.run(batch_curves.count_some, write=True) for _ in range(2)]
    assert found == [True, False]
    await store.close()
