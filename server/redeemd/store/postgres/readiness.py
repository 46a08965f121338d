"""Checks that a PostgreSQL database is usable before anything is done with it."""

from collections.abc import Sequence

from redeemd.store.base import Unavailable
from redeemd.store.postgres.session import Session

_WRITABLE = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writable"
_STATE = """
SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
       current_setting('transaction_read_only') = 'on' AS read_only, current_schema() AS schema
"""
# A role needs all four privileges on every table of redeemd.
_WITHOUT_RIGHTS = """
SELECT c.relname::text AS name
  FROM pg_class c
 WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relname = ANY ($1::text[])
   AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
            AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
 ORDER BY 1
"""


async def is_writable(session: Session) -> bool:
    """Return whether a session can write."""
    (row,) = await session.fetch(_WRITABLE)
    return bool(row["writable"])


async def require_usable(session: Session) -> None:
    """Raise Unavailable, with a text that says what to do, unless the database is suitable and writable."""
    (state,) = await session.fetch(_STATE)
    if state["encoding"] != "UTF8":
        problem = f"the encoding of the database is {state['encoding']}; it must be UTF8"
    elif state["standby"]:
        problem = (
            "the server is a standby, which cannot be written to; "
            "add target_session_attrs=read-write to a URL of several hosts"
        )
    elif state["read_only"]:
        problem = "the database is read-only (default_transaction_read_only)"
    elif state["schema"] is None:
        problem = "there is no schema for the tables: the search_path of the role or database names no existing schema"
    else:
        return
    raise Unavailable(f"PostgreSQL: {problem}")


async def require_rights(session: Session, tables: Sequence[str]) -> None:
    """Raise Unavailable unless the role may read and write each of these tables that exists."""
    names = [row["name"] for row in await session.fetch(_WITHOUT_RIGHTS, tables)]
    if names:
        rights = "SELECT, INSERT, UPDATE and DELETE on all tables"
        raise Unavailable(f"PostgreSQL: the role needs {rights}; it lacks some of them on {', '.join(names)}")
