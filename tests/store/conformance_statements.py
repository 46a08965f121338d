"""The promises of Store for single statements: results, counts, order and durability. See conformance.py."""

import asyncio

import pytest
from redeemd.store.sql import query
from store.conformance import ADD, NAMES, OF_NUMBER, PUT, PUT_DATA, PUT_THREE, REMOVE, TWICE, case, get, names, put

PAGE = query(
    "page",
    "SELECT name, number FROM thing WHERE (number, name) > (:number, :name) ORDER BY number, name LIMIT :limit",
)

_SIZES = (1, 150)  # PostgreSQL inserts many rows otherwise than few


@case
async def one_answers_a_row_or_none(store):
    """No row is None; a row is read by the names of its columns."""
    await put(store, "there", number=7)
    assert await get(store, "absent") is None
    row = await get(store, "there")
    assert (row["name"], row["number"], row["owner"]) == ("there", 7, None)


@case
async def one_raises_on_two_rows(store):
    """Two rows where one is expected are a defect of the query: the body is rolled back."""
    await put(store, "a", "b", number=5)

    async def body(tx):
        await tx.run(PUT, name="half", number=1)
        return await tx.one(OF_NUMBER, number=5)

    with pytest.raises(RuntimeError, match="of_number"):
        await store.run(body, write=True)
    assert await names(store) == ["a", "b"]


@case
async def all_answers_every_row_in_order(store):
    """`all` is a sequence of rows as ordered by the query, empty when there is none."""
    assert len(await store.run(lambda tx: tx.all(NAMES), write=False)) == 0
    await put(store, "c", "a", "b")
    assert await names(store) == ["a", "b", "c"]


@case
async def run_counts_the_rows_it_wrote(store):
    """Inserted, updated, deleted and not touched rows are counted; a statement that only defines counts none."""

    async def body(tx):
        return [
            await tx.run(PUT_THREE, number=1),
            await tx.run(ADD, by=1, least=1),
            await tx.run(ADD, by=1, least=99),
            await tx.run(REMOVE, name="a"),
            await tx.run(REMOVE, name="a"),
            await tx.run(query("define", "CREATE TABLE other (name TEXT PRIMARY KEY)")),
        ]

    assert await store.run(body, write=True) == [3, 3, 0, 1, 0, 0]


@case
async def many_runs_a_statement_for_each_set_of_parameters(store):
    """In their order: a later set finds what an earlier one wrote."""
    things = [{"name": f"thing-{number:04}", "number": number} for number in range(1000)]
    await store.run(lambda tx: tx.many(PUT, things), write=True)
    assert await names(store) == [thing["name"] for thing in things]
    added = [{"by": 1, "least": 998}, {"by": 5, "least": 1000}, {"by": 1, "least": 5000}]
    await store.run(lambda tx: tx.many(ADD, added), write=True)
    assert [(await get(store, f"thing-{number:04}"))["number"] for number in (997, 998, 999)] == [997, 999, 1005]


@case
async def many_of_nothing_does_nothing(store):
    """No parameters, no rows, and the body goes on."""

    async def body(tx):
        await tx.many(PUT, [])
        await tx.many(PUT, [{"name": "a", "number": 1}])

    await store.run(body, write=True)
    assert await names(store) == ["a"]


@case
async def a_row_of_many_that_fails_rolls_back_its_whole_body(store):
    """Few rows or many, those before it and statements before are gone; another body in the batch is not touched."""
    await put(store, "there")
    for size in _SIZES:
        rows = [*map(str, range(size)), "there", "last"]

        async def failing(tx, rows=rows):
            await tx.run(PUT, name="half", number=1)
            await tx.many(PUT, [{"name": name, "number": 1} for name in rows])

        other = put(store, f"other-{size}")
        outcomes = await asyncio.gather(store.run(failing, write=True), other, return_exceptions=True)
        assert isinstance(outcomes[0], Exception)
        assert outcomes[1] is None
    assert await names(store) == [*(f"other-{size}" for size in _SIZES), "there"]


@case
async def many_cannot_write_in_a_reading_run(store):
    """It raises and changes nothing, whether rows are few or many."""
    for size in _SIZES:
        things = [{"name": f"smuggled-{number}", "number": 1} for number in range(size)]
        reading = store.run(lambda tx, things=things: tx.many(PUT, things), write=False)
        (outcome,) = await asyncio.gather(reading, return_exceptions=True)
        assert isinstance(outcome, Exception)
    assert await names(store) == []


@case
async def a_parameter_may_stand_twice(store):
    """A named parameter that is used twice is given once."""
    for number in range(5):
        await put(store, f"thing-{number}", number=number)
    rows = await store.run(lambda tx: tx.all(TWICE, number=2), write=False)
    assert [row["name"] for row in rows] == ["thing-2", "thing-3"]


@case
async def paging_by_row_values_shows_every_row_once(store):
    """`(number, name) > (:number, :name)` goes on exactly after the last row, also inside equal numbers."""
    expected = [(number, f"thing-{number}-{n}") for number in range(3) for n in range(4)]
    for number, name in reversed(expected):
        await put(store, name, number=number)
    seen, after = [], (-1, "")
    while True:
        last_number, last_name = after
        rows = await store.run(
            lambda tx, number=last_number, name=last_name: tx.all(PAGE, number=number, name=name, limit=5), write=False
        )
        if not rows:
            break
        seen += [(row["number"], row["name"]) for row in rows]
        after = seen[-1]
    assert seen == expected


@case
async def text_is_ordered_by_code_point(store):
    """Neither language nor case nor UTF-16 decides, so that page tokens mean the same on every backend."""
    given = ["b", "B", "a", "Z", "_", "-", "~", "0", "\u00e9", "\u3042", "\uff21", "\ufffd", "\U0001f600", "a-b", "ab"]
    await put(store, *given)
    assert await names(store) == sorted(given)


@case
async def text_of_every_plane_comes_back_as_it_went(store):
    """Combining, right-to-left, astral and quoting characters are neither changed nor normalised."""
    for name in ("\U0001f468\u200d\U0001f469", "e\u0301", "\u05d0\u202e", "it's \"; -- :x $1 ?", "\u212b", ""):
        await put(store, name)
        assert (await get(store, name))["name"] == name


@case
async def integers_of_64_bits_come_back_as_they_went(store):
    """The extremes, and what a double cannot hold."""
    for number in (0, -1, 2**53 + 1, 2**63 - 1, -(2**63)):
        await put(store, str(number), number=number)
        assert (await get(store, str(number)))["number"] == number


@case
async def blobs_come_back_as_they_went(store):
    """Every byte, none at all, and no value are three things."""
    for name, data in {"all": bytes(range(256)), "none": b"", "null": None}.items():
        await store.run(lambda tx, name=name, data=data: tx.run(PUT_DATA, name=name, number=0, data=data), write=True)
        assert (await get(store, name))["data"] == data
