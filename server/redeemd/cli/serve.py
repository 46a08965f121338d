"""The command `serve`, and how commands that open the database themselves run."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager

import typer

from redeemd import config
from redeemd.app import checking, library_log, tracing
from redeemd.app import server as service
from redeemd.app.data_folder import DatabaseLost
from redeemd.app.environment import Environment
from redeemd.base.log import LogPolicy, Severity, event_line
from redeemd.base.telemetry import Telemetry
from redeemd.base.tls import TlsError
from redeemd.cli import serve_options, unknown_variables
from redeemd.cli.client import errors
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
Report = Callable[[str, Severity], None]


def _print(text: str, _severity: Severity) -> None:
    errors.print(f"redeemd: {text}", markup=False)


def run(work: Callable[[], Work], *, but: type[Exception] | None = None, report: Report = _print) -> None:
    """Run a command's coroutine; on an error of the environment, report it and exit with status 1.

    Raises the exception `but`, for a command that has an alternative.
    """
    with reporting_problems(but=but, report=report):
        _runner()(work())


@contextmanager
def reporting_problems(*, but: type[Exception] | None = None, report: Report = _print) -> Iterator[None]:
    """Report errors of the environment, except `but`, and exit with status 1."""
    try:
        yield
    except tuple(kind for kind in ENVIRONMENT_ERRORS if kind is not but) as problem:
        report(str(problem), Severity.ERROR)
        raise typer.Exit(1) from None


def _runner() -> Callable[[Work], None]:
    try:
        import uvloop  # noqa: PLC0415 -- not available on Windows
    except ImportError:
        return asyncio.run
    return uvloop.run


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line interface; it has a flag for every setting."""
    serve.__signature__ = serve_options.signature()  # type: ignore[attr-defined]  # what typer reads
    app.command()(serve)


def serve(context: typer.Context, *, check: bool, print_config: bool, **flags: str | None) -> None:
    """Serve until stopped. Every flag is also an environment variable: REDEEMD_HTTP_LISTEN for --http-listen."""
    given = {name: value for name, value in flags.items() if value is not None}
    with reporting_problems(report=_report):
        settings = config.load(**given)
        for line in unknown_variables.warnings(os.environ, unknown_variables.variables_of(context.find_root().command)):
            _report(line, Severity.WARNING)
        if check or print_config:
            checking.check(settings)
    if print_config:
        typer.echo(settings.model_dump_json(indent=2))
    elif check:
        typer.echo("the configuration is valid")
    else:
        _serve(settings, context.ensure_object(Environment))


def _serve(settings: config.Settings, environment: Environment) -> None:
    async def work() -> None:
        tracer = tracing.tracer(os.environ, lambda text: _report(text, Severity.WARNING))
        telemetry = Telemetry(log=sys.stdout, policy=_log_policy(settings), tracer=tracer)
        with library_log.taken_into(telemetry):
            try:
                await service.serve(
                    settings,
                    telemetry,
                    environment=environment,
                    report=lambda text: _report(text, Severity.INFO),
                )
            finally:
                telemetry.close()

    run(work, report=_report)


def _log_policy(settings: config.Settings) -> LogPolicy:
    return LogPolicy(settings.log, ok_reads=settings.log_ok_reads, slow_seconds=settings.log_slow_seconds)


def _report(text: str, severity: Severity) -> None:
    """Print a line about the server to standard error: text on a terminal, JSON like the log for a collector."""
    if errors.is_terminal:
        _print(text, severity)
    else:
        sys.stderr.write(event_line("server", severity, message=text) + "\n")
