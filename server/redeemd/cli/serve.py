"""The command `serve`."""

from typing import TYPE_CHECKING

import typer

from redeemd.cli import serve_options

if TYPE_CHECKING:
    from redeemd.app.environment import Environment


def serve(context: typer.Context, *, check: bool, print_config: bool, **flags: str | None) -> None:
    """Serve until stopped. Every flag is also an environment variable: REDEEMD_HTTP_LISTEN for --http-listen."""
    from redeemd.cli import serving  # noqa: PLC0415 -- the whole server, which help does not need

    settings = serving.settings(context, flags, check=check or print_config)
    if print_config:
        typer.echo(settings.model_dump_json(indent=2))
    elif check:
        typer.echo("the configuration is valid")
    else:
        environment: Environment | None = context.obj
        serving.serve(settings, environment)


serve.__signature__ = serve_options.signature()  # type: ignore[attr-defined]  # what typer reads: a flag per setting
