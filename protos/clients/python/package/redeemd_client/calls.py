"""A call: the key, metadata and deadline of its attempts, and their number. Both kinds of client use it."""

import random
import time
from collections.abc import Iterable
from typing import Any

import grpc
from google.protobuf.message import Message

from redeemd_client.credentials import Clock, Credential, Header
from redeemd_client.errors import CredentialRefused, RedeemError, error_of
from redeemd_client.rules import Rule, new_key

Metadata = Iterable[tuple[str, str]]

_FIRST_PAUSE_SECONDS, _PAUSE_SECONDS_MAX = 0.1, 2.0
_KEY = "idempotency-key"
_OF_PLAYER = "access token"  # metadata `kind` of a refusal


class Call:
    """One call of a method, however often it is sent."""

    def __init__(
        self,
        rule: Rule,
        request: object,
        *,
        key: str = "",
        timeout: float | None = None,
        metadata: Metadata = (),
        clock: Clock = time.monotonic,
    ) -> None:
        """Raises ValueError for a key that the method does not take, or that is not the one in the request."""
        self._metadata = list(metadata)
        inside = getattr(request, "duplication_avoider", "") or dict(self._metadata).get(_KEY, "")
        if key and (not rule.takes_key or inside not in {"", key}):
            raise ValueError("the request has another key" if rule.takes_key else f"{rule.path} takes no key")
        self._rule = rule
        self.key = inside or key or (new_key() if rule.takes_key else "")
        self._metadata += [(_KEY, self.key)] if self.key and not inside else []
        seconds = rule.seconds if timeout is None else timeout
        self._clock, self._ends_at = clock, None if seconds is None else clock() + seconds
        self._may_repeat = isinstance(request, Message)  # an iterator cannot be sent again

    def options(self, header: Header | None) -> dict[str, Any]:  # keyword arguments of a stub
        """Return what grpcio sends with an attempt: metadata, and the time that is left."""
        left = None if self._ends_at is None else max(self._ends_at - self._clock(), 0.0)
        return {"metadata": [*self._metadata, *([header] if header else [])], "timeout": left}

    def error(self, failure: grpc.RpcError) -> RedeemError:
        """Return the error of a failed attempt."""
        return error_of(failure, writes=self._rule.writes, key=self.key)

    def goes_again(self, error: RedeemError, header: Header | None, credential: Credential) -> bool:
        """Return whether to send the call again: its header was refused for the first time, and there is another."""
        if header is None or not isinstance(error, CredentialRefused) or not self._may_repeat:
            return False
        self._may_repeat = False
        of_player = header[0] != "authorization"
        return (error.metadata.get("kind") == _OF_PLAYER) == of_player and credential.refused(header)


class Patience:
    """The pauses between attempts to continue a stream: none after progress, and an end after `seconds` without any."""

    def __init__(self, seconds: float, *, clock: Clock = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self.progress()

    def progress(self) -> None:
        """Note that the stream has received something."""
        self._since, self._pause = self._clock(), _FIRST_PAUSE_SECONDS

    def pause(self, error: RedeemError) -> float:
        """Return how many seconds to wait before the next attempt. Raises the error if there is to be none."""
        if not error.is_temporary or self._clock() >= self._since + self._seconds:
            raise error
        pause, self._pause = self._pause, min(3 * self._pause, _PAUSE_SECONDS_MAX)
        return max(pause * random.uniform(0.8, 1.2), error.retry_after or 0.0)  # noqa: S311 -- no secret
