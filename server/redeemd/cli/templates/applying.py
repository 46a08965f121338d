"""The steps of the command `apply`: read, plan, show, perform."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import grpc
import typer

from redeemd.cli.client import Client, describe, violations_of
from redeemd.cli.output import complain
from redeemd.cli.results import put
from redeemd.cli.templates import planning, rendering, template
from redeemd.cli.templates.planning import Step
from redeemd.cli.templates.reading import read_file
from redeemd.cli.templates.template import Resource
from redeemd.cli.templates.values import NotApplicable, Problem, printable
from redeemd.cli.templates.wanted import Wanted, read_wanted


def read(file: Path, *, ignore_other_services: bool) -> tuple[Sequence[Wanted], Sequence[Resource]]:
    """Return what a template wants, and its resources of other services.

    Raises NotApplicable, also for resources of other services unless they are to be ignored, and ModuleNotFoundError
    where YAML is not installed.
    """
    wanted, others = read_wanted(template.parse(read_file(file)))
    if others and not ignore_other_services:
        text = "{} belongs to a service that is not here; --ignore-other-services applies the others"
        raise NotApplicable([Problem(text.format(each.type), each.line, each.name) for each in others])
    return wanted, others


def plan(client: Client, wanted: Iterable[Wanted]) -> Sequence[Step]:
    """Return the steps that make the server have what is wanted. See `planning.plan`."""
    try:
        return planning.plan(client, wanted)
    except typer.Exit:
        complain("redeemd: nothing was applied")
        raise


def show(steps: Sequence[Step], others: Sequence[Resource], *, err: bool) -> None:
    """Print a plan for people; `err` selects standard error."""
    for line in rendering.lines(steps, others):
        typer.echo(printable(line), err=err)


def perform(client: Client, steps: Sequence[Step], file: Path) -> None:
    """Perform steps. When one fails, print why and what was applied before, and exit with status 1."""
    for done, step in enumerate(steps):
        try:
            step.perform(client)
        except grpc.RpcError as error:
            _complain(error, step, file)
            others = "once the cause is gone, run the command again for the others"
            complain(f"redeemd: {done} of {len(steps)} changes were applied; {others}")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            complain(f"redeemd: interrupted; at least {done} of {len(steps)} changes were applied")
            raise


def _complain(error: grpc.RpcError, step: Step, file: Path) -> None:
    """Print why a step failed, with the lines of the template."""
    resource = step.place.resource
    complain(f"redeemd: {Problem(describe(error), resource.line, resource.name).at(file)}")
    for field, description in violations_of(error):
        complain(f"redeemd: {step.place.problem(field, description).at(file)}")


def put_all(steps: Iterable[Step], others: Iterable[Resource], *, applied: bool) -> None:
    """Print all resources as JSON. `applied` says whether the pending steps were performed."""
    for step in steps:
        put(rendering.json_of_step(step, applied=applied and step.pending), "", as_json=True)
    for resource in others:
        put(rendering.json_of_other(resource), "", as_json=True)
