"""Reads submitted forms, within bounds: their fields, and numbers and times in these."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from aiohttp import web

from redeemd.console import multipart
from redeemd.console.calls import Refused
from redeemd.console.multipart import Parts
from redeemd.http.bodies import Body
from redeemd.http.limits import HttpLimits

FORM_BYTES_MAX = 4 * 1024 * 1024
ANONYMOUS_BYTES_MAX = 16 * 1024  # of a form that anybody can send, such as that of the log-in
FILE_BYTES_MAX = 16 * 1024 * 1024  # of a form with a file; larger files are for the command line
FIELDS_MAX = 200
_DIGITS_MAX = 18


async def read(
    request: web.Request, limits: HttpLimits, *, files: bool = False, bytes_max: int = FORM_BYTES_MAX
) -> Parts:
    """Return the fields of a form, the last of each name, and its file if it may have one, which counts separately.

    Raises redeemd.http.refusal.Refused, or ValueError.
    """
    boundary = multipart.boundary_of(request.headers.get("Content-Type", "")) if files else None
    body = bytearray()
    async for piece in Body(request, limits, bytes_max=bytes_max if boundary is None else FILE_BYTES_MAX).pieces():
        body += piece
    if boundary is not None:
        return await asyncio.to_thread(multipart.parse, bytes(body), boundary)
    # Not on the event loop: a megabyte of percent-encoded characters takes seconds.
    return Parts(await asyncio.to_thread(_fields, bytes(body)), b"")


def _fields(body: bytes) -> Mapping[str, str]:
    text = body.decode("utf-8")
    strict = bool(text)  # a text of no fields is refused otherwise
    pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX, strict_parsing=strict)
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def number(form: Mapping[str, str], name: str) -> int:
    """Return the number in a field, 0 for an empty one. Raises redeemd.console.calls.Refused for anything else."""
    text = form.get(name, "").replace(",", "").strip()
    if not text.isascii() or not (text.isdigit() or not text) or len(text) > _DIGITS_MAX:
        raise Refused.of(name, "must be a number")
    return int(text or 0)


def time(form: Mapping[str, str], name: str) -> int | None:
    """Return the time of UTC in a field as Unix milliseconds, None for an empty one. Raises Refused for others."""
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused.of(name, "must be a time") from None
    if moment.tzinfo is not None:
        raise Refused.of(name, "must be a time of UTC, without an offset")
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)


def time_text(milliseconds: int | None) -> str:
    """Return a time as the field of a form has it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M") if milliseconds else ""
