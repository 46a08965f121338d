"""The results of commands: text for people or, with --json, an object on each line, for programs."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from google.protobuf.message import Message

Json = Annotated[bool, typer.Option("--json", help="Print JSON, an object on each line.")]


def put(result: "Mapping[str, object] | Message", text: str, *, as_json: bool) -> None:
    """Print a result, as JSON or as text."""
    typer.echo(json.dumps(plain(result), ensure_ascii=False) if as_json else text)


def put_of_kind(kind: str, item: "Message", text: str, *, as_json: bool) -> None:
    """Print one of several kinds of results; as JSON, with its kind."""
    put({"kind": kind, **members(item)}, text, as_json=as_json)


def members(item: "Message") -> dict[str, object]:
    """Return the members of a message in the documented JSON."""
    from redeemd.cli.message_json import plain_message  # noqa: PLC0415 -- many commands have no messages

    return plain_message(item)


def plain(value: "Mapping[str, object] | Message") -> dict[str, object]:
    """Return a result to make JSON of. Members that are None are absent."""
    if isinstance(value, Mapping):
        return {name: member for name, member in value.items() if member is not None}
    return members(value)
