"""Sends messages to a receiver by HTTP.

A receiver acknowledges with a 2xx status. The URL is that of the operator's configuration and no other: redirects are
not followed, proxies of the environment are not used, and nothing of a response is kept but its status and Retry-After.
"""

import asyncio
import contextlib
import ssl
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import ceil
from pathlib import Path
from typing import NamedTuple

import aiohttp
from yarl import URL

from redeemd import __version__
from redeemd.base import client_certificates
from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.base.watched_files import WatchedFiles
from redeemd.config.webhooks import WebhookSettings
from redeemd.webhooks import signing
from redeemd.webhooks.cloud_events import Message

RESPONSE_BYTES_MAX = 64 * 1024  # of a response that are read, so that the connection can be used again
RESPONSE_SECONDS_MAX = 1.0
RETRY_AFTER_SECONDS_MAX = 86_400
_DIGITS_MAX = 9
_SUCCESS = range(200, 300)
_GONE = 410


class Outcome(NamedTuple):
    """The outcome of sending a message. `error` is a word, and None if the receiver acknowledged it."""

    error: str | None = None
    gone: bool = False  # the receiver wants nothing more
    retry_after_seconds: int = 0

    @property
    def done(self) -> bool:
        """Whether the receiver acknowledged the message."""
        return self.error is None


class Sender:
    """The connection to a receiver."""

    def __init__(self, settings: WebhookSettings, *, clock: Clock, telemetry: Telemetry) -> None:
        """Raises TlsError, or ValueError for secrets that cannot be used."""
        self._settings = settings
        self._clock = clock
        self._telemetry = telemetry
        self.signer = signing.read(Path(settings.secret_file))
        self._files = WatchedFiles(client_certificates.files(settings.tls))
        self._files.changed()
        self._tls = _context(settings)
        self._url = URL(settings.url)
        self._renew = False  # the next message opens a connection anew
        self._session: aiohttp.ClientSession | None = None

    async def refresh(self) -> bool:
        """Read the certificate files again if they changed, and return whether they did. Raises TlsError."""
        if not self._files.changed():
            return False
        self._tls = await asyncio.to_thread(_context, self._settings)
        self._renew = True
        return True

    async def send(self, message: Message) -> Outcome:
        """Send a message, within the deadline of the settings. Only one at a time."""
        headers = self.signer.headers(message.message_id, message.body, at_seconds=self._clock.now_ms() // 1000)
        headers |= {"Content-Type": message.content_type, "User-Agent": f"redeemd/{__version__}"}
        try:
            return await self._post(message.body, headers)
        except TimeoutError:
            return Outcome("DEADLINE_EXCEEDED")
        except aiohttp.ClientSSLError:
            return Outcome("TLS_FAILED")
        except (aiohttp.ClientError, OSError):
            return Outcome("UNAVAILABLE")
        except Exception as defect:  # noqa: BLE001 -- whatever a response provokes is a failed attempt
            self._telemetry.defect(defect)
            return Outcome("INTERNAL")

    async def _post(self, body: bytes, headers: dict[str, str]) -> Outcome:
        session = await self._open()
        name = None if self._settings.tls is None else self._settings.tls.server_name
        async with asyncio.timeout(self._settings.deadline_seconds):
            response = await session.post(
                self._url, data=body, headers=headers, allow_redirects=False, server_hostname=name
            )
        try:
            await _drain(response)
        finally:
            response.release()
        return _outcome(response, now_ms=self._clock.now_ms())

    async def _open(self) -> aiohttp.ClientSession:
        if self._renew:
            self._renew = False
            await self.close()
        if self._session is None:
            self._session = _session(self._tls)
        return self._session

    async def close(self) -> None:
        """Close the connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _context(settings: WebhookSettings) -> ssl.SSLContext | None:
    return None if settings.tls is None else client_certificates.context(settings.tls)


def _session(tls: ssl.SSLContext | None) -> aiohttp.ClientSession:
    """Return a session for one request at a time, without cookies, proxies and a timeout of its own."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=1, ssl=True if tls is None else tls),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
    )


def _outcome(response: aiohttp.ClientResponse, *, now_ms: int) -> Outcome:
    if response.status in _SUCCESS:
        return Outcome()
    seconds = retry_after_seconds(response.headers.get("Retry-After", ""), now_ms=now_ms)
    return Outcome(f"HTTP_{response.status}", response.status == _GONE, seconds)


def retry_after_seconds(text: str, *, now_ms: int) -> int:
    """Return the seconds of a Retry-After (RFC 9110: seconds, or a date), at most a day; 0 for anything else."""
    if text.isascii() and text.isdigit():
        return min(int(text[:_DIGITS_MAX]), RETRY_AFTER_SECONDS_MAX)
    try:
        moment = parsedate_to_datetime(text).replace(tzinfo=UTC)  # a date of HTTP is in GMT
    except (ValueError, OverflowError):
        return 0
    return max(0, min(ceil(moment.timestamp() - now_ms / 1000), RETRY_AFTER_SECONDS_MAX))


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read a short body. A connection whose body was not read to its end is closed."""
    read = 0
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
        async with asyncio.timeout(RESPONSE_SECONDS_MAX):
            async for chunk in response.content.iter_any():
                read += len(chunk)
                if read > RESPONSE_BYTES_MAX:
                    return
