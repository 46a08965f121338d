"""The contract as data, and requests made from it."""

import copy
import importlib
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
import redeem
from buf.validate import validate_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, FileDescriptor, MethodDescriptor
from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from support.batches import error_of
from support.service import Metadata, Refusal, Service, read_refusal

REPOSITORY = Path(__file__).parents[2]

_COUNTER = {"namespaceName": "every-rpc", "userId": "every-rpc", "limitName": "every-rpc", "counterName": "every-rpc"}

# Values for fields that a rule over the whole message may need, or that have to be something in particular. A name may
# say of which message.
_EXAMPLES = {
    "settings": '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}',
    "commit_hash": "0123456789abcdef",
    "service": "redeem.serialkey.v1.SerialKeyService",  # what GetOutcome asks about: a method with
    "method": "UseByUserId",
    "namespace_name": "every-rpc",  # a namespace
    "user_id": "every-rpc",  # and a player
    "transaction_id": "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5",
    "delivery_id": "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5",
    "base_value": 1,  # of a price that is calculated as the first value of the enum says
    "coefficient_value": 1,
    "exchange_count_id": "grn:gs2:local:redeemd:limit:every-rpc:limit:every-rpc",
    "UseStreamRequest.items": "one",  # whose fields are those of a BatchUse
    "CodeFormat.length": 20,
    "ImportedAwait.exchanged_at": 1_700_000_000_000,
    "ImportedState.status": 2,
    "VerifyAction.action": "Gs2Limit:VerifyCounterByUserId",
    "VerifyAction.request": json.dumps(_COUNTER | {"verifyType": "equal", "count": 0}),
    "ConsumeAction.action": "Gs2Limit:CountUpByUserId",
    "ConsumeAction.request": json.dumps(_COUNTER),
    "AcquireAction.action": "Gs2Limit:DeleteCounterByUserId",
    "AcquireAction.request": json.dumps(_COUNTER),
    "transaction": json.dumps({"consumeActions": [{"action": "Gs2Limit:CountUpByUserId", "request": _COUNTER}]}),
}


def _import_everything() -> dict[str, FileDescriptor]:
    """Import all generated modules; return the file descriptors by name."""
    files = {}
    for root in map(Path, redeem.__path__):
        for path in sorted(root.rglob("*_pb2.py")):
            module = ".".join(("redeem", *path.relative_to(root).with_suffix("").parts))
            descriptor = importlib.import_module(module).DESCRIPTOR
            files[descriptor.name] = descriptor
    return files


def _with_nested(messages: Iterable[Descriptor]) -> Iterator[Descriptor]:
    for message in messages:
        yield message
        yield from _with_nested(message.nested_types)


FILES = _import_everything()
# What games serve and redeemd calls.
HOSTED_BY_GAMES = {"redeem.transaction.v1.ActionHandler"}
SERVICES = [
    service
    for file in FILES.values()
    for service in file.services_by_name.values()
    if service.full_name not in HOSTED_BY_GAMES
]
ROLES = list(options_pb2.Role.DESCRIPTOR.values)[1:]
METHODS = [method for service in SERVICES for method in service.methods]
MESSAGES = [message for file in FILES.values() for message in _with_nested(file.message_types_by_name.values())]

