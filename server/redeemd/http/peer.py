"""The peer of a request."""

from aiohttp import web


def peer_of(request: web.Request) -> str:
    """Return the address of a client, as gRPC writes it."""
    peername = request.transport.get_extra_info("peername") if request.transport is not None else None
    if not isinstance(peername, tuple):
        return "unix:"
    host, port = peername[:2]
    return f"ipv6:[{host}]:{port}" if ":" in host else f"ipv4:{host}:{port}"
