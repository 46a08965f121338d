"""The promises of redeemd.store.base.Store, as cases against which any backend can be run.

A case takes an open store on which SCHEMA was installed. Its SQL is the portable subset; a backend whose types have
other names installs statements of its own.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable

import pytest
from redeemd.store.base import Store, Unavailable
from redeemd.store.sql import query
from support.patience import WAIT_SECONDS

CASES: dict[str, Callable[[Store], Awaitable[None]]] = {}

SCHEMA = (
    "CREATE TABLE thing (name TEXT PRIMARY KEY, number BIGINT NOT NULL, owner TEXT, data BYTEA)",
    "CREATE INDEX thing_by_number ON thing (number, name)",
)

PUT = query("put", "INSERT INTO thing (name, number) VALUES (:name, :number)")
PUT_DATA = query("put_data", "INSERT INTO thing (name, number, data) VALUES (:name, :number, :data)")
PUT_THREE = query("put_three", "INSERT INTO thing (name, number) VALUES ('a', :number), ('b', :number), ('c', :number)")
GET = query("get", "SELECT name, number, owner, data FROM thing WHERE name = :name")
NAMES = query("names", "SELECT name FROM thing ORDER BY name")
OF_NUMBER = query("of_number", "SELECT name FROM thing WHERE number = :number")
TWICE = query("twice", "SELECT name FROM thing WHERE number >= :number AND :number + 1 >= number ORDER BY name")
ADD = query("add", "UPDATE thing SET number = number + :by WHERE number >= :least")
REMOVE = query("remove", "DELETE FROM thing WHERE name = :name")
TAKE = query(
    "take",
    "INSERT INTO thing (name, number, owner) VALUES (:name, 1, :owner) "
    "ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, number = thing.number + 1 "
    "WHERE thing.owner IS NULL RETURNING owner, number",
)
COUNT_UP = query(
    "count_up", "UPDATE thing SET number = number + 1 WHERE name = :name AND number < :limit RETURNING number"
)

_request = contextvars.ContextVar("_request", default="nobody")


class Refused(Exception):
    """The exception that bodies raise in these cases."""


def case(function):
    """Add a case."""
    CASES[function.__name__] = function
    return function


async def install(store, statements=SCHEMA):
    """Make the tables the cases work on."""

    async def body(tx):
        for statement in statements:
            await tx.run(query("install", statement))

    await store.run(body, write=True)


async def put(store, *names, number=0):
    """Add things."""

    async def body(tx):
        for name in names:
            await tx.run(PUT, name=name, number=number)

    await store.run(body, write=True)


async def get(store, name):
    """Return a thing, in a run of its own."""
    return await store.run(lambda tx: tx.one(GET, name=name), write=False)


async def names(store):
    """Return the names of all things, in the store's order."""
    return [row["name"] for row in await store.run(lambda tx: tx.all(NAMES), write=False)]


async def until_named(store, *expected):
    """Wait until these are all things that there are."""
    async with asyncio.timeout(WAIT_SECONDS):
        while await names(store) != [*expected]:  # noqa: ASYNC110 -- a store does not report it
            await asyncio.sleep(0.01)


@case
async def run_answers_what_the_body_returned(store):
    """Any object comes back as it is, from writing and from reading runs."""
    answer = object()

    async def body(_tx):
        return answer

    assert await store.run(body, write=True) is answer
    assert await store.run(body, write=False) is answer


@case
async def a_body_that_raises_leaves_nothing_and_the_exception_comes_out(store):
    """Both statements before the exception are rolled back, and the caller gets that very exception."""
    await put(store, "before")
    refusal = Refused()

    async def body(tx):
        await tx.run(PUT, name="half", number=1)
        await tx.run(REMOVE, name="before")
        raise refusal

    with pytest.raises(Refused) as caught:
        await store.run(body, write=True)
    assert caught.value is refusal
    assert await names(store) == ["before"]


@case
async def a_body_that_raises_takes_nobody_else_along(store):
    """Of 40 bodies at once every other raises after writing: the others are there, and only they."""

    async def run(number):
        async def body(tx):
            await tx.run(PUT, name=f"thing-{number:02}", number=number)
            if number % 2:
                raise Refused
            return number

        return await store.run(body, write=True)

    outcomes = await asyncio.gather(*(run(number) for number in range(40)), return_exceptions=True)
    assert outcomes[::2] == list(range(0, 40, 2))
    assert all(isinstance(outcome, Refused) for outcome in outcomes[1::2])
    assert await names(store) == [f"thing-{number:02}" for number in range(0, 40, 2)]


