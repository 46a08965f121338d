"""Addresses that a server listens on."""

import ipaddress
from pathlib import Path

_UNIX = "unix:"


def split_address(address: str) -> tuple[str, int] | None:
    """Split HOST:PORT or [IPv6]:PORT; return None if it is neither."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 -- the highest port
        return None
    return host.strip("[]"), int(port)


def is_loopback(address: str) -> bool:
    """Return whether an address is reachable from this machine only."""
    parts = split_address(address)
    if parts is None:
        return unix_path(address) is not None
    try:
        return ipaddress.ip_address(parts[0]).is_loopback
    except ValueError:
        return parts[0] == "localhost"


def unix_path(address: str) -> Path | None:
    """Return the path of the Unix socket unix:PATH or unix:///PATH; None for another address."""
    path = address.removeprefix(_UNIX)
    if path == address or not path or "\0" in path:
        return None
    return Path(path.removeprefix("//"))


def with_port(address: str, port: int) -> str:
    """Return an address with the number of its port, if it has a port."""
    return address if split_address(address) is None else f"{address.rpartition(':')[0]}:{port}"
