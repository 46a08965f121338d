"""What PostgreSQL, and asyncpg on its behalf, can answer instead of a result, and what each of it means.

Every error is one of three kinds. *Unreachable*: the database, or the right to write to it, cannot be had, so every
other call fares the same. *Refused*: the database ended this transaction and rolled it back; it is otherwise well.
Anything else is a defect of a statement and is raised as it is.
"""

import asyncpg

# A transaction was in the way of another: the database has rolled back, so the body can run again.
IN_THE_WAY = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,  # a migration was applied meanwhile
)
# Prefixes of SQLSTATE. Connections, authentication, no such database or schema, missing rights, too many connections,
# read-only sessions, shutdown.
_UNREACHABLE = ("08", "28", "3D", "3F", "42501", "53300", "25006", "57P")
# Resources, lock timeout, a statement or transaction that took too long, the machine's own failures.
_REFUSED = ("53", "55P03", "57", "58", "25P03", "25P04", "XX")
# What may come after the commit was decided. A cancelled statement (57014) is not among it: see Session.
_UNSURE = ("08", "57P", "58", "25P03", "25P04", "XX")
_READ_ONLY = "25006"
_SESSION_ATTRIBUTES = ("any", "primary", "standby", "prefer-standby", "read-write", "read-only")
_UNKNOWN_PARAMETER = "42704"


class NoAnswer(ConnectionError):
    """The database did not answer in time, and the connection was closed."""


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE of an error, empty where it has none."""
    return getattr(error, "sqlstate", None) or ""


def unreachable(error: Exception) -> bool:
    """Return whether an error means that the database, or the right to write to it, cannot be had."""
    if isinstance(error, asyncpg.PostgresError):
        return sqlstate(error).startswith(_UNREACHABLE)
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return any(words in str(error) for words in ("closed", "closing"))
    return isinstance(error, OSError | TimeoutError | asyncpg.InternalClientError)


def circumstance(error: Exception) -> bool:
    """Return whether an error is the world's doing, and not a defect of a statement."""
    return unreachable(error) or sqlstate(error).startswith(_REFUSED)


def unsure(error: Exception) -> bool:
    """Return whether a transaction may have been committed although its COMMIT raised this."""
    return not isinstance(error, asyncpg.PostgresError) or sqlstate(error).startswith(_UNSURE)


def connection_suspect(error: Exception) -> bool:
    """Return whether other connections that were opened before may be of as little use as this one.

    They lead to a server that has become read-only, or silence has come over the network. A connection that was merely
    closed says nothing about others.
    """
    timed_out = isinstance(error, NoAnswer) or isinstance(error.__cause__, TimeoutError)
    return timed_out or sqlstate(error) == _READ_ONLY


def in_words(error: Exception) -> str:
    """Render the first line of an error: the others may quote a row. Those that only come with a type have no text."""
    if isinstance(error, ValueError) and not isinstance(error, asyncpg.InterfaceError):
        # Its text may quote what it took for a port, which may be a part of a password.
        return "the URL cannot be read; in a user or password write a special character as % and two digits"
    text = str(error).partition("\n")[0] or type(error).__name__
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return "no host of the URL is what its target_session_attrs asks for"
    if "target_session_attrs" in text:
        return f"target_session_attrs has to be one of {', '.join(_SESSION_ATTRIBUTES)}"
    if sqlstate(error) == _UNKNOWN_PARAMETER:
        text += "; a parameter of the URL has to be one of asyncpg's or a setting of PostgreSQL"
    return text
