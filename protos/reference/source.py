"""Sources of the reference: the descriptors, their comments, and the page of each."""

from collections.abc import Iterator

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import (
    Descriptor,
    EnumDescriptor,
    EnumValueDescriptor,
    FieldDescriptor,
    FileDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)
from redeem.auth.v1 import auth_service_pb2
from redeem.auth.v1 import errors_pb2 as auth_errors
from redeem.auth.v1 import requests_pb2 as auth_requests
from redeem.auth.v1 import resources_pb2 as auth_resources
from redeem.common.v1 import common_pb2
from redeem.common.v1 import errors_pb2 as common_errors
from redeem.event.v1 import errors_pb2 as event_errors
from redeem.event.v1 import event_service_pb2
from redeem.event.v1 import requests_pb2 as event_requests
from redeem.event.v1 import resources_pb2 as event_resources
from redeem.exchange.v1 import errors_pb2 as exchange_errors
from redeem.exchange.v1 import exchange_service_pb2
from redeem.exchange.v1 import requests_pb2 as exchange_requests
from redeem.exchange.v1 import resources_pb2 as exchange_resources
from redeem.limit.v1 import errors_pb2 as limit_errors
from redeem.limit.v1 import limit_service_pb2
from redeem.limit.v1 import requests_pb2 as limit_requests
from redeem.limit.v1 import resources_pb2 as limit_resources
from redeem.serialkey.v1 import errors_pb2 as serialkey_errors
from redeem.serialkey.v1 import requests_pb2 as serialkey_requests
from redeem.serialkey.v1 import resources_pb2 as serialkey_resources
from redeem.serialkey.v1 import serialkey_service_pb2
from redeem.transaction.v1 import action_handler_pb2, transaction_service_pb2
from redeem.transaction.v1 import errors_pb2 as transaction_errors
from redeem.transaction.v1 import requests_pb2 as transaction_requests
from redeem.transaction.v1 import resources_pb2 as transaction_resources

# In reading order.
_MODULES = {
    "common": (common_errors, common_pb2),
    "serialkey": (serialkey_errors, serialkey_resources, serialkey_requests, serialkey_service_pb2),
    "limit": (limit_errors, limit_resources, limit_requests, limit_service_pb2),
    "exchange": (exchange_errors, exchange_resources, exchange_requests, exchange_service_pb2),
    "transaction": (
        transaction_errors,
        transaction_resources,
        transaction_requests,
        transaction_service_pb2,
        action_handler_pb2,
    ),
    "event": (event_errors, event_resources, event_requests, event_service_pb2),
    "auth": (auth_errors, auth_resources, auth_requests, auth_service_pb2),
}
PACKAGES: dict[str, list[FileDescriptor]] = {
    name: [module.DESCRIPTOR for module in modules] for name, modules in _MODULES.items()
}
FILES = [file for files in PACKAGES.values() for file in files]
SERVICES: list[ServiceDescriptor] = [service for file in FILES for service in file.services_by_name.values()]
METHODS: list[MethodDescriptor] = [method for service in SERVICES for method in service.methods]
# Methods by the full names of their requests and responses.
SPOKEN = {message.full_name: method for method in METHODS for message in (method.input_type, method.output_type)}
REASONS: dict[str, EnumValueDescriptor] = {
    value.name.removeprefix("ERROR_REASON_"): value
    for file in FILES
    if "ErrorReason" in file.enum_types_by_name
    for value in file.enum_types_by_name["ErrorReason"].values[1:]
}

# By field number of FileDescriptorProto: the field with the declarations, and their field with nested declarations.
_DECLARED = {4: ("message_type", "field"), 5: ("enum_type", "value"), 6: ("service", "method")}
_INSIDE = 2  # field number of nested declarations, the same for all kinds


def package_of(file: FileDescriptor) -> str:
    """Return the short name of the package of a file: serialkey for redeem.serialkey.v1."""
    return file.package.split(".")[1]


def is_served(service: ServiceDescriptor) -> bool:
    """Return whether redeemd serves a service; it is the client of the one that games host."""
    return service.name != "ActionHandler"


def enums() -> list[EnumDescriptor]:
    """Return the enums that fields have, including those of the options package, in the order of the packages."""
    found = {
        field.enum_type.full_name: field.enum_type
        for file in FILES
        for message in file.message_types_by_name.values()
        for field in message.fields
        if field.enum_type is not None
    }
    return sorted(found.values(), key=lambda enum: [*PACKAGES, "options"].index(package_of(enum.file)))


class Source:
    """Comments by full name, and the pages on which declarations are described."""

    def __init__(self, descriptor_set: bytes) -> None:
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
        self._comments = {name: text for file in files for name, text in _comments(file)}

    def comment(
        self,
        of: Descriptor | FieldDescriptor | EnumDescriptor | EnumValueDescriptor | MethodDescriptor | ServiceDescriptor,
    ) -> str:
        """Return the leading comment of a declaration. Raises KeyError if it has none."""
        name = f"{of.type.full_name}.{of.name}" if isinstance(of, EnumValueDescriptor) else of.full_name
        return self._comments[name]

    def entities(self, package: str) -> list[Descriptor]:
        """Return the messages of a package that are not the request or response of a method."""
        messages = (message for file in PACKAGES[package] for message in file.message_types_by_name.values())
        return [message for message in messages if message.full_name not in SPOKEN]

    def page_of(self, service: ServiceDescriptor) -> str:
        """Return the file name of a service's page."""
        return f"{package_of(service.file)}.md" if is_served(service) else "action-handler.md"

    def entities_page_of(self, package: str) -> str:
        """Return the file name of a package's page of entities."""
        return f"{package}-entities.md"


def _comments(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[str, str]]:
    for location in file.source_code_info.location:
        if location.leading_comments and (name := _name(file, list(location.path))):
            lines = (line.removeprefix(" ").rstrip() for line in location.leading_comments.splitlines())
            yield f"{file.package}.{name}", "\n".join(line for line in lines if not line.startswith("buf:lint:"))


def _name(file: descriptor_pb2.FileDescriptorProto, path: list[int]) -> str | None:
    """Return the name of the declaration at a path, without the package; None if the reference does not show it."""
    kind, place, *within = path if len(path) in {2, 4} else (0, 0)
    if kind not in _DECLARED:
        return None
    outside, inside = _DECLARED[kind]
    declared = getattr(file, outside)[place]
    name: str = declared.name
    if not within:
        return name
    return f"{name}.{getattr(declared, inside)[within[1]].name}" if within[0] == _INSIDE else None
