"""The commands `batch`: delete, move and limit batches of codes, through a running server."""

from typing import Annotated

import typer
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.cli.client import connected
from redeemd.cli.codes import Campaign, Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import confirm
from redeemd.cli.results import Json, put
from redeemd.cli.times import Period, ValidFrom, ValidUntil, Zone

app = typer.Typer(help="Delete, move and limit batches of codes.", no_args_is_help=True)

Job = Annotated[str, typer.Argument(help="The issue job, as `issue`, `import` and `jobs` print it.")]


@app.command()
@with_options(Connection)
def delete(
    namespace: Namespace,
    campaign: Campaign,
    job: Job,
    unused_only: Annotated[bool, typer.Option("--unused-only", help="Keep the used keys, if there are any.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Delete a batch: its codes are unknown from then on. Refused if keys are used, unless these are to be kept."""
    request = pb.DeleteIssueJobRequest(
        namespace_name=namespace, campaign_model_name=campaign, issue_job_name=job, unused_only=unused_only
    )
    with connected(connection) as client:
        if not yes:
            what = "the unused keys of batch" if unused_only else "batch"
            confirm(
                f"Delete {what} {job}? This cannot be undone.",
                otherwise="nothing was deleted; add --yes to delete the batch",
            )
        item = client.call(client.serial_keys.DeleteIssueJob, request).item
    kept = f"the unused keys of batch {job} are deleted; its used keys stay"
    put(item, kept if item.unused_deleted else f"batch {job} is deleted", as_json=as_json)


@app.command()
@with_options(Connection)
def move(
    namespace: Namespace,
    campaign: Campaign,
    job: Job,
    to_campaign: Annotated[str, typer.Argument(help="The campaign to which it is moved.")],
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Move a batch to another campaign. Used keys keep the campaign in which they were used."""
    request = pb.MoveIssueJobRequest(
        namespace_name=namespace, campaign_model_name=campaign, issue_job_name=job, to_campaign_model_name=to_campaign
    )
    with connected(connection) as client:
        item = client.call(client.serial_keys.MoveIssueJob, request).item
    put(item, f"batch {job} belongs to campaign {to_campaign}", as_json=as_json)


@app.command()
@with_options(Connection)
def validity(
    namespace: Namespace,
    campaign: Campaign,
    job: Job,
    valid_from: ValidFrom = "",
    valid_until: ValidUntil = "",
    zone: Zone = "UTC",
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Set when the codes of a batch can be used, and print that; a bound that is not given is removed."""
    period = Period.parse(valid_from, valid_until, zone)
    request = pb.SetIssueJobValidityRequest(
        namespace_name=namespace, campaign_model_name=campaign, issue_job_name=job,
        valid_from=period.start, valid_until=period.end,
    )  # fmt: skip
    with connected(connection) as client:
        item = client.call(client.serial_keys.SetIssueJobValidity, request).item
    period.show()
    if as_json:
        put(item, "", as_json=True)
