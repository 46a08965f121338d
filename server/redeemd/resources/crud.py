"""Create, list, read, update and delete, for any Resource."""

from typing import Protocol

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from redeemd.errors import Conflict, ValidationFailed, Violation
from redeemd.resources.paging import Pager, PageRequest, limit_of
from redeemd.resources.resource import Grns, Resource, Scope, entity
from redeemd.rpc.call import Call, NamedRequest
from redeemd.store import locks
from redeemd.store.base import Row

_BOOKKEEPING = frozenset({"name", "created_at", "updated_at", "revision"})


class UpdateRequest(Protocol):
    """A request to change a resource."""

    @property
    def update_mask(self) -> FieldMask:
        """The fields to change or to clear."""


async def describe(call: Call[PageRequest], resource: Resource, grns: Grns, scope: Scope, pager: Pager) -> Message:
    """Return a page of resources, ordered by name."""
    after = pager.cursor(call)
    limit = limit_of(call)
    prefix = getattr(call.request, "name_prefix", "")
    rows = await call.tx.all(resource.table.page, **scope.key, after=after or "", prefix=prefix, limit=limit + 1)
    return pager.reply(call, rows, limit, lambda row: row["name"], lambda row: entity(resource, grns, scope, row))


async def create(call: Call[NamedRequest], resource: Resource, grns: Grns, scope: Scope) -> Message:
    """Create a resource and return it. Raises the resource's already_exists, or ValidationFailed."""
    name = call.request.name
    item = _copy(call.message, resource.message())
    _check(item, resource)
    await _insert(call, resource, scope, name, item)
    return call.reply(item=entity(resource, grns, scope, await _find(call, resource, scope, name)))


async def get(call: Call[object], resource: Resource, grns: Grns, scope: Scope) -> Message:
    """Return a resource. Raises the resource's not_found."""
    row = await _find(call, resource, scope, _name(call, resource))
    return call.reply(item=entity(resource, grns, scope, row))


async def update(call: Call[UpdateRequest], resource: Resource, grns: Grns, scope: Scope) -> Message:
    """Change the fields that the request sets or its update_mask names; an empty text clears one (semantics 12.32).

    Raises the resource's not_found, ValidationFailed, or Conflict when another call has changed it since it was read.
    """
    name = _name(call, resource)
    await call.tx.lock(locks.row(resource.table.name, *scope.key.values(), name))
    row = await _find(call, resource, scope, name)
    item = _copy(call.message, resource.message.FromString(row["body"]), mask=_mask(call, resource))
    _check(item, resource)
    changed = await call.tx.one(
        resource.table.update,
        **scope.key,
        name=name,
        body=item.SerializeToString(),
        now=call.server_now,
        revision=row["revision"],
    )
    if changed is None:
        raise Conflict
    return call.reply(item=entity(resource, grns, scope, await _find(call, resource, scope, name)))


async def delete(call: Call[object], resource: Resource, grns: Grns, scope: Scope) -> Message:
    """Delete a resource and return its last state. Raises the resource's not_found."""
    row = await call.tx.one(resource.table.delete, **scope.key, name=_name(call, resource))
    if row is None:
        raise resource.not_found
    return call.reply(item=entity(resource, grns, scope, row))


def _check(item: Message, resource: Resource) -> None:
    """Raise ValidationFailed for problems that the request alone does not show, such as those of successive changes."""
    violations = resource.check(item)
    if violations:
        raise ValidationFailed(violations=violations)


async def _insert(call: Call[object], resource: Resource, scope: Scope, name: str, item: Message) -> None:
    made = await call.tx.one(
        resource.table.insert,
        **scope.key,
        **dict(scope.extra),
        name=name,
        body=item.SerializeToString(),
        now=call.server_now,
    )
    if made is None:
        raise resource.already_exists


async def _find(call: Call[object], resource: Resource, scope: Scope, name: str) -> Row:
    row = await call.tx.one(resource.table.get, **scope.key, name=name)
    if row is None:
        raise resource.not_found
    return row


def _name(call: Call[object], resource: Resource) -> str:
    name: str = getattr(call.request, resource.name_field)
    return name


def _own_fields(request: Message, resource_message: Message) -> set[str]:
    """Return the fields of a request that are the entity's own, not bookkeeping."""
    shared = set(request.DESCRIPTOR.fields_by_name) & set(resource_message.DESCRIPTOR.fields_by_name)
    return shared - _BOOKKEEPING


def _copy(request: Message, item: Message, mask: frozenset[str] = frozenset()) -> Message:
    for name in _own_fields(request, item):
        if name in mask:
            item.ClearField(name)
        field = request.DESCRIPTOR.fields_by_name[name]
        value = getattr(request, name)
        if field.is_repeated:
            if value:
                item.ClearField(name)
                getattr(item, name).MergeFrom(value)
        elif field.has_presence and not request.HasField(name):
            continue
        elif field.message_type is not None:
            getattr(item, name).CopyFrom(value)
        elif value == "":
            item.ClearField(name)
        else:
            setattr(item, name, value)
    return item


def _mask(call: Call[UpdateRequest], resource: Resource) -> frozenset[str]:
    allowed = _own_fields(call.message, resource.message())
    text = f"may name {', '.join(sorted(allowed))}"
    wrong = [
        Violation(f"update_mask.paths[{index}]", text)
        for index, path in enumerate(call.request.update_mask.paths)
        if path not in allowed
    ]
    if wrong:
        raise ValidationFailed(violations=wrong)
    return frozenset(call.request.update_mask.paths)
