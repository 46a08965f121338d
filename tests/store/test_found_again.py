"""Rows that are found first and changed then, on PostgreSQL: what they were found by is checked again.

A statement that waited for a row evaluates its own condition again, not that of the SELECT inside. Meanwhile another
transaction may have used the row anew, so that it is to stay.
"""

import re

import pytest
from support.queries import ours

_CHOSEN = re.compile(r"^(?:DELETE FROM|UPDATE) .* WHERE \(?(?P<key>[\w, ]+?)\)? IN \((?P<rest>SELECT .*)$", re.DOTALL)
_COMPARED = re.compile(r"\b(\w+) (?:=|<|<=|>|>=|IS|IN) ")
_LOCKED = "FOR UPDATE"
# Those whose condition is about other tables, with what keeps it true.
_EXCEPTIONS = {"imported_key_trim"}  # code_import_trimmed locks the import, and its batch is closed


def split(rest):
    """Return the SELECT inside, and what follows it."""
    depth = 1
    for place, character in enumerate(rest):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if not depth:
            return rest[:place], rest[place + 1 :]
    raise AssertionError(rest)


CHOOSING = {query.name: found for query in ours() if (found := _CHOSEN.match(query.postgres))}


@pytest.mark.parametrize("name", sorted(CHOOSING.keys() - _EXCEPTIONS))
def test_what_rows_were_found_by_is_checked_again(name):
    """Unless it is a part of their key, which never changes, or they were locked when they were found."""
    inside, after = split(CHOOSING[name]["rest"])
    key = set(CHOOSING[name]["key"].split(", "))
    compared = set(_COMPARED.findall(inside.partition(" WHERE ")[2])) - key
    assert _LOCKED in inside or compared <= set(_COMPARED.findall(after))


def test_statements_that_choose_rows_are_recognised():
    """Otherwise nothing would be checked."""
    assert len(CHOOSING) > 30
    assert {"idempotency_purge", "redemption_clean", "upload_expired", "delivery_take"} <= CHOOSING.keys()
