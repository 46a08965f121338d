"""The services of a server, with a method for each of theirs. In the package, services.pyi has their types."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

Make = Callable[[MethodDescriptor], Any]  # of what calls a method, of the kind of the method


class Service:
    """A service: its attributes are its methods, by their names in the contract."""

    def __init__(self, descriptor: ServiceDescriptor, make: Make) -> None:
        self._descriptor, self._make = descriptor, make

    def __getattr__(self, name: str) -> Any:  # same
        if name not in self._descriptor.methods_by_name:
            raise AttributeError(f"{self._descriptor.full_name} has no method {name}")
        method = vars(self)[name] = self._make(self._descriptor.methods_by_name[name])
        return method


class _Attribute:
    """The attribute of a client that is a service, whose messages are imported when it is first used."""

    def __init__(self, package: str, service: str) -> None:
        self.names = package, service

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, client: "Services", _owner: type) -> Any:  # same
        found = vars(client)[self._name] = Service(descriptor_of(*self.names), client.make_method)
        return found


def descriptor_of(package: str, service: str) -> ServiceDescriptor:
    """Return the descriptor of a service."""
    module = import_module(f"redeem.{package}.v1.{package}_service_pb2")
    descriptor: ServiceDescriptor = module.DESCRIPTOR.services_by_name[service]
    return descriptor


def method_of(full_name: str) -> MethodDescriptor:
    """Return the descriptor of a method: redeem.auth.v1.AuthService.Login."""
    _, package, _, service, method = full_name.split(".")
    return descriptor_of(package, service).methods_by_name[method]


class Services:
    """The services of a server, as attributes of a client."""

    auth = _Attribute("auth", "AuthService")
    events = _Attribute("event", "EventService")
    serial_keys = _Attribute("serialkey", "SerialKeyService")
    limits = _Attribute("limit", "LimitService")
    exchanges = _Attribute("exchange", "ExchangeService")
    transactions = _Attribute("transaction", "TransactionService")

    def make_method(self, method: MethodDescriptor) -> Any:  # same
        """Return what calls a method."""
        raise NotImplementedError


AsyncServices = Services  # the same with other types


def attributes() -> dict[str, tuple[str, str]]:
    """Return the attributes of a client that are services, with the package and the name of each."""
    return {name: value.names for name, value in vars(Services).items() if isinstance(value, _Attribute)}
