"""How commands run that open the database themselves."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager

import typer

from redeemd import config
from redeemd.app.data_folder import DatabaseLost
from redeemd.base.log import Report, Severity
from redeemd.base.tls_error import TlsError
from redeemd.cli.mistakes import sentence_of
from redeemd.cli.output import complain
from redeemd.crypto.keyring import KeyRingError
from redeemd.store.base import StoreError
from redeemd.store.copy.copying import CopyError
from redeemd.store.migrate import SchemaError
from redeemd.store.sqlite.lock import FolderInUse
from redeemd.store.sqlite.snapshot import SnapshotError

# Errors of the environment, not of the program: reported in one line, without a traceback.
ENVIRONMENT_ERRORS = (
    config.ConfigError, FolderInUse, DatabaseLost, SchemaError, SnapshotError, CopyError, KeyRingError, StoreError,
    TlsError, OSError,
)  # fmt: skip

Work = Coroutine[object, None, None]


def print_report(text: str, _severity: Severity = Severity.INFO) -> None:
    """Print a line about a command to standard error."""
    complain(f"redeemd: {text}")


def run(work: Callable[[], Work], *, but: type[Exception] | None = None, report: Report = print_report) -> None:
    """Run a command's coroutine; on an error of the environment, report it and exit with status 1.

    Raises the exception `but`, for a command that has an alternative.
    """
    with reporting_problems(but=but, report=report):
        _runner()(work())


@contextmanager
def reporting_problems(*, but: type[Exception] | None = None, report: Report = print_report) -> Iterator[None]:
    """Report errors of the environment, except `but`, and exit with status 1."""
    try:
        yield
    except tuple(kind for kind in ENVIRONMENT_ERRORS if kind is not but) as problem:
        report(sentence_of(problem), Severity.ERROR)
        raise typer.Exit(1) from None


def _runner() -> Callable[[Work], None]:
    try:
        import uvloop  # noqa: PLC0415 -- not available on Windows
    except ImportError:
        return asyncio.run
    return uvloop.run
