"""The stream of events, for commands."""

import time
from collections.abc import Iterator

import grpc
from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import Event

from redeemd.cli.client import Client, describe, metadata_of, reason_of, show
from redeemd.cli.output import complain

STREAM_SECONDS_MAX = 3600.0
PAUSE_SECONDS = 1.0  # before a stream that ended is resumed
_RESUMED = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED}


def responses(client: Client, request: pb.WatchEventsRequest) -> Iterator[pb.WatchEventsResponse]:
    """Yield the responses of a stream, which ends with the iteration; on an error, print it and exit with status 1."""
    try:
        yield from _stream(client, request)
    except grpc.RpcError as error:
        show(error)


def batches(client: Client, request: pb.WatchEventsRequest) -> Iterator[list[Event]]:
    """Yield events as they occur, in lists that may be empty, at least every 10 seconds; resume after interruptions.

    `request` is that of the first stream, and gets the cursor of each further one. If a stream cannot be resumed, or
    the first one fails, print the error and exit with status 1.
    """
    began = False
    while True:
        try:
            for response in _stream(client, request):
                began = True
                request.cursor = response.next_cursor
                yield list(response.items)
        except grpc.RpcError as error:
            if reason_of(error) == "CURSOR_EXPIRED":
                complain("redeemd: events were deleted before they were read; continuing with the oldest one")
                request.cursor = metadata_of(error)["oldest_cursor"]
            elif began and error.code() in _RESUMED:
                complain(f"redeemd: {describe(error)}; resuming")
                time.sleep(PAUSE_SECONDS)
            else:
                show(error)


def _stream(client: Client, request: pb.WatchEventsRequest) -> Iterator[pb.WatchEventsResponse]:
    stream = client.call(client.events.WatchEvents, request, seconds=STREAM_SECONDS_MAX)
    try:
        yield from stream
    finally:
        stream.cancel()
