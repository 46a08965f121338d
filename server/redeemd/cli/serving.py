"""Runs a server for the command `serve`."""

import os
import sys
from collections.abc import Mapping

import typer

from redeemd import config
from redeemd.app import checking, library_log, tracing
from redeemd.app import server as service
from redeemd.app.environment import ENVIRONMENT, Environment
from redeemd.base.log import LogPolicy, Severity, event_line
from redeemd.base.telemetry import Telemetry
from redeemd.cli import commands, unknown_variables
from redeemd.cli.output import complain
from redeemd.cli.running import reporting_problems, run


def settings(context: typer.Context, flags: Mapping[str, str | None], *, check: bool) -> config.Settings:
    """Return the settings; with `check`, the files that they name are validated as well.

    Reports problems, and exits with status 1 for one that keeps the server from starting.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    with reporting_problems(report=_report):
        found = config.load(**given)
        for line in _unknown(context):
            _report(line, Severity.WARNING)
        if check:
            checking.check(found)
    return found


def _unknown(context: typer.Context) -> list[str]:
    known = unknown_variables.variables_of(context.command)
    if not unknown_variables.warnings(os.environ, known):
        return []
    # Variables of other commands are known as well. Importing all of them takes a while.
    return unknown_variables.warnings(os.environ, known | unknown_variables.variables_of(commands.every()))


def serve(settings: config.Settings, environment: Environment | None) -> None:
    """Serve until stopped."""

    async def work() -> None:
        tracer = tracing.tracer(os.environ, lambda text: _report(text, Severity.WARNING))
        telemetry = Telemetry(log=sys.stdout, policy=_log_policy(settings), tracer=tracer)
        with library_log.taken_into(telemetry):
            try:
                await service.serve(
                    settings,
                    telemetry,
                    environment=environment or ENVIRONMENT,
                    report=_report,
                )
            finally:
                telemetry.close()

    run(work, report=_report)


def _log_policy(settings: config.Settings) -> LogPolicy:
    return LogPolicy(settings.log, ok_reads=settings.log_ok_reads, slow_seconds=settings.log_slow_seconds)


def _report(text: str, severity: Severity = Severity.INFO) -> None:
    """Print a line about the server to standard error: text on a terminal, JSON like the log for a collector."""
    if sys.stderr.isatty():
        complain(f"redeemd: {text}")
    else:
        sys.stderr.write(event_line("server", severity, message=text) + "\n")
