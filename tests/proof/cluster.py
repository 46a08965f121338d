"""The servers under proof: real processes on one database, which can be killed, paused and started again."""

import asyncio
import base64
import contextlib
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import ClassVar, NamedTuple

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from support.programs import free_port
from support.standby import with_standby

TESTS = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0


class NotStarted(Exception):
    """A server ended instead of serving; the text is what it said."""


class Start(NamedTuple):
    """A start of a server: by how much its clock is ahead, and when it began and served, in monotonic nanoseconds."""

    clock_ms: int
    begin: int
    end: int


class Replica:
    """One process of redeemd, with an address that stays when it is started again."""

    def __init__(self, environment, log, draw_clock_ms):
        self.address = f"127.0.0.1:{free_port()}"
        self._environment = environment
        self._log = log
        self._draw_clock_ms = draw_clock_ms
        self._process = None
        self.starts = []

    @property
    def running(self):
        """Whether there is a process."""
        return self._process is not None and self._process.returncode is None

    async def start(self):
        """Start it, and wait until it serves."""
        clock_ms, begin = self._draw_clock_ms(), time.monotonic_ns()
        command = [sys.executable, "-m", "proof.serve", str(clock_ms), "serve", "--listen", self.address]
        command += ["--http-listen", "", "--drain-seconds", "0.3", "--guess-delay-seconds", "0.1"]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=TESTS, env=self._environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(START_SECONDS_MAX):
            while not await self._serves():
                if not self.running:
                    raise NotStarted(self._log.read_text()[-2000:])
                await asyncio.sleep(0.02)
        self.starts.append(Start(clock_ms, begin, time.monotonic_ns()))

    async def _serves(self):
        """Return whether it says so: its port is open before its database."""
        options = [("grpc.use_local_subchannel_pool", 1)]  # a try that failed must not make the next one wait
        async with grpc.aio.insecure_channel(self.address, options=options) as channel:
            try:
                health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=1)
            except grpc.aio.AioRpcError:
                return False
        return health.status == health_pb2.HealthCheckResponse.SERVING

    def signal(self, number):
        """Send a signal, if it runs."""
        if self.running:
            self._process.send_signal(number)

    async def ended(self):
        """Wait until the process is gone, by force if it takes too long."""
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def kill(self):
        """Take the process away, as a failing machine does."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def terminate(self):
        """Stop the process gracefully: it completes the calls in progress."""
        self.signal(signal.SIGTERM)
        await self.ended()


class Cluster:
    """All servers of a run, and the database behind them. Subclasses say what that is."""

    store = ""
    database_faults: ClassVar[dict[str, int]] = {}  # what else can happen to the database, and how often it does

    def __init__(self, folder, *, draw_clock_ms, replicas=1, server=None):
        """`draw_clock_ms` draws by how much the clock of a server is wrong from its next start on.

        `server` is a folder with another build of redeemd, in place of the installed one.
        """
        self.folder = folder
        self.keys = [f"k1:{_secret()}"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("REDEEMD_")}
        self.environment = clean | ({"PYTHONPATH": str(server)} if server else {})
        self.environment["REDEEMD_MASTER_KEY"] = self.keys[0]
        self.replicas = [
            Replica(self.environment, folder / f"server-{number}.log", draw_clock_ms) for number in range(replicas)
        ]

    @contextlib.asynccontextmanager
    async def running(self):
        """Start all of it; take it away at the end."""
        async with self._database():
            try:
                for replica in self.replicas:
                    await replica.start()
                yield
            finally:
                for replica in self.replicas:
                    await replica.kill()

    @property
    def clock_of_budgets(self):
        """Return the starts that gave another clock to the guess budgets in the store."""
        return []

    async def restart(self):
        """Stop all servers gracefully and start them again; afterwards no earlier call is in progress."""
        await asyncio.gather(*(replica.terminate() for replica in self.replicas))
        for replica in self.replicas:
            await replica.start()

    async def rotate_key(self):
        """Add a master key; new codes are issued under it."""
        self.keys.append(f"k{len(self.keys) + 1}:{_secret()}")
        self.environment["REDEEMD_MASTER_KEY"] = ",".join(self.keys)
        await self.restart()


class SqliteCluster(Cluster):
    """One server on a data folder."""

    store = "SQLite"

    @contextlib.asynccontextmanager
    async def _database(self):
        self._data = self.folder / "data"
        self.environment["REDEEMD_DATA"] = str(self._data)
        yield

    @property
    def clock_of_budgets(self):
        """Return all starts: the clock of the server is that of its database. PostgreSQL has one of its own."""
        return self.replicas[0].starts

    @property
    def admin_key(self):
        """The key that the first start made."""
        return (self._data / "admin.key").read_text().strip()

    def namespace_salt(self, name):
        """Read the salt of a SerialKey namespace, as one who stole a copy of the database could."""
        with contextlib.closing(sqlite3.connect(self._data / "redeemd.db")) as database:
            return database.execute(_SALT.format("salt", name)).fetchone()[0]


class PostgresCluster(Cluster):
    """Three servers on a PostgreSQL with a synchronous standby."""

    store = "PostgreSQL, three replicas"
    database_faults: ClassVar = {
        "database fast": 2,
        "database immediate": 2,
        "database sessions": 2,
        "database failover": 2,
    }

    def __init__(self, folder, **options):
        super().__init__(folder, replicas=3, **options)
        self.admin_key = ""

    @contextlib.asynccontextmanager
    async def _database(self):
        with with_standby() as self._pair:
            self._pair.primary.create("proof")
            self.environment["REDEEMD_DATABASE"] = self._pair.url("proof")
            await self._command("migrate")
            self.admin_key = await self._command("keys", "create", "admin")
            yield

    async def _command(self, *words):
        """Run a command of redeemd; return the last line that it prints."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "redeemd", *words, cwd=TESTS, env=self.environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, f"redeemd {words[0]} failed"
        return said.decode().split()[-1]

    def namespace_salt(self, name):
        """Read the salt of a SerialKey namespace, as one who stole a copy of the database could."""
        salt = self._pair.primary.sql(_SALT.format("encode(salt, 'hex')", name), database="proof")
        return bytes.fromhex(salt)

    async def database_fault(self, kind):
        """End all sessions, or the database, with or without tidying up, and start it again or promote its standby."""
        faults = {
            "database fast": lambda: self._restart(signal.SIGINT),
            "database immediate": lambda: self._restart(signal.SIGQUIT),
            "database sessions": lambda: self._pair.primary.end_sessions("proof"),
            "database failover": self._fail_over,
        }
        await asyncio.to_thread(faults[kind])

    def _restart(self, how):
        self._pair.primary.stop(how)
        self._pair.primary.start()

    def _fail_over(self):
        """Kill the primary, promote the standby, and make the one that was killed its standby."""
        self._pair.fail_over()
        self._pair.follow()


CLUSTERS = {"sqlite": SqliteCluster, "postgresql": PostgresCluster}
_SALT = "SELECT {} FROM namespace WHERE service = 'serialKey' AND name = '{}'"


def _secret():
    return base64.b64encode(os.urandom(32)).decode()
