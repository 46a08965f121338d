"""A real pgbouncer for tests: the machine's own, or the one that get_program.sh put into the virtual environment."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.patience import WAIT_SECONDS
from support.postgres import Postgres
from support.programs import as_nobody, free_port, reachable

_FETCHED = Path(sys.prefix) / "pgbouncer"

# As Debian ships it but for what the README says to set, and for a pool that is smaller than what is opened to it, so
# that sessions are really shared. The last lines: how soon it lets go of sessions, and looks again for a database.
_SETTINGS = """
[databases]
* = host=127.0.0.1 port={postgres_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
admin_users = redeemd
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
server_idle_timeout = 5
server_login_retry = 1
"""


class Pgbouncer:
    """A pooler in transaction mode before a server."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self.port = free_port()
        self._folder = folder
        self._postgres = postgres
        self._process: subprocess.Popen[bytes] | None = None
        settings = _SETTINGS.format(postgres_port=postgres.port, port=self.port, folder=folder)
        folder.chmod(0o755)
        (folder / "pgbouncer.ini").write_text(settings)
        (folder / "users").write_text('"redeemd" ""\n')

    def url(self, database: str) -> str:
        """Return where a database is, through the pooler."""
        return f"postgresql://redeemd@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        program, environment = _program(self._folder)
        with (self._folder / "pgbouncer.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*as_nobody(), program, self._folder / "pgbouncer.ini"], stdout=log, stderr=log, env=environment
            )
        end = time.monotonic() + WAIT_SECONDS
        while not self._listens():
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError((self._folder / "pgbouncer.log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def command(self, text: str) -> None:
        """Give it a command of its own, as an administrator. Raises CalledProcessError."""
        self._postgres.sql(text, url=self.url("pgbouncer"))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it at once, and all that is connected to it."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(WAIT_SECONDS)
            self._process = None


@contextlib.contextmanager
def pgbouncer(postgres: Postgres) -> Iterator[Pgbouncer]:
    """Run one for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="redeemd-pgbouncer-"))
    pooler = Pgbouncer(folder, postgres)
    try:
        pooler.start()
        yield pooler
    finally:
        pooler.stop()
        shutil.rmtree(folder, ignore_errors=True)


def missing() -> str:
    """Return why there can be no pgbouncer here; empty when there can."""
    if _own() or (_FETCHED / "usr").is_dir():
        return ""
    return "there is no pgbouncer: not installed, and not fetched by `make .venv/pgbouncer.stamp` (on Debian)"


def _own() -> str | None:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


def _program(folder: Path) -> tuple[str, dict[str, str]]:
    """Return the program and the environment that it needs."""
    if own := _own():
        return own, dict(os.environ)
    there = reachable(_FETCHED, folder / "pgbouncer") / "usr"
    libraries = ":".join(map(str, (there / "lib").glob("*-linux-gnu*")))
    return str(there / "sbin" / "pgbouncer"), os.environ | {"LD_LIBRARY_PATH": libraries}