# The kinds of whole numbers: how their rules are called, and the ends of their bits.
INTEGERS = {
    FieldDescriptor.TYPE_INT32: ("int32", -(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_INT64: ("int64", -(2**63), 2**63 - 1),
}
_LENGTHS = re.compile(r"\{(\d+)(?:,(\d+))?\}\$$")

# Methods whose streams end when the client leaves.
ENDLESS = {"WatchEvents"}

every_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)


def policy_of(method: MethodDescriptor) -> Any:
    """Return the policy option of a method, empty if it has none."""
    options: Any = method.GetOptions()
    return options.Extensions[options_pb2.policy]


def may_call(role: Any, policy: Any) -> bool:
    """Decide as the comment of RoleRule in options.proto says, from the options alone."""
    if policy.access in {options_pb2.ACCESS_PUBLIC, options_pb2.ACCESS_PLAYER}:
        return True  # need no role
    rule = role.GetOptions().Extensions[options_pb2.rule]
    full, masked = rule.codes == options_pb2.CODE_ACCESS_FULL, rule.codes == options_pb2.CODE_ACCESS_MASKED
    if policy.codes and policy.writes and full:
        return True
    if policy.models and rule.models:
        return True
    listed = policy.access in (rule.writes if policy.writes else rule.reads)
    return listed and (not policy.codes or full or (masked and not policy.writes))


def rules_of(field: FieldDescriptor) -> Any:
    """Return the buf.validate rules of a field."""
    options: Any = field.GetOptions()
    return options.Extensions[validate_pb2.field]


def lengths_of(rules: Any) -> tuple[int, int]:
    """Return the fewest and the most characters that rules allow a text; at most 128 where they do not say."""
    if found := _LENGTHS.search(rules.string.pattern):
        return int(found[1]), int(found[2] or found[1])
    return rules.string.min_len, rules.string.max_len or 128


def ends_of(field: FieldDescriptor) -> tuple[float, float]:
    """Return the least and the most that a number may be: by its rules, or else by its bits."""
    if field.type not in INTEGERS:
        return 0.0, 1.0
    name, low, high = INTEGERS[field.type]
    rules = getattr(rules_of(field), name)
    return (rules.gte if rules.HasField("gte") else low), (rules.lte if rules.HasField("lte") else high)


def valid_request(message: Any, **values: Any) -> Any:
    """Make a request that breaks no rule: required fields and _EXAMPLES, unless `values` has something for the name.

    A list of messages gets an item if it may not be empty.
    """
    request = message_factory.GetMessageClass(message)()
    for field in message.fields:
        given = values.get(field.name, _EXAMPLES.get(f"{message.name}.{field.name}", _EXAMPLES.get(field.name)))
        if given is None and not rules_of(field).required and not rules_of(field).repeated.min_items:
            continue
        if field.message_type is None and field.is_repeated:
            getattr(request, field.name).append(_example(field) if given is None else given)
        elif field.message_type is None:
            setattr(request, field.name, _example(field) if given is None else given)
        else:
            into = getattr(request, field.name)
            (into.add() if field.is_repeated else into).CopyFrom(valid_request(field.message_type, **values))
    return request


def _example(field: FieldDescriptor) -> Any:
    return "every-rpc" if field.type == FieldDescriptor.TYPE_STRING else 1


async def send(
    service: Service, method: MethodDescriptor, request: Message | bytes, metadata: Metadata = ()
) -> Refusal | None:
    """Call a method with a message or with bytes; return its Refusal, None when it succeeded.

    A batch is refused as its first item is.
    """
    data = request if isinstance(request, bytes) else request.SerializeToString()
    found = None
    try:
        async for answer in answers(service, method, data, metadata):
            if policy_of(method).batch_of:
                found = found or first_failed(message_factory.GetMessageClass(method.output_type).FromString(answer))
    except grpc.aio.AioRpcError as error:
        return read_refusal(error)
    return found


def first_failed(response: Any) -> Refusal | None:
    """Return the Refusal of the first item of a batch that failed, with the paths of fields from the message on."""
    for index, outcome in enumerate(response.outcomes):
        if outcome.HasField("error"):
            refusal = read_refusal(error_of(outcome.error))
            refusal.fields = [f"items[{index}].{field}" for field in refusal.fields]
            return refusal
    return None


async def answers(service: Service, method: MethodDescriptor, data: bytes, metadata: Metadata) -> AsyncIterator[bytes]:
    """Call a method of any kind with one message; yield its responses as bytes, only the first of an endless stream."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    channel: Any = service.channel
    if method.server_streaming:
        if method.client_streaming:
            call = channel.stream_stream(path)(iter([data]), metadata=metadata)
        else:
            call = channel.unary_stream(path)(data, metadata=metadata)
        async for answer in call:
            yield answer
            if method.name in ENDLESS:
                call.cancel()
                return
    elif method.client_streaming:
        yield await channel.stream_unary(path)(iter([data]), metadata=metadata)
    else:
        yield await channel.unary_unary(path)(data, metadata=metadata)


async def everything(service: Service, method: MethodDescriptor) -> Metadata:
    """Return metadata that is enough for any method: the administrator's key, and for players' methods a token."""
    if policy_of(method).access == options_pb2.ACCESS_PLAYER:
        return (*service.admin, ("x-access-token", await service.token("alice")))
    return service.admin


@dataclass(frozen=True)
class Place:
    """A field of a method's request, maybe inside messages of it. Of a list it is the first item."""

    method: Any
    names: tuple[str, ...]
    field: FieldDescriptor

    @property
    def path(self) -> str:
        """How a violation names it."""
        steps, message = [], self.method.input_type
        for name in self.names:
            field = message.fields_by_name[name]
            steps.append(f"{name}[0]" if field.is_repeated else name)
            message = field.message_type
        return ".".join(steps)

    @property
    def rules(self) -> Any:
        """The rules of one value."""
        rules = rules_of(self.field)
        return rules.repeated.items if self.field.is_repeated else rules

    @property
    def example(self) -> Any:
        """A value that breaks no rule, with what a valid request has beside it."""
        return getattr(valid_request(self.field.containing_type), self.field.name)

    def put(self, request: Any, value: Any) -> Any:
        """Return the request with the value in this place; a message around it that was not there is made valid."""
        changed = copy.deepcopy(request)
        message = changed
        for name in self.names[:-1]:
            message = _inside(message, name)
        if self.field.is_repeated:
            message.ClearField(self.field.name)
            getattr(message, self.field.name).append(value)
        else:
            setattr(message, self.field.name, value)
        return changed


def _inside(message: Message, name: str) -> Message:
    """Return the message in a field, or the first one of a list; make it if there is none."""
    field, found = message.DESCRIPTOR.fields_by_name[name], getattr(message, name)
    if field.is_repeated:
        return found[0] if found else _made_valid(found.add())
    return found if message.HasField(name) else _made_valid(found)


def _made_valid(message: Message) -> Message:
    message.CopyFrom(valid_request(message.DESCRIPTOR))
    return message


def _places(method: MethodDescriptor, message: Descriptor, names: tuple[str, ...] = ()) -> Iterator[Place]:
    for field in message.fields:
        if field.message_type is None:
            yield Place(method, (*names, field.name), field)
        elif field.message_type.file.package.startswith("redeem."):
            yield from _places(method, field.message_type, (*names, field.name))


PLACES = [place for method in METHODS for place in _places(method, method.input_type)]
