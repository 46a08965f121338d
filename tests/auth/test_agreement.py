"""Which master key a replica uses for new data, depending on what others announce: on both stores."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.app import master_keys
from redeemd.app.master_keys import LIFETIME_SECONDS, KeysListener, MasterKeys
from redeemd.crypto.keyring import KeyRing, KeyRingError
from redeemd.store import migrate
from redeemd.store.base import CommitFailed, CommitUnknown
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sql import query
from redeemd.store.sqlite.store import SqliteStore
from support.clock import ManualClock
from support.faults import FaultyStore
from support.patience import PATIENT

K1, K2, K3, OTHER = (bytes([number]) * 32 for number in range(4))
STATEMENTS_MAX = 10
EXPIRE = query("expire", "UPDATE master_key_announcement SET expires_at = 1 WHERE replica_id = :replica_id")


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request, tmp_path):
    """A store with the schema."""
    if request.param == "sqlite":
        store = await SqliteStore.open(tmp_path / "redeemd.db", readers=1)
    else:
        store = await PostgresStore.open(request.getfixturevalue("postgres_url"), times=PATIENT)
    await migrate.apply(store, now=1)
    yield store
    await store.close()


def replica(store, keys, accept_only=(), **options):
    """Return a replica with these keys, which has not announced them yet."""
    return MasterKeys(store, KeyRing(keys, accept_only), **{"shared": True, "clock": ManualClock()} | options)


async def started(store, keys, accept_only=()):
    """Return a replica that has announced its keys."""
    made = replica(store, keys, accept_only)
    await made.agree(made.ring)
    return made


async def again(*replicas):
    """Advance the clock so that replicas renew their announcements."""
    for each in replicas:
        await each.agree(each.ring)


async def test_a_new_key_is_used_once_the_last_replica_has_it(store):
    """Not before, and then by all that want to."""
    first, second = await started(store, {"k1": K1}), await started(store, {"k1": K1})
    third = await started(store, {"k1": K1, "k2": K2})
    assert third.ring.current == "k1"
    for each in (first, second):
        await each.agree(KeyRing({"k1": K1, "k2": K2}, ["k2"]))
    await again(third)
    assert [each.ring.current for each in (first, second, third)] == ["k1", "k1", "k2"]


async def test_a_replica_that_is_gone_is_not_waited_for(store):
    """Whether it has withdrawn or its announcement has expired."""
    gone, killed = await started(store, {"k1": K1}), await started(store, {"k1": K1})
    new = await started(store, {"k1": K1, "k2": K2})
    await gone._withdraw()
    await again(new)
    assert new.ring.current == "k1"
    await store.run(lambda tx: tx.run(EXPIRE, replica_id=killed._replica_id), write=True)
    await again(new)
    assert new.ring.current == "k2"


async def test_a_key_that_was_used_must_be_there(store):
    """From then on, at the start and at each renewal, whether or not it is still used for new data."""
    old = await started(store, {"k1": K1})
    await old._withdraw()  # as if it had been suspended for longer than its announcement lasts
    await started(store, {"k1": K1, "k2": K2})
    for attempt in (again(old), started(store, {"k1": K1}), started(store, {"k1": K1, "k2": OTHER})):
        with pytest.raises(KeyRingError, match="k2"):
            await attempt
    assert (await started(store, {"k1": K1, "k2": K2}, ["k2"])).ring.current == "k1"


async def test_a_key_that_was_only_accepted_can_be_removed(store):
    """Nothing was made with it."""
    replicas = [await started(store, {"k1": K1, "k2": K2}, ["k2"]) for _ in range(2)]
    for each in replicas:
        await each.agree(KeyRing({"k1": K1}))
        assert each.ring.key_ids == ["k1"]


async def test_two_keys_of_one_id_are_refused(store):
    """Although neither was used yet."""
    await started(store, {"k1": K1, "k2": K2}, ["k2"])
    with pytest.raises(KeyRingError, match="k2 is not the one that another replica has"):
        await started(store, {"k1": K1, "k2": OTHER}, ["k2"])


async def test_new_keys_come_last(store):
    """The first one protects what cannot move to another key: it stays, while replicas run and when they start."""
    running = await started(store, {"k1": K1, "k2": K2})
    for attempt in (started(store, {"k3": K3, "k1": K1, "k2": K2}), running.agree(KeyRing({"k2": K2, "k1": K1}))):
        with pytest.raises(KeyRingError, match=r"first|precedes"):
            await attempt


async def test_of_replicas_that_start_at_once_none_uses_a_key_that_another_lacks(store):
    """Regardless of the order of events, either the key is not used or the replica that lacks it does not start."""
    await started(store, {"k1": K1, "k2": K2}, ["k2"])
    old, new = replica(store, {"k1": K1}), replica(store, {"k1": K1, "k2": K2})
    results = await asyncio.gather(old.agree(old.ring), new.agree(new.ring), return_exceptions=True)
    refused = isinstance(results[0], KeyRingError)
    assert results[1] is None
    assert new.ring.current == ("k2" if refused else "k1")


async def test_a_failure_at_any_statement_changes_nothing(store):
    """Neither the keys of the replica nor what the database knows."""
    await started(store, {"k1": K1})
    faults = FaultyStore(store)
    one = replica(faults, {"k1": K1})
    await one.agree(one.ring)
    for fail_at in range(1, STATEMENTS_MAX):
        faults.fail_at = fail_at
        before = await store.run(lambda tx: master_keys.announced(tx, now=0), write=False)
        with contextlib.suppress(CommitFailed):
            await one.agree(KeyRing({"k1": K1, "k2": K2}))
            break
        assert one.ring.key_ids == ["k1"]
        assert await store.run(lambda tx: master_keys.announced(tx, now=0), write=False) == before
    assert fail_at > 3
    assert one.ring.key_ids == ["k1", "k2"]


async def test_keys_that_may_have_been_announced_are_accepted(store):
    """When it is unknown whether the announcement was committed, others may use them."""
    faults = FaultyStore(store)
    one = replica(faults, {"k1": K1})
    await one.agree(one.ring)
    faults.failure, faults.fail_at = CommitUnknown, 1
    with pytest.raises(CommitUnknown):
        await one.agree(KeyRing({"k1": K1, "k2": K2}))
    assert (one.ring.key_ids, one.ring.current) == (["k1", "k2"], "k1")


async def test_new_keys_are_accepted_before_they_are_announced(store):
    """Others may use them at once. Those of the same id stay as they are until they have been checked."""
    seen = []

    class Watched:
        async def run(self, body, **options):
            seen.append((one.ring.key_ids, one.ring.current, one.ring.check_value("k1")))
            return await store.run(body, **options)

    one = replica(Watched(), {"k1": K1})
    await one.agree(one.ring)
    value = KeyRing({"k1": K1}).check_value("k1")
    with pytest.raises(KeyRingError):
        await one.agree(KeyRing({"k1": OTHER, "k2": K2}))
    assert seen[-1] == (["k1", "k2"], "k1", value)
    assert (one.ring.key_ids, one.ring.check_value("k1")) == (["k1"], value)


async def test_a_replica_is_unhealthy_while_its_announcement_has_expired(tmp_path):
    """Others may use a key by now that it lacks; it is healthy again once it has renewed it."""
    store = await SqliteStore.open(tmp_path / "redeemd.db", readers=1)
    await migrate.apply(store, now=1)
    clock, heard = ManualClock(), []
    listener = KeysListener(event=lambda _: None, health=heard.append)
    one = replica(store, {"k1": K1}, clock=clock, listener=listener)
    await one.agree(one.ring)
    clock.advance(seconds=int(LIFETIME_SECONDS) + 1)
    await one._renew()
    assert heard == [False, True]
    await one._withdraw()
    await started(store, {"k1": K1, "k2": K2})
    await one._renew()
    assert heard == [False, True, False]
    await store.close()


def test_subscribers_of_a_ring_are_notified_of_every_change():
    """And of nothing else."""
    ring, told = KeyRing({"k1": K1}), []
    ring.follow(lambda: told.append((ring.current, ring.key_ids)))
    ring.adopt(KeyRing({"k1": K1}), "k1")
    ring.adopt(KeyRing({"k1": K1, "k2": K2}), "k1")
    ring.adopt(KeyRing({"k1": K1, "k2": K2}), "k2")
    assert told == [("k1", ["k1"]), ("k1", ["k1", "k2"]), ("k2", ["k1", "k2"])]


IDS = ["k1", "k2", "k3", "k4"]
SOME = st.sets(st.sampled_from(IDS))


@given(st.sets(st.sampled_from(IDS[1:])), st.lists(SOME, max_size=3), SOME)
def test_the_chosen_key_is_the_newest_that_may_be_used(accept_only, others, known):
    """Unmarked, and one that all others have or that was used before; the first if there is none."""
    ring = KeyRing(dict.fromkeys(IDS, K1), accept_only)
    announced = {f"replica-{number}": dict.fromkeys(ids, b"") for number, ids in enumerate(others)}
    may = [
        key_id
        for key_id in IDS
        if key_id not in accept_only and (key_id in known or all(key_id in ids for ids in others))
    ]
    assert master_keys.choose(ring, dict.fromkeys(known, b""), announced) == (may or ["k1"])[-1]
