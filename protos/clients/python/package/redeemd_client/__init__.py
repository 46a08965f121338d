"""A thin client of redeemd for grpcio, synchronous and asynchronous.

    with Client("127.0.0.1:50051", Login.from_file("data/admin.key")) as redeemd:
        redeemd.serial_keys.UseByUserId(UseByUserIdRequest(namespace_name="shop", user_id="alice", code=code))

Each method of the contract is an attribute of its service and takes the message of its request. A call has a deadline,
a current credential and, if it writes, an idempotency key, which stays the same however often the call is sent. It
returns the response, or raises RedeemError.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redeemd_client.aio import AsyncCaller, AsyncClient
    from redeemd_client.batches import Outcome
    from redeemd_client.channels import Tls, service_config
    from redeemd_client.credentials import Credential, Key, Login, TokenFile
    from redeemd_client.errors import CredentialRefused, OutcomeUnknown, Overloaded, RedeemError, Violation
    from redeemd_client.rules import new_key
    from redeemd_client.sync import Caller, Client

__all__ = [
    "AsyncCaller",
    "AsyncClient",
    "Caller",
    "Client",
    "Credential",
    "CredentialRefused",
    "Key",
    "Login",
    "Outcome",
    "OutcomeUnknown",
    "Overloaded",
    "RedeemError",
    "Tls",
    "TokenFile",
    "Violation",
    "new_key",
    "service_config",
]

_MODULES = {"Outcome": "batches", "Tls": "channels", "new_key": "rules", "service_config": "channels"}
_MODULES |= {"AsyncCaller": "aio", "AsyncClient": "aio", "Caller": "sync", "Client": "sync"}
_MODULES |= dict.fromkeys(("Credential", "Key", "Login", "TokenFile"), "credentials")
_MODULES |= dict.fromkeys(("CredentialRefused", "OutcomeUnknown", "Overloaded", "RedeemError", "Violation"), "errors")


def __getattr__(name: str) -> object:
    """Import what is used: a program with one kind of client does not need the other."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
