"""A client behind a connection that a test breaks."""

import contextlib

from proof.proxy import Link
from redeemd_client import AsyncClient, Key


def address_of(service):
    """Return the address of a server."""
    return f"127.0.0.1:{service.port}"


@contextlib.asynccontextmanager
async def behind_a_link(service):
    """Yield a client with the administrator's key, and the link between it and the server."""
    link = Link(address_of(service))
    address = await link.listen()
    with contextlib.closing(link):
        async with AsyncClient(address, Key(service.key)) as client:
            yield client, link


def swallow(link):
    """Lose all responses on the connections of a link, until these are cut."""
    for connection in link._connections:
        connection.swallows = True
