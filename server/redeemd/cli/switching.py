"""The command `switch`: campaigns, batches, single codes, or the codes of a file off or on."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import grpc
import typer
from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.cli.client import Client, connected, reason_of
from redeemd.cli.code_files.options import FILE_HELP, ColumnName, Encoding, Header, Yes, ask, read_codes
from redeemd.cli.code_files.problems import report_problems
from redeemd.cli.codes import Campaign, Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import complain, progress_bar
from redeemd.cli.results import Json, put
from redeemd.code_files.codes import FileCode, FileCodes, Problem

# Calls at a time, and codes between two reports of progress.
CALLS_MAX = 16
PIECE_CODES = 500

_STATES = {"on": resources_pb2.AVAILABILITY_ACTIVE, "off": resources_pb2.AVAILABILITY_INACTIVE}
_WORDS = {
    "SERIAL_KEY_NOT_FOUND": "is no serial code of this namespace",
    "CAMPAIGN_MODEL_NOT_FOUND": "belongs to a campaign that is not in force",
    "CODE_STATUS_INVALID": "is used, and stays used",
    "VALIDATION_FAILED": "cannot be a code",
}


@with_options(Connection)
def switch(
    namespace: Namespace,
    campaign: Campaign,
    state: Annotated[str, typer.Argument(help="on or off.")],
    job: Annotated[str, typer.Option(help="Only this issue job.")] = "",
    code: Annotated[str, typer.Option(help="Only this code.")] = "",
    file: Annotated[Path | None, typer.Option(help=f"Only the codes of this file. {FILE_HELP}")] = None,
    column: ColumnName = "",
    encoding: Encoding = "",
    header: Header = None,
    reason: Annotated[str, typer.Option(help="The reason, stored with the new state.")] = "",
    yes: Yes = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Switch a campaign, one of its batches, one code or the codes of a file off or on. Used codes stay used.

    With --file, the command first shows how the file was read, and asks. Codes that cannot be switched are reported,
    also in FILE.problems.csv; the others are switched. It can be repeated.
    """
    if state not in _STATES:
        complain(f"redeemd: {state} is not a state: write on or off")
        raise typer.Exit(2)
    if sum(map(bool, (job, code, file))) > 1:
        complain("redeemd: --job, --code and --file are mutually exclusive")
        raise typer.Exit(2)
    change = _Change(namespace, campaign, _STATES[state], reason or None)
    if file is not None:
        codes, problems = read_codes(file, column, encoding, header, exact=False)
        if not yes:
            ask(file, f"Switch these {len(codes):,} codes {state}?", otherwise="nothing was switched")
        impossible = [problem for problem in problems if not problem.doubtful]
        with connected(connection) as client:
            _switch_file(client, file, codes, impossible, change, as_json=as_json)
        return
    with connected(connection) as client:
        item = _switch_one(client, job, code, change)
    put(item, f"{'code' if code else job or campaign} is {state}", as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Change:
    """The new state of something of a campaign."""

    namespace: str
    campaign: str
    availability: resources_pb2.Availability
    reason: str | None

    def of_code(self, code: str) -> pb.SetSerialKeyStatusRequest:
        return pb.SetSerialKeyStatusRequest(
            namespace_name=self.namespace, code=code, availability=self.availability, reason=self.reason
        )

    def of_batch(self, job: str) -> pb.SetIssueJobStatusRequest:
        return pb.SetIssueJobStatusRequest(
            namespace_name=self.namespace, campaign_model_name=self.campaign, issue_job_name=job,
            availability=self.availability, reason=self.reason,
        )  # fmt: skip

    def of_campaign(self) -> pb.SetCampaignStatusRequest:
        return pb.SetCampaignStatusRequest(
            namespace_name=self.namespace, campaign_model_name=self.campaign,
            availability=self.availability, reason=self.reason,
        )  # fmt: skip


def _switch_one(client: Client, job: str, code: str, change: _Change) -> Message:
    keys = client.serial_keys
    if code:
        reply = client.call(keys.SetSerialKeyStatus, change.of_code(code))
    elif job:
        reply = client.call(keys.SetIssueJobStatus, change.of_batch(job))
    else:
        reply = client.call(keys.SetCampaignStatus, change.of_campaign())
    item: Message = reply.item
    return item


def _switch_file(
    client: Client,
    file: Path,
    codes: FileCodes,
    impossible: Sequence[Problem],
    change: _Change,
    *,
    as_json: bool,
) -> None:
    """Switch the codes of a file, and report those that cannot be switched. Exits with status 1 if there are any."""
    problems = list(impossible)
    good = codes.without(impossible)
    switched = 0

    def one(code: FileCode) -> str:
        return _problem_of(client, code.text, change)

    with ThreadPoolExecutor(CALLS_MAX) as pool, progress_bar() as progress:
        task = progress.add_task("switching", total=len(good))
        for start in range(0, len(good), PIECE_CODES):
            piece = [good[place] for place in range(start, min(start + PIECE_CODES, len(good)))]
            try:
                found = list(pool.map(one, piece))
            except grpc.RpcError as error:
                complain(f"redeemd: of {len(codes):,} codes, the first {start:,} were handled; repeat the command")
                client.fail(error, change.of_campaign())
            problems += [Problem(code, text) for code, text in zip(piece, found, strict=True) if text]
            switched += found.count("")
            progress.advance(task, len(piece))
    report_problems(file, sorted(problems, key=lambda problem: problem.code.line), len(problems))
    result = {"switchedCount": switched, "problemCount": len(problems)}
    put(result, f"{switched} of {len(codes)} codes switched", as_json=as_json)
    if problems:
        raise typer.Exit(1)


def _problem_of(client: Client, code: str, change: _Change) -> str:
    """Switch a code of a campaign; return an empty text, or why it cannot be switched. Raises grpc.RpcError."""
    keys = client.serial_keys
    request = pb.GetSerialKeyRequest(namespace_name=change.namespace, code=code)
    try:
        found = client.try_call(keys.GetSerialKey, request)
        if found.item.campaign_model_name != change.campaign:
            return f"belongs to campaign {found.item.campaign_model_name}"
        client.try_call(keys.SetSerialKeyStatus, change.of_code(code))
    except grpc.RpcError as error:
        reason = reason_of(error)
        if reason not in _WORDS:
            raise
        return _WORDS[reason]
    return ""
