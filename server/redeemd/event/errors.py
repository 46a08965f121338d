"""Errors of the Event service; one class per redeem.event.v1.ErrorReason."""

from grpc import StatusCode

from redeemd.errors import ServiceError

_PACKAGE = "event"
_RETRY_MS = 1000


class CursorExpired(
    ServiceError, package=_PACKAGE, status=StatusCode.OUT_OF_RANGE, reason="CURSOR_EXPIRED", component="cursor"
):
    """Events after the cursor have been deleted, or the cursor belongs to another database."""


class EventsNotKept(
    ServiceError, package=_PACKAGE, status=StatusCode.FAILED_PRECONDITION, reason="EVENTS_NOT_KEPT", component="event"
):
    """This server stores no events."""


class TooManyWatchers(
    ServiceError,
    package=_PACKAGE,
    status=StatusCode.RESOURCE_EXHAUSTED,
    reason="TOO_MANY_WATCHERS",
    component="event",
    retry_after_ms=_RETRY_MS,
):
    """This server has reached its maximum number of watchers."""


class ServerStopping(
    ServiceError,
    package=_PACKAGE,
    status=StatusCode.UNAVAILABLE,
    reason="SERVER_STOPPING",
    component="event",
    retry_after_ms=_RETRY_MS,
):
    """The server is shutting down; resume from the last cursor."""
