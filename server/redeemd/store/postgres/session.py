"""A connection to PostgreSQL that never sends a CancelRequest."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

import asyncpg

from redeemd.store.base import Row
from redeemd.store.postgres.bulk import Target
from redeemd.store.postgres.faults import NoResponse
from redeemd.store.postgres.times import Times

T = TypeVar("T")

_PROBES = 3
_CLOSE_SECONDS = 2.0


class Session:
    """A connection with a response timeout of its own.

    On a timeout, and when a task is cancelled, asyncpg sends a CancelRequest. For a COMMIT that waits for a synchronous
    standby, that ends the wait but not the commit, which becomes visible without being replicated: a failover then
    reverts what others have already seen. Therefore asyncpg gets no timeout here. When a response is overdue, the
    connection is closed, which cancels nothing, unless `on_overdue` is replaced.
    """

    __slots__ = ("_connection", "_loop", "_overdue", "_seconds", "_warned", "on_overdue", "process_id")

    # asyncpg ships no types.
    def __init__(self, connection: Any, times: Times) -> None:
        """Wrap an open asyncpg connection."""
        self._connection = connection
        self._seconds = times.response
        self._loop = asyncio.get_running_loop()
        self._overdue = False
        self._warned = False
        self.on_overdue: Callable[[], None] = self.terminate
        self.process_id: int = connection.get_server_pid()
        connection.add_log_listener(self._on_message)
        _keep_alive(connection, times)

    @property
    def usable(self) -> bool:
        """Whether the next transaction can begin on it."""
        return not self._connection.is_closed() and not self._connection.is_in_transaction()

    async def fetch(self, text: str, *arguments: object) -> Sequence[Row]:
        """Run a statement and return its rows. Raises NoResponse, or whatever asyncpg raises."""
        rows: Sequence[Row] = await self._response(self._connection.fetch(text, *arguments))
        return rows

    async def execute(self, text: str, *arguments: object) -> str:
        """Run a statement and return its command tag. Raises the same errors as `fetch`."""
        tag: str = await self._response(self._connection.execute(text, *arguments))
        return tag

    async def executemany(self, text: str, arguments: Iterable[Sequence[object]]) -> None:
        """Run a statement for each row of arguments. Raises the same errors as `fetch`."""
        await self._response(self._connection.executemany(text, arguments))

    async def copy(self, target: Target, rows: Iterable[Sequence[object]]) -> None:
        """Insert rows by COPY. Raises the same errors as `fetch`."""
        await self._response(self._connection.copy_records_to_table(target.table, records=rows, columns=target.columns))

    async def _response(self, work: Awaitable[T]) -> T:
        self._warned = False
        timer = self._loop.call_later(self._seconds, self._call_overdue)
        try:
            return await work
        except asyncio.CancelledError:
            # asyncpg has scheduled its CancelRequest as a task that has not begun; this prevents it.
            self.terminate()
            raise
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not self._overdue or isinstance(error, asyncpg.QueryCanceledError):
                raise
            raise NoResponse(f"no response within {self._seconds:g} seconds") from error
        finally:
            timer.cancel()

    def _call_overdue(self) -> None:
        self._overdue = True
        self.on_overdue()

    # asyncpg ships no types.
    def _on_message(self, _connection: object, message: Any) -> None:
        if message.severity_en == "WARNING":
            self._warned = True

    @property
    def warned(self) -> bool:
        """Whether the last statement produced a warning.

        PostgreSQL warns when a commit's wait for a standby was cancelled: it is committed locally, but may be lost.
        """
        return self._warned

    def terminate(self) -> None:
        """Close at once. Running statements raise; the database rolls back unless it has begun to commit."""
        self._connection.terminate()

    async def close(self) -> None:
        """Close in an orderly way. No statement may be running."""
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            await self._connection.close(timeout=_CLOSE_SECONDS)


# asyncpg ships no types.
def _keep_alive(connection: Any, times: Times) -> None:
    """Make the kernel detect that the server, or the network path to it, is gone.

    The probes also keep firewalls and NAT devices from dropping an idle connection.
    """
    # asyncpg has no public access to its socket; the version is pinned and this is tested.
    sock = connection._transport.get_extra_info("socket")  # noqa: SLF001
    if sock is None or sock.family == getattr(socket, "AF_UNIX", None):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    values = {
        "TCP_KEEPIDLE": int(times.idle_before_probes),
        "TCP_KEEPINTVL": max(1, int(times.unacknowledged / _PROBES)),
        "TCP_KEEPCNT": _PROBES,
        "TCP_USER_TIMEOUT": int(times.unacknowledged * 1000),
    }
    for name, value in values.items():
        if hasattr(socket, name):  # not every operating system has all of them
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
