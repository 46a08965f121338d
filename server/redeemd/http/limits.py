"""The bounds of the HTTP side, which protect the server from its callers.

docs/reference/limits.md states them for operators.
"""

from dataclasses import dataclass

HEADER_LINES_MAX = 64
HEADER_LINE_BYTES_MAX = 8190
READ_BUFFER_BYTES = 64 * 1024  # of a body; reading pauses at twice this


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Times in seconds. Tests make them small.

    connections_max   never more than a quarter of the open files that the process may have
    head_seconds      from accepting a connection, or from the first byte of a later request, to the end of its head
    idle_seconds      between two requests of a connection; longer than the 60 s of the usual proxies
    stalled_seconds   how long a reader may leave our write buffer full
    ahead_bytes_max   what a client may send behind a request before that was answered
    stop_seconds      how long requests may take to finish when the server stops

    An upload may keep us waiting for upload_patience_seconds, and 1 s more for every upload_bytes_per_second that
    arrived, but for no more than upload_seconds in all. Only the time in which we wait for the client counts.
    """

    connections_max: int = 256
    head_seconds: float = 15.0
    idle_seconds: float = 75.0
    stalled_seconds: float = 30.0
    ahead_bytes_max: int = 64 * 1024
    stop_seconds: float = 5.0

    uploads_max: int = 8
    uploads_waiting_max: int = 64
    downloads_max: int = 64
    downloads_waiting_max: int = 64
    wait_seconds: float = 15.0  # for one of those places

    upload_seconds: float = 300.0
    upload_patience_seconds: float = 10.0
    upload_bytes_per_second: int = 16 * 1024
