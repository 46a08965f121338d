"""Limits of the HTTP server, which protect it from its callers.

docs/reference/limits.md documents them for operators.
"""

from dataclasses import dataclass

HEADER_LINES_MAX = 64
HEADER_LINE_BYTES_MAX = 8190
READ_BUFFER_BYTES = 64 * 1024  # of a body; reading pauses at twice this size


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits of one HTTP server. Times are in seconds; tests use small values.

    connections_max   concurrent connections; at most a quarter of the open files that the process may have
    head_seconds      from accepting a connection, or from the first byte of a later request, to the end of its head
    idle_seconds      between two requests on a connection; longer than the usual 60 s of proxies
    stalled_seconds   how long a client may leave our write buffer full
    ahead_bytes_max   how much a client may send after a request before it receives the response
    stop_seconds      how long requests may take to finish when the server stops

    An upload may keep the server waiting for upload_patience_seconds, plus 1 s for every upload_bytes_per_second bytes
    that arrived, but for at most upload_seconds in total. Only time spent waiting for the client counts.
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
    wait_seconds: float = 15.0  # for a slot of these

    upload_seconds: float = 300.0
    upload_patience_seconds: float = 10.0
    upload_bytes_per_second: int = 16 * 1024
