"""A PostgreSQL and a synchronous standby of it, which change places by a failover."""

import contextlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

from support.postgres import Postgres, postgres

NAME = "standby"
_WAIT = f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'"
_RELOAD = "SELECT pg_reload_conf()"


class Pair:
    """Two servers; each commit of the primary waits until the standby has it, where there is one or not."""

    def __init__(self, primary: Postgres, standby: Postgres) -> None:
        self.primary = primary
        self.standby = standby

    def url(self, database: str, *, ports: tuple[int, int] | None = None) -> str:
        """Return the URL of a database, wherever of the two it is; `ports` are those of proxies before them."""
        first, second = ports or (self.primary.port, self.standby.port)
        hosts = f"127.0.0.1:{first},127.0.0.1:{second}"
        return f"postgresql://redeemd@{hosts}/{database}?target_session_attrs=read-write"

    def fail_over(self) -> None:
        """Kill the primary, without a word to anybody, and promote the standby, which then waits for none."""
        self.primary.stop(signal.SIGQUIT)
        self.standby.sql("ALTER SYSTEM RESET synchronous_standby_names", _RELOAD)
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def follow(self) -> None:
        """Make the server that is not primary a new standby, and have commits wait for it."""
        self.standby.stop(signal.SIGQUIT)
        shutil.rmtree(self.standby.data, ignore_errors=True)
        self.standby.copy(self.primary, NAME)
        self.standby.start()
        self.primary.sql(_WAIT, _RELOAD)


@contextlib.contextmanager
def with_standby() -> Iterator[Pair]:
    """Run such a pair for as long as the block lasts."""
    with postgres() as primary:
        folder = Path(tempfile.mkdtemp(prefix="standby-", dir=primary.folder))  # removed with the primary's
        pair = Pair(primary, Postgres(folder, binaries=primary.binaries))
        try:
            pair.follow()
            yield pair
        finally:
            for server in (pair.primary, pair.standby):
                server.stop(signal.SIGQUIT)
