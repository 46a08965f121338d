"""Opens connections to PostgreSQL, wherever of the hosts of its URL it is."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import asyncpg

from redeemd.store.postgres_faults import unreachable
from redeemd.store.session import Session
from redeemd.store.times import Times

STATEMENTS_CACHED = 512


def by_host(url: str) -> list[str]:
    """Return a URL for each host that a URL names, in its order. Raises ValueError for what is no URL.

    asyncpg goes through hosts under one timeout, which the first one that is silent uses up.
    """
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    if hosts:
        return [parts._replace(netloc=f"{user}{at}{host}").geturl() for host in hosts.split(",")]
    return _by_parameter(parts)


def _by_parameter(parts: SplitResult) -> list[str]:
    parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    hosts = parameters.get("host", "").split(",")
    ports = parameters.get("port", "").split(",")
    if len(hosts) == 1:
        return [parts.geturl()]
    if len(ports) not in {1, len(hosts)}:
        raise ValueError("as many ports as hosts, or one for all, are needed")
    ports *= len(hosts) // len(ports)
    found = []
    for host, port in zip(hosts, ports, strict=True):
        changed = parameters | {"host": host} | ({"port": port} if port else {})
        found.append(f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(changed)}")
    return found


class Opener:
    """Opens sessions, each with the same settings."""

    def __init__(self, url: str, *, times: Times, settings: Mapping[str, str], prepared: bool) -> None:
        """Raises ValueError for what is no URL."""
        self._urls = by_host(url)
        self._times = times
        self._options: dict[str, Any] = {
            "timeout": times.host,
            "command_timeout": None,  # see Session
            "statement_cache_size": STATEMENTS_CACHED if prepared else 0,
            "max_cached_statement_lifetime": 0,  # they are few, and always the same
            "server_settings": dict(settings),
        }

    async def open(self) -> Session:
        """Return a session with the first host that takes it. Raises what the last one raised.

        The host that took the last one is asked first, so that one that is silent costs its time only once.
        """
        *others, last = list(self._urls)
        for url in others:
            try:
                return await self._open(url)
            except Exception as error:
                if not unreachable(error):
                    raise
        return await self._open(last)

    async def _open(self, url: str) -> Session:
        session = Session(await asyncpg.connect(url, **self._options), self._times)
        self._urls.remove(url)
        self._urls.insert(0, url)
        return session
