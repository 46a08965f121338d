"""Describes what is specific to a kind of configuration resource."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from redeemd.errors import NamespaceAlreadyExists, NamespaceNotFound, ServiceError, Violation
from redeemd.resources import defaults
from redeemd.store.base import Row
from redeemd.store.table import Table

NAMESPACE_TABLE = Table("namespace", key=("service", "name"), extra=("salt",))
MASTER_TABLE = Table("model_master", key=("namespace_id", "kind", "name"))


@dataclass(frozen=True, slots=True, eq=False)  # there is one object per service
class Grns:
    """The resource names of one service: grn:gs2:{region}:{ownerId}:{service}:{namespaceName}[:{path}]."""

    region: str
    owner_id: str
    service: str

    def of(self, namespace_name: str, path: str = "") -> str:
        """Return the GRN of a resource inside a namespace, or of the namespace itself."""
        grn = f"grn:gs2:{self.region}:{self.owner_id}:{self.service}:{namespace_name}"
        return f"{grn}:{path}" if path else grn

    def expand(self, text: str) -> str:
        """Replace {region} and {ownerId} by those of this server."""
        return text.replace("{region}", self.region).replace("{ownerId}", self.owner_id)


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of resource that is created, listed, read, updated and deleted by name.

    message      the message of the entity; has name, created_at, updated_at, revision and id_field
    table        its table: key columns, the serialized message, bookkeeping
    name_field   the request field with its name
    id_field     the entity's field for its GRN
    id_path      the part of the GRN after the namespace, with {name}
    check        returns the violations of a created or changed entity; fields by proto name
    """

    message: type[Message]
    table: Table
    name_field: str
    id_field: str
    id_path: str
    not_found: type[ServiceError]
    already_exists: type[ServiceError]
    check: Callable[[Message], Sequence[Violation]] = lambda _item: ()


def namespace_resource(message: type[Message]) -> Resource:
    """Return the resource of a service's namespaces."""
    return Resource(
        message=message,
        table=NAMESPACE_TABLE,
        name_field="namespace_name",
        id_field="namespace_id",
        id_path="",
        not_found=NamespaceNotFound,
        already_exists=NamespaceAlreadyExists,
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """The location of resources: values of the table's leading key columns, and of columns set only at creation."""

    key: dict[str, str | int]
    namespace_name: str | None = None  # None: the resource is the namespace
    extra: tuple[tuple[str, object], ...] = ()


def entity(resource: Resource, grns: Grns, scope: Scope, row: Row) -> Message:
    """Render a row as the entity that clients see."""
    item = resource.message.FromString(row["body"])
    name: str = row["name"]
    defaults.fill(item, grns.expand)
    for field in ("name", "created_at", "updated_at", "revision"):
        setattr(item, field, row[field])
    setattr(item, resource.id_field, grns.of(scope.namespace_name or name, resource.id_path.format(name=name)))
    return item
