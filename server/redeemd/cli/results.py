"""The results of commands: text for people or, with --json, an object on each line, for programs."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from redeemd.contract.options import spelling

Json = Annotated[bool, typer.Option("--json", help="Print JSON, an object on each line.")]

Result = Mapping[str, object] | Message


def put(result: Result, text: str, *, as_json: bool) -> None:
    """Print a result, as JSON or as text."""
    typer.echo(line(result) if as_json else text)


def line(result: Result) -> str:
    """Return a result as JSON on one line."""
    return json.dumps(plain(result), ensure_ascii=False)


def plain(value: object) -> Any:
    """Return a value to make JSON of, with messages spelled as in the documented JSON; None is absence."""
    if isinstance(value, Message):
        return {field.json_name: _of_field(field, content) for field, content in value.ListFields()}
    if isinstance(value, Mapping):
        return {name: plain(member) for name, member in value.items() if member is not None}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value


def _of_field(field: FieldDescriptor, content: Any) -> object:
    one: Callable[[Any], object] = plain
    if field.enum_type is not None:
        enum = field.enum_type
        one = lambda number: spelling(enum, number) or enum.values_by_number[number].name  # noqa: E731 -- a local choice
    return [one(each) for each in content] if field.is_repeated else one(content)
