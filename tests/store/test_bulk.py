"""Which queries PostgreSQL may do by COPY."""

import pytest
from redeemd.store.postgres.bulk import target
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
