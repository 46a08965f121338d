"""The results of commands: text for people or, with --json, an object on each line, for programs."""

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, cast

import typer
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract.options import spelling

Json = Annotated[bool, typer.Option("--json", help="Print JSON, an object on each line.")]

Result = Mapping[str, object] | Message


def put(result: Result, text: str, *, as_json: bool) -> None:
    """Print a result, as JSON or as text."""
    typer.echo(line(result) if as_json else text)


def put_of_kind(kind: str, item: Message, text: str, *, as_json: bool) -> None:
    """Print one of several kinds of results; as JSON, with its kind."""
    put({"kind": kind, **cast("Mapping[str, object]", plain(item))}, text, as_json=as_json)


def line(result: Result) -> str:
    """Return a result as JSON on one line."""
    return json.dumps(plain(result), ensure_ascii=False)


def plain(value: object) -> object:
    """Return a value to make JSON of, with messages spelled as in the documented JSON; None is absence."""
    if isinstance(value, Message):
        return {field.json_name: _of_field(field, content) for field, content in value.ListFields()}
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items() if member is not None}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def _of_field(field: FieldDescriptor, content: object) -> object:
    one = plain if field.enum_type is None else functools.partial(_enum_value, field.enum_type)
    return [one(each) for each in cast("Iterable[object]", content)] if field.is_repeated else one(content)


def _enum_value(enum: EnumDescriptor, number: object) -> object:
    value = cast("int", number)
    return spelling(enum, value) or enum.values_by_number[value].name
