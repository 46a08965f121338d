"""The command `export`: codes to files, through a running server."""

import hashlib
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import grpc
import typer
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.base.cells import csv_lines
from redeemd.base.new_file import new_file
from redeemd.cli.client import Client, connected, show
from redeemd.cli.codes import Campaign, Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.json_lines import json_lines
from redeemd.cli.output import complain, progress_bar
from redeemd.cli.results import Json, put

HEADER = "code"
STREAM_SECONDS_MAX = 3600.0
RESUMES_MAX = 5  # consecutive, without a chunk in between
RESUME_SECONDS = 1.0


@with_options(Connection)
def export(
    namespace: Namespace,
    campaign: Campaign,
    job: Annotated[str, typer.Argument(help="The issue job.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; it must not exist.")],
    file_format: Annotated[str, typer.Option("--format", help="csv: only codes. jsonl: codes and states.")] = "csv",
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Write the codes of an issue job to a file that only its owner can read, and the SHA-256 next to it.

    `sha256sum --check FILE.sha256` verifies the file.
    """
    if file_format not in {"csv", "jsonl"}:
        complain("redeemd: --format must be csv or jsonl")
        raise typer.Exit(2)
    render = json_lines if file_format == "jsonl" else _csv
    digest, count = hashlib.sha256(), 0
    manifest = out.with_name(f"{out.name}.sha256")
    with connected(connection) as client:
        chunks = chunks_of_job(client, namespace, campaign, job)
        first = next(chunks)  # an unknown job is reported before a file is created
        with _private_file(manifest) as sums:
            with _private_file(out) as file, progress_bar() as progress:
                task = progress.add_task("exporting", total=first.total_count)
                head = f"{HEADER}\n".encode() if file_format == "csv" else b""
                for data, size in itertools.chain(((head, 0),), map(render, itertools.chain((first,), chunks))):
                    file.write(data)
                    digest.update(data)
                    count += size
                    progress.advance(task, size)
            sums.write(f"{digest.hexdigest()}  {out.name}\n".encode())
    result = {"count": count, "file": str(out), "sha256": digest.hexdigest()}
    put(result, f"Wrote {count} codes to {out}, and the SHA-256 to {manifest}.", as_json=as_json)


def chunks_of_job(client: Client, namespace: str, campaign: str, job: str) -> Iterator[pb.StreamSerialKeysResponse]:
    """Stream an issue job; if the stream is interrupted, resume after the last chunk received."""
    request = pb.StreamSerialKeysRequest(namespace_name=namespace, campaign_model_name=campaign, issue_job_name=job)
    breaks = 0
    while True:
        try:
            for chunk in client.try_call(client.serial_keys.StreamSerialKeys, request, seconds=STREAM_SECONDS_MAX):
                yield chunk
                breaks = 0
                request.cursor = chunk.next_cursor
                if not chunk.next_cursor:
                    return
        except grpc.RpcError as error:
            breaks += 1
            if error.code() != grpc.StatusCode.UNAVAILABLE or breaks > RESUMES_MAX:
                show(error)
            time.sleep(RESUME_SECONDS)


@contextmanager
def _private_file(path: Path) -> Iterator[BinaryIO]:
    """Write a new file that only its owner can read. It gets its name only when it is complete."""
    try:
        with new_file(path) as part, part.open("wb") as file:
            yield file
    except OSError as problem:
        complain(f"redeemd: {problem}")
        raise typer.Exit(1) from None


def _csv(chunk: pb.StreamSerialKeysResponse) -> tuple[bytes, int]:
    return csv_lines(chunk.codes).encode(), len(chunk.codes)
