"""Reads the replies of other services."""

import aiohttp

_CHUNK_BYTES = 16 * 1024


class TooLong(ValueError):
    """A reply is longer than what its reader accepts."""


async def read(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    """Return the body of a reply. Raises TooLong, without reading on."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > bytes_max:
            raise TooLong(f"longer than {bytes_max} bytes")
    return bytes(body)