@case
async def a_failing_statement_rolls_back_its_whole_body(store):
    """A duplicate key raises, also when the body would like to go on; what it wrote before is gone."""
    await put(store, "there")

    async def body(tx):
        await tx.run(PUT, name="half", number=1)
        await tx.run(PUT, name="there", number=1)

    (outcome,) = await asyncio.gather(store.run(body, write=True), return_exceptions=True)
    assert isinstance(outcome, Exception)
    assert await names(store) == ["there"]


@case
async def what_was_answered_is_seen_by_later_reads(store):
    """As soon as a writing run has returned, every reading run sees what it wrote."""
    for number in range(20):
        await put(store, f"thing-{number}")
        rows = await asyncio.gather(*(get(store, f"thing-{number}") for _ in range(4)))
        assert all(row is not None for row in rows)


@case
async def a_reading_run_cannot_write(store):
    """A write inside a reading run raises and changes nothing; the reader works afterwards."""
    for _ in range(4):  # every connection a pool may have
        (outcome,) = await asyncio.gather(
            store.run(lambda tx: tx.run(PUT, name="smuggled", number=1), write=False), return_exceptions=True
        )
        assert isinstance(outcome, Exception)
    assert await names(store) == []


@case
async def of_50_who_take_one_thing_one_gets_it(store):
    """A guarded upsert lets exactly one of many in, whether the row was there before or not."""
    await put(store, "old")
    for name in ("new", "old"):

        async def take(owner, name=name):
            return await store.run(lambda tx: tx.one(TAKE, name=name, owner=owner), write=True)

        outcomes = await asyncio.gather(*(take(f"player-{n}") for n in range(50)))
        (winner,) = [row["owner"] for row in outcomes if row is not None]
        assert (await get(store, name))["owner"] == winner


@case
async def of_50_count_ups_as_many_succeed_as_the_limit_allows(store):
    """A guarded update counts to the limit exactly; each number is returned once."""
    await put(store, "counter")

    async def count_up():
        return await store.run(lambda tx: tx.one(COUNT_UP, name="counter", limit=20), write=True)

    rows = await asyncio.gather(*(count_up() for _ in range(50)))
    assert sorted(row["number"] for row in rows if row is not None) == list(range(1, 21))
    assert (await get(store, "counter"))["number"] == 20


@case
async def an_upsert_answers_the_row_it_made_or_changed_and_none_where_guarded(store):
    """RETURNING distinguishes an inserted row, an updated row and a refused one."""
    await put(store, "free", number=4)

    async def body(tx):
        return [
            await tx.one(TAKE, name="made", owner="alice"),
            await tx.one(TAKE, name="free", owner="alice"),
            await tx.one(TAKE, name="free", owner="bob"),
        ]

    made, changed, refused = await store.run(body, write=True)
    assert (made["owner"], made["number"]) == ("alice", 1)
    assert (changed["owner"], changed["number"]) == ("alice", 5)
    assert refused is None


@case
async def a_body_cancelled_before_its_turn_does_nothing(store):
    """A caller who leaves while waiting is skipped: the body is never begun."""
    began = []

    async def body(tx):
        began.append(True)
        await tx.run(PUT, name="late", number=1)

    task = asyncio.create_task(store.run(body, write=True))
    await asyncio.sleep(0)  # it is queued now
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await put(store, "next")
    assert not began
    assert await names(store) == ["next"]


@case
async def a_body_that_began_is_finished(store):
    """A caller who leaves in the middle of the body gets no response, and both of its statements are there."""
    loop = asyncio.get_running_loop()

    async def body(tx):
        await tx.run(PUT, name="first", number=1)
        loop.call_soon_threadsafe(task.cancel)
        await tx.run(PUT, name="second", number=1)

    task = asyncio.create_task(store.run(body, write=True))
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_named(store, "first", "second")


@case
async def bodies_run_in_the_context_they_were_queued_with(store):
    """Request id and span survive, although many bodies may run in one go."""

    async def body(_tx):
        return _request.get()

    async def call(number):
        _request.set(f"request-{number}")
        return await store.run(body, write=bool(number % 2))

    assert await asyncio.gather(*(call(n) for n in range(40))) == [f"request-{n}" for n in range(40)]


@case
async def a_closed_store_is_unavailable(store):
    """After close every run is refused with Unavailable and its body not begun; closing again does no harm."""
    await store.close()
    began = []

    async def body(_tx):
        began.append(True)

    for write in (True, False):
        with pytest.raises(Unavailable):
            await store.run(body, write=write)
    await store.close()
    assert not began


@case
async def close_finishes_what_was_queued(store):
    """Runs that were queued when close was called are finished."""
    runs = [asyncio.create_task(put(store, f"thing-{number}")) for number in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*runs) == [None] * 20
