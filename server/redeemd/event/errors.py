"""Errors of the Event service; one class per redeem.event.v1.ErrorReason."""

from redeemd.errors import Code, ServiceError

_RETRY_MS = 1000


class EventError(ServiceError, package="event"):
    """Base class of the errors of this service."""


class CursorExpired(EventError, status=Code.OUT_OF_RANGE, reason="CURSOR_EXPIRED", component="cursor"):
    """Events after the cursor have been deleted, or the cursor belongs to another database."""


class EventsNotKept(EventError, status=Code.FAILED_PRECONDITION, reason="EVENTS_NOT_KEPT", component="event"):
    """This server stores no events."""


class TooManyWatchers(
    EventError, status=Code.RESOURCE_EXHAUSTED, reason="TOO_MANY_WATCHERS", component="event", retry_after_ms=_RETRY_MS
):
    """This server has reached its maximum number of watchers."""


class ServerStopping(
    EventError, status=Code.UNAVAILABLE, reason="SERVER_STOPPING", component="event", retry_after_ms=_RETRY_MS
):
    """The server is shutting down; resume from the last cursor."""


class WebhookNotFound(EventError, status=Code.NOT_FOUND, reason="WEBHOOK_NOT_FOUND", component="webhook"):
    """There is no webhook with this name."""
