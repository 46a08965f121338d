"""The command `apply`: a Deploy template of the vendor, on a running server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from redeemd.cli.client import connected
from redeemd.cli.code_files.options import Yes
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import complain, confirm
from redeemd.cli.results import Json
from redeemd.cli.templates.reading import STANDARD_INPUT
from redeemd.cli.templates.values import NotApplicable

PROBLEMS_SHOWN_MAX = 20


@with_options(Connection)
def apply(
    template: Annotated[Path, typer.Argument(help="A Deploy template, JSON or YAML; - is standard input.")],
    dry_run: Annotated[bool, typer.Option(help="Only show what would change.")] = False,
    ignore_other_services: Annotated[
        bool,
        typer.Option(
            "--ignore-other-services",
            help="Apply the others if the template has resources of services that are not here.",
        ),
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Create and change namespaces and master data as a Deploy template says.

    The command first shows what will change, and asks. Namespaces and settings that the template does not name stay as
    they are; the master data of a namespace is replaced as a whole. YAML needs `redeemd[templates]`.
    """
    # It needs the rules of the contract, which take longer to import than the help of a command.
    from redeemd.cli.templates import applying  # noqa: PLC0415 -- see above

    with _explained(template):
        found, others = applying.read(template, ignore_other_services=ignore_other_services)
        with connected(connection) as client:
            steps = applying.plan(client, found)
            pending = [] if dry_run else [step for step in steps if step.pending]
            to_ask = bool(pending) and not yes
            if to_ask or not as_json:
                applying.show(steps, others, err=as_json)
            if to_ask:
                otherwise = "nothing was applied; add --yes to apply the template"
                confirm("Apply these changes?", otherwise=otherwise, can_ask=template != STANDARD_INPUT)
            applying.perform(client, pending, template)
    if as_json:
        applying.put_all(steps, others, applied=not dry_run)
    elif not dry_run:
        typer.echo(f"{len(pending)} applied" if pending else "nothing to apply: the server has all of this already")


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """Print why a template cannot be applied, and exit with status 1."""
    try:
        yield
    except ModuleNotFoundError as problem:
        if problem.name != "yaml":
            raise
        complain("redeemd: YAML templates need PyYAML: pip install 'redeemd[templates]'; JSON needs nothing")
    except NotApplicable as found:
        for each in found.problems[:PROBLEMS_SHOWN_MAX]:
            complain(f"redeemd: {each.at(file)}")
        if len(found.problems) > PROBLEMS_SHOWN_MAX:
            complain(f"redeemd: and {len(found.problems) - PROBLEMS_SHOWN_MAX} more problems")
        complain("redeemd: nothing was applied")
    else:
        return
    raise typer.Exit(1)
