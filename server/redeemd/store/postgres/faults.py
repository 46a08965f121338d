"""Classifies the errors of PostgreSQL and asyncpg.

Every error is one of three kinds. *Unreachable*: the database cannot be reached or written to, so all other calls fail
as well. *Refused*: the database rolled back this transaction; it is otherwise healthy. Anything else is a defect of a
statement and is raised unchanged.
"""

import asyncpg

# Two transactions conflicted: the database has rolled back this one, so the body can run again.
IN_THE_WAY = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,  # a migration was applied in the meantime
)
# Prefixes of SQLSTATE: connections, authentication, no such database or schema, missing privileges, too many
# connections, read-only sessions, shutdown.
_UNREACHABLE = ("08", "28", "3D", "3F", "42501", "53300", "25006", "57P")
# Resources, lock timeout, a statement or transaction that took too long, system errors.
_REFUSED = ("53", "55P03", "57", "58", "25P03", "25P04", "XX")
# Errors that may be raised after the commit took effect. A cancelled statement (57014) is not one of them: see Session.
_UNSURE = ("08", "57P", "58", "25P03", "25P04", "XX")
_READ_ONLY = "25006"
_SESSION_ATTRIBUTES = ("any", "primary", "standby", "prefer-standby", "read-write", "read-only")
_UNKNOWN_PARAMETER = "42704"


class NoResponse(ConnectionError):
    """The database did not respond in time, and the connection was closed."""


def sqlstate(error: BaseException) -> str:
    """Return the SQLSTATE of an error, or "" if it has none."""
    return getattr(error, "sqlstate", None) or ""


def unreachable(error: Exception) -> bool:
    """Return whether an error means that the database cannot be reached or written to."""
    if isinstance(error, asyncpg.PostgresError):
        return sqlstate(error).startswith(_UNREACHABLE)
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return True
    if isinstance(error, asyncpg.InterfaceError):
        return any(words in str(error) for words in ("closed", "closing"))
    return isinstance(error, OSError | TimeoutError | asyncpg.InternalClientError)


def is_operational(error: Exception) -> bool:
    """Return whether an error comes from the environment, not from a defect of a statement."""
    return unreachable(error) or sqlstate(error).startswith(_REFUSED)


def unsure(error: Exception) -> bool:
    """Return whether a transaction may have been committed although its COMMIT raised this."""
    return not isinstance(error, asyncpg.PostgresError) or sqlstate(error).startswith(_UNSURE)


def connection_suspect(error: Exception) -> bool:
    """Return whether the other open connections may be as unusable as the one that raised this error.

    The server has become read-only, or the network no longer responds. A connection that was merely closed says nothing
    about the others.
    """
    timed_out = isinstance(error, NoResponse) or isinstance(error.__cause__, TimeoutError)
    return timed_out or sqlstate(error) == _READ_ONLY


def first_line(error: Exception) -> str:
    """Render the first line of an error, because further lines may quote a row; the type if the error has no text."""
    if isinstance(error, ValueError) and not isinstance(error, asyncpg.InterfaceError):
        # Its text may quote a supposed port, which may be part of a password.
        return "the URL cannot be parsed; percent-encode special characters in the user name and password"
    text = str(error).partition("\n")[0] or type(error).__name__
    if isinstance(error, asyncpg.TargetServerAttributeNotMatched):
        return "no host of the URL satisfies its target_session_attrs"
    if "target_session_attrs" in text:
        return f"target_session_attrs must be one of {', '.join(_SESSION_ATTRIBUTES)}"
    if sqlstate(error) == _UNKNOWN_PARAMETER:
        text += "; a parameter of the URL must be one of asyncpg's or a setting of PostgreSQL"
    return text
