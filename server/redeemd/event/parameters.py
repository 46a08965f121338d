"""An event as parameters of the queries that record it."""


def parameters(kind: int, body: bytes, *, at: int, code_position: str | None = None) -> dict[str, object]:
    """Return an event; `body` is a serialized Event, `at` the server's clock in Unix milliseconds."""
    return {
        "event_kind": kind,
        "event_at": at,
        "event_body": body,
        "event_place": code_position,
        "found_name": None,
        "found_count": None,
        "found_revision": None,
    }
