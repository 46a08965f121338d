"""Reads the custom options of redeem.options.v1 from the contract's descriptors."""

import functools
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, EnumValueDescriptor, FieldDescriptor, MethodDescriptor
from redeem.options.v1 import options_pb2

REQUEST_BYTES_MAX = 65_536  # for methods whose policy sets no other limit

_extensions: Any = options_pb2  # the generated types of extensions are wrong for the type checker


def policy(method: MethodDescriptor) -> options_pb2.Policy:
    """Return a method's policy. Raises TypeError if it has none, so that no method is exposed by accident."""
    found: options_pb2.Policy = method.GetOptions().Extensions[_extensions.policy]
    if found.access == options_pb2.ACCESS_UNSPECIFIED:
        raise TypeError(f"{method.full_name} has no policy")
    return found


def request_bytes_max(rule: options_pb2.Policy) -> int:
    """Return the maximum size of a request, or of a message of a client stream, in bytes."""
    return rule.request_bytes_max or REQUEST_BYTES_MAX


def role_rule(role: EnumValueDescriptor) -> options_pb2.RoleRule:
    """Return the rule that says what a role may call."""
    rule: options_pb2.RoleRule = role.GetOptions().Extensions[_extensions.rule]
    return rule


@functools.cache
def spelling(enum: EnumDescriptor, number: int) -> str:
    """Return an enum value as the documents spell it."""
    text: str = enum.values_by_number[number].GetOptions().Extensions[_extensions.documented]
    return text


@functools.cache
def is_secret(field: FieldDescriptor) -> bool:
    """Return whether a field holds a code, a token, a secret or a signed URL."""
    secret: bool = field.GetOptions().Extensions[_extensions.secret]
    return secret


@functools.cache
def is_json_text(field: FieldDescriptor) -> bool:
    """Return whether a field holds JSON text, which may also be given as JSON itself."""
    text: bool = field.GetOptions().Extensions[_extensions.json_text]
    return text


def absence(field: FieldDescriptor) -> options_pb2.Absence | None:
    """Return the meaning of a field's absence, or None if the documents do not define one."""
    options = field.GetOptions()
    if not options.HasExtension(_extensions.absence):
        return None
    declared: options_pb2.Absence = options.Extensions[_extensions.absence]
    return declared
