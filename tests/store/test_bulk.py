"""Which queries PostgreSQL may do by COPY."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.store.postgres.bulk import PART_BYTES, parts, target
from redeemd.store.sql import query


def test_a_plain_insert_is_copied():
    """Its parameters become the columns, whatever their names are."""
    plain = query("plain", "INSERT INTO thing (name, number)\nVALUES (:label, :count)")
    assert target(plain) == ("thing", ["name", "number"])


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO thing (name, number) VALUES (:name, 1)",
        "INSERT INTO thing (name, number) VALUES (:name, :name)",
        "INSERT INTO thing (name, number) VALUES (:name, :number + 1)",
        "INSERT INTO thing (name, number) VALUES (:name, :number) ON CONFLICT DO NOTHING",
        "INSERT INTO thing (name, number) VALUES (:name, :number) RETURNING number",
        "INSERT INTO thing (name, number) VALUES (:name, :number), (:name, :number)",
        "INSERT INTO thing (name, number) SELECT :name, :number",
        "UPDATE thing SET number = :number WHERE name = :name",
    ],
)
def test_what_is_more_than_an_insert_is_not_copied(text):
    """COPY inserts each row as it is, or fails."""
    assert target(query("other", text)) is None


@given(st.lists(st.tuples(st.integers(0, PART_BYTES * 2), st.booleans())))
def test_parts_are_all_rows_in_order_and_bounded(sizes):
    """However long they are, in text or bytes: only a row that is longer by itself makes a longer part."""
    rows = [
        ("é" * (size // 2), None, number) if text else (b"x" * size, 1, number)
        for number, (size, text) in enumerate(sizes)
    ]
    found = list(parts(rows))
    assert [row for part in found for row in part] == rows
    assert all(part for part in found)
    for part in found:
        size = sum(len(value.encode() if isinstance(value, str) else value) for value, *_ in part)
        assert size <= PART_BYTES or len(part) == 1
