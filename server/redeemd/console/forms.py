"""Reads the fields of a submitted form, within bounds."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from redeemd.http.bodies import Body
from redeemd.http.limits import HttpLimits

FORM_BYTES_MAX = 4 * 1024 * 1024
FIELDS_MAX = 200


async def read(request: web.Request, limits: HttpLimits, *, bytes_max: int = FORM_BYTES_MAX) -> Mapping[str, str]:
    """Return the fields of a form, the last of each name. Raises redeemd.http.refusal.Refused, or ValueError."""
    body = bytearray()
    async for piece in Body(request, limits, bytes_max=bytes_max).pieces():
        body += piece
    text = body.decode("utf-8")
    pairs = parse_qsl(
        text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX, strict_parsing=bool(text)
    )
    return {name: value.replace("\r\n", "\n") for name, value in pairs}
