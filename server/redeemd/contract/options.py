"""Reads the custom options of redeem.options.v1 from the contract's descriptors."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, EnumValueDescriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

REQUEST_BYTES_MAX = 65_536  # for methods whose policy sets no other limit
RESPONSE_BYTES_MAX = 21 * 1024 * 1024  # settings may be 5,242,880 characters of up to 4 bytes

_WITHOUT_KEY = frozenset({options_pb2.ACCESS_PUBLIC, options_pb2.ACCESS_PLAYER})

_extensions: Any = options_pb2  # the generated types of extensions are wrong for the type checker


@functools.cache
def policy(method: MethodDescriptor) -> options_pb2.Policy:
    """Return a method's policy. Raises TypeError if it has none, so that no method is exposed by accident.

    The result is shared, so callers must not modify it.
    """
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
def roles() -> Mapping[str, options_pb2.Role]:
    """Return the roles that a key may have, by their documented names."""
    of_keys: tuple[options_pb2.Role, ...] = (
        options_pb2.ROLE_ADMIN,
        options_pb2.ROLE_ISSUER,
        options_pb2.ROLE_SERVER,
        options_pb2.ROLE_READ,
        options_pb2.ROLE_CLIENT,
    )
    return {spelling(options_pb2.Role.DESCRIPTOR, role): role for role in of_keys}


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


@dataclass(frozen=True, slots=True)
class MethodRule:
    """The facts of a method on which authorization depends."""

    access: options_pb2.Access
    writes: bool
    codes: bool
    namespace_field: str | None  # the request field that names the namespace; None: the method spans namespaces
    has_time_offset_token: bool
    returns_token: bool  # the reply is a token, which never has wider access than the caller
    decides_namespaces: bool  # the method itself checks the caller's namespaces
    models: bool = False  # it reads models that games show to their players

    @property
    def needs_key(self) -> bool:
        """Whether the metadata has to show a key."""
        return self.access not in _WITHOUT_KEY

    @classmethod
    def of(cls, method: MethodDescriptor, policy: options_pb2.Policy) -> "MethodRule":
        """Return the rule that the contract declares."""
        fields = method.input_type.fields_by_name
        return cls(
            access=policy.access,
            writes=policy.writes,
            codes=policy.codes,
            namespace_field=_namespace_field(method),
            has_time_offset_token="time_offset_token" in fields and "token" not in method.output_type.fields_by_name,
            returns_token="token" in method.output_type.fields_by_name,
            decides_namespaces=policy.decides_namespaces,
            models=policy.models,
        )

    def named(self, request: Message) -> Sequence[str]:
        """Return the namespace that a request names in its own field, if the method has one."""
        return () if self.namespace_field is None else (getattr(request, self.namespace_field),)


def _namespace_field(method: MethodDescriptor) -> str | None:
    if "namespace_name" in method.input_type.fields_by_name:
        return "namespace_name"
    return "name" if method.name == "CreateNamespace" else None
