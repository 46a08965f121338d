"""What the contract says about itself: the custom options of redeem.options.v1, read off descriptors."""

import functools
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, EnumValueDescriptor, FieldDescriptor, MethodDescriptor
from redeem.options.v1 import options_pb2

REQUEST_BYTES_MAX = 65_536  # of a method whose policy sets no other limit

_extensions: Any = options_pb2  # the generated types of extensions do not fit the checker's


def policy(method: MethodDescriptor) -> options_pb2.Policy:
    """Answer a method's policy. Raises TypeError when it has none: nothing is exposed undecided."""
    found: options_pb2.Policy = method.GetOptions().Extensions[_extensions.policy]
    if found.access == options_pb2.ACCESS_UNSPECIFIED:
        raise TypeError(f"{method.full_name} has no policy")
    return found


def request_bytes_max(rule: options_pb2.Policy) -> int:
    """Return how many bytes a request, or a message of a client stream, may have."""
    return rule.request_bytes_max or REQUEST_BYTES_MAX


def role_rule(role: EnumValueDescriptor) -> options_pb2.RoleRule:
    """Answer what a role may call."""
    rule: options_pb2.RoleRule = role.GetOptions().Extensions[_extensions.rule]
    return rule


@functools.cache
def spelling(enum: EnumDescriptor, number: int) -> str:
    """Answer how the documents spell an enum value."""
    text: str = enum.values_by_number[number].GetOptions().Extensions[_extensions.documented]
    return text


@functools.cache
def is_secret(field: FieldDescriptor) -> bool:
    """Answer whether a field holds a code, a token, a secret or a signed URL."""
    secret: bool = field.GetOptions().Extensions[_extensions.secret]
    return secret


@functools.cache
def is_json_text(field: FieldDescriptor) -> bool:
    """Answer whether a field holds JSON text, in whose place the JSON itself may stand."""
    text: bool = field.GetOptions().Extensions[_extensions.json_text]
    return text


def absence(field: FieldDescriptor) -> options_pb2.Absence | None:
    """Return what the absence of a field means; None when the documents do not say."""
    options = field.GetOptions()
    if not options.HasExtension(_extensions.absence):
        return None
    declared: options_pb2.Absence = options.Extensions[_extensions.absence]
    return declared
