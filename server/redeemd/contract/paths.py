"""The paths of methods in the documented REST API, from their google.api.http options."""

from typing import NamedTuple

from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message


class Path(NamedTuple):
    """An HTTP method and the segments of a path; a variable segment is {field} or *."""

    verb: str
    segments: tuple[str, ...]


def of(method: MethodDescriptor) -> list[Path]:
    """Return the paths of a method, none if it has no option."""
    options = method.GetOptions()
    if not options.HasExtension(annotations_pb2.http):
        return []
    rule = options.Extensions[annotations_pb2.http]
    return [_path(each) for each in (rule, *rule.additional_bindings)]


def _path(rule: Message) -> Path:
    """Return the path of an HttpRule."""
    verb = rule.WhichOneof("pattern")
    assert verb is not None, "a rule has a path"
    return Path(verb.upper(), tuple(getattr(rule, verb).strip("/").split("/")))


def label(method: MethodDescriptor) -> str:
    """Return the documented name of the service of a method that has a path: serialKey."""
    first, *rest = of(method)[0].segments[0].split("-")
    return first + "".join(part.capitalize() for part in rest)
