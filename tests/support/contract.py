"""The contract as data, and requests made from it."""

import copy
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import redeem
from buf.validate import validate_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from redeem.options.v1 import options_pb2

from support.service import read_refusal

REPOSITORY = Path(__file__).parents[2]

# Values for fields that a rule over the whole message may need, or that have to be something in particular.
_EXAMPLES = {
    "settings": '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}',
    "commit_hash": "0123456789abcdef",
    "service": "redeem.serialkey.v1.SerialKeyService",  # what GetOutcome asks about: a method with
    "method": "UseByUserId",
    "namespace_name": "every-rpc",  # a namespace
    "user_id": "every-rpc",  # and a player
}


def _import_everything():
    """Import all generated modules; answer the file descriptors by name."""
    files = {}
    for root in map(Path, redeem.__path__):
        for path in sorted(root.rglob("*_pb2.py")):
            module = ".".join(("redeem", *path.relative_to(root).with_suffix("").parts))
            descriptor = importlib.import_module(module).DESCRIPTOR
            files[descriptor.name] = descriptor
    return files


def _with_nested(messages):
    for message in messages:
        yield message
        yield from _with_nested(message.nested_types)


FILES = _import_everything()
SERVICES = [service for file in FILES.values() for service in file.services_by_name.values()]
METHODS = [method for service in SERVICES for method in service.methods]
MESSAGES = [message for file in FILES.values() for message in _with_nested(file.message_types_by_name.values())]

every_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)


def policy_of(method):
    """Answer the policy option of a method, empty if it has none."""
    return method.GetOptions().Extensions[options_pb2.policy]


def rules_of(field):
    """Answer the buf.validate rules of a field."""
    return field.GetOptions().Extensions[validate_pb2.field]


def valid_request(message, **values):
    """Make a request that breaks no rule: required fields and _EXAMPLES, unless `values` has something for the name."""
    request = message_factory.GetMessageClass(message)()
    for field in message.fields:
        given = values.get(field.name, _EXAMPLES.get(field.name))
        if given is None and not rules_of(field).required:
            continue
        if field.message_type is not None:
            getattr(request, field.name).CopyFrom(valid_request(field.message_type, **values))
        else:
            setattr(request, field.name, _example(field) if given is None else given)
    return request


def _example(field) -> Any:
    return "every-rpc" if field.type == FieldDescriptor.TYPE_STRING else 1


async def send(service, method, request, metadata=()):
    """Call a method with a message or with bytes; answer its Refusal, None when it was answered."""
    data = request if isinstance(request, bytes) else request.SerializeToString()
    try:
        async for _ in answers(service, method, data, metadata):
            pass
    except grpc.aio.AioRpcError as error:
        return read_refusal(error)
    return None


async def answers(service, method, data, metadata):
    """Call a method of any kind with one message; yield its answers as bytes."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    if method.server_streaming:
        async for answer in service.channel.unary_stream(path)(data, metadata=metadata):
            yield answer
    elif method.client_streaming:
        yield await service.channel.stream_unary(path)(iter([data]), metadata=metadata)
    else:
        yield await service.channel.unary_unary(path)(data, metadata=metadata)


async def everything(service, method):
    """Answer metadata that is enough for any method: the administrator's key, and for players' methods a token."""
    if policy_of(method).access == options_pb2.ACCESS_PLAYER:
        return (*service.admin, ("x-access-token", await service.token("alice")))
    return service.admin


@dataclass(frozen=True)
class Place:
    """A field of a method's request, maybe inside a message of it."""

    method: Any
    names: tuple[str, ...]
    field: FieldDescriptor

    @property
    def path(self):
        """How a violation names it."""
        return ".".join(self.names) + ("[0]" if self.field.is_repeated else "")

    @property
    def rules(self):
        """The rules of one value."""
        rules = rules_of(self.field)
        return rules.repeated.items if self.field.is_repeated else rules

    def put(self, request, value):
        """Answer the request with the value in this place."""
        changed = copy.deepcopy(request)
        message = changed
        for name in self.names[:-1]:
            message = getattr(message, name)
        if self.field.is_repeated:
            getattr(message, self.field.name).append(value)
        else:
            setattr(message, self.field.name, value)
        return changed


def _places(method, message, names=()):
    for field in message.fields:
        if field.message_type is None:
            yield Place(method, (*names, field.name), field)
        elif field.message_type.file.package.startswith("redeem."):
            yield from _places(method, field.message_type, (*names, field.name))


PLACES = [place for method in METHODS for place in _places(method, method.input_type)]
