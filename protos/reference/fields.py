"""Renders the fields of messages as tables."""

import re
from collections.abc import Iterable

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from reference.limits import limits, rules_of_the_whole
from reference.links import Links
from reference.markdown import joined, table
from reference.source import Source

_HEADING = ["field", "type", "limits", "default", "description"]
_DEFAULT = re.compile(r"; ([^;.]+) if absent(?=[.;,])")


def fields_of(source: Source, links: Links, message: Descriptor) -> str:
    """Render the fields of a message, followed by the rules that span several of them."""
    rows = [_row(source, links, field, field.name) for field in message.fields]
    return joined([table(_HEADING, rows), "\n".join(_rules(message))]).rstrip("\n")


def fields_in_json(source: Source, links: Links, message: Descriptor, *, without: Iterable[str]) -> str:
    """Render the fields of a message, except those of `without`, with their JSON names."""
    rows = [_row(source, links, field, field.json_name) for field in message.fields if field.name not in without]
    return joined([table(_HEADING, rows), "\n".join(_rules(message))]).rstrip("\n")


def _row(source: Source, links: Links, field: FieldDescriptor, name: str) -> list[str]:
    what = " ".join(source.comment(field).split())
    default = _DEFAULT.search(what)
    shown = links.line(_DEFAULT.sub("", what))
    return [f"`{name}`", links.type(field), limits(field), links.line(default[1]) if default else "", shown]


def _rules(message: Descriptor) -> list[str]:
    """Return the rules over several fields. protoc wraps each optional field in a oneof, which is not a rule."""
    alternatives = [[field.name for field in oneof.fields] for oneof in message.oneofs if len(oneof.fields) > 1]
    rules = [f"* One of {', '.join(f'`{name}`' for name in names)} is set." for names in alternatives]
    return rules + [f"* {rule}." for rule in rules_of_the_whole(message)]
