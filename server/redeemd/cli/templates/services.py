"""The services whose resources are applied."""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from redeemd.resources.master_data import MasterData


class Service(NamedTuple):
    """A service: its name in types, its package, its stub of the client, and the part of the names of its master."""

    name: str
    package: str
    stub: str
    master: str

    @property
    def namespace_type(self) -> str:
        """The type of its namespaces."""
        return f"GS2::{self.name}::Namespace"

    @property
    def document_type(self) -> str:
        """The type of its master data."""
        return f"GS2::{self.name}::Current{self.master}"

    @property
    def has_actions(self) -> bool:
        """Whether its documents name actions."""
        return self.name == "Exchange"

    @property
    def requests(self) -> ModuleType:
        """The module of its requests, imported when it is used, like the stubs of the client."""
        return import_module(f"redeem.{self.package}.v1.requests_pb2")

    @property
    def entities(self) -> ModuleType:
        """The module of its entities."""
        return import_module(f"redeem.{self.package}.v1.resources_pb2")

    @property
    def master_data(self) -> "MasterData":
        """The kinds of models of its documents."""
        found: MasterData = import_module(f"redeemd.{self.package}.definition").MASTER_DATA
        return found


SERVICES = (
    Service("SerialKey", "serialkey", "serial_keys", "CampaignMaster"),
    Service("Limit", "limit", "limits", "LimitMaster"),
    Service("Exchange", "exchange", "exchanges", "RateMaster"),
)
