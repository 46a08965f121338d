"""Opens connections to PostgreSQL, trying each host of the URL."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import asyncpg

from redeemd.store.postgres.faults import unreachable
from redeemd.store.postgres.session import Session
from redeemd.store.postgres.times import Times

STATEMENTS_CACHED = 512

Connect = Callable[..., Awaitable[asyncpg.Connection]]  # see asyncpg.connect


def by_host(url: str) -> list[str]:
    """Return one URL for each host of a URL, in the same order. Raises ValueError if it is not a valid URL.

    asyncpg tries all hosts under one timeout, which a single unresponsive host uses up.
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
        raise ValueError("the number of ports must be one or the number of hosts")
    ports *= len(hosts) // len(ports)
    found = []
    for host, port in zip(hosts, ports, strict=True):
        changed = parameters | {"host": host} | ({"port": port} if port else {})
        found.append(f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode(changed)}")
    return found


class Opener:
    """Opens sessions, each with the same settings."""

    def __init__(
        self, url: str, *, times: Times, settings: Mapping[str, str], prepared: bool, connect: Connect
    ) -> None:
        """Raises ValueError if `url` is not a valid URL."""
        self._urls = by_host(url)
        self._connect = connect
        self._times = times
        self._options: dict[str, Any] = {  # keyword arguments of asyncpg, which ships no types
            "timeout": times.host,
            "command_timeout": None,  # see Session
            "statement_cache_size": STATEMENTS_CACHED if prepared else 0,
            "max_cached_statement_lifetime": 0,  # there are few statements, and they never change
            "server_settings": dict(settings),
        }

    async def open(self) -> Session:
        """Return a session with the first host that accepts it. Raises the error of the last host if none does.

        The host that accepted the previous session is tried first, so that an unresponsive host costs its timeout only
        once.
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
        session = Session(await self._connect(url, **self._options), self._times)
        self._urls.remove(url)
        self._urls.insert(0, url)
        return session
