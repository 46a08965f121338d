"""Compares what a template wants with what a server has."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import grpc
from google.protobuf.message import Message
from redeem.transaction.v1 import requests_pb2 as pb

from redeemd.cli.client import Client, reason_of, show
from redeemd.cli.message_json import plain_message
from redeemd.cli.templates.services import Service
from redeemd.cli.templates.values import NotApplicable
from redeemd.cli.templates.wanted import Place, Wanted, WantedDocument, WantedNamespace, document_of, spelled
from redeemd.contract import differences, json_text
from redeemd.contract.differences import Change
from redeemd.resources import defaults

_NO_NAMESPACE = "NAMESPACE_NOT_FOUND"


class Outcome(StrEnum):
    """What becomes of a resource."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """The plan for a resource: its change, and the call that makes it, which an unchanged resource does not need.

    `not_here` are the actions that a document names and the server declares not to be here.
    """

    place: Place
    outcome: Outcome
    changes: Sequence[Change]
    method: str
    request: Message
    not_here: Sequence[str] = ()

    @property
    def pending(self) -> bool:
        """Whether the server has something else than what is wanted."""
        return self.outcome != Outcome.UNCHANGED

    def perform(self, client: Client) -> None:
        """Make the call. Raises grpc.RpcError."""
        client.try_call(getattr(getattr(client, self.place.service.stub), self.method), self.request)


def plan(client: Client, wanted: Iterable[Wanted]) -> list[Step]:
    """Return the steps that make a server have what is wanted, namespaces before documents.

    A document is put in force only if that of the server has still the revision that the step is based on. Raises
    NotApplicable. Exits with status 1 if a call fails.
    """
    steps: list[Step] = []
    created: set[tuple[Service, str]] = set()
    for each in wanted:
        place = each.place
        if isinstance(each, WantedNamespace):
            step = _namespace(client, each)
            if step.outcome == Outcome.CREATE:
                created.add((place.service, place.namespace))
        else:
            step = _document(client, each, is_new=(place.service, place.namespace) in created)
        steps.append(step)
    return steps


def _namespace(client: Client, wanted: WantedNamespace) -> Step:
    place = wanted.place
    service = place.service
    settings = {field.name: value for field, value in wanted.request.ListFields() if field.name != "name"}
    found = _find_namespace(client, service, place.namespace)
    if found is None:
        created = _changes(service.entities.Namespace(), service.entities.Namespace(**settings))
        return Step(place, Outcome.CREATE, created, "CreateNamespace", wanted.request)
    before = service.entities.Namespace(**{field.name: value for field, value in found.ListFields()})
    after = _with_defaults(service.entities.Namespace(**settings), found)
    changed = {}
    changes: list[Change] = []
    for name, value in settings.items():
        if differing := _changes(_only(before, name), _only(after, name)):
            changed[name] = value
            changes += differing
    request = service.requests.UpdateNamespaceRequest(namespace_name=place.namespace, **changed)
    return Step(place, _outcome(changes), changes, "UpdateNamespace", request)


def _find_namespace(client: Client, service: Service, name: str) -> Message | None:
    request = service.requests.GetNamespaceRequest(namespace_name=name)
    try:
        found: Message = client.try_call(getattr(client, service.stub).GetNamespace, request).item
    except grpc.RpcError as error:
        if reason_of(error) != _NO_NAMESPACE:
            show(error)
        return None
    return found


def _with_defaults(after: Message, found: Message) -> Message:
    """Fill in the defaults of nested settings, as the server does in the namespace that it returned."""
    _, _, region, owner, *_ = str(getattr(found, "namespace_id")).split(":")  # noqa: B009 -- every Namespace has one
    for field, value in after.ListFields():
        if field.message_type is not None:
            defaults.fill(value, lambda text: text.replace("{region}", region).replace("{ownerId}", owner))
    return after


def _only(message: Message, name: str) -> Message:
    """Return a message with one of its fields."""
    return type(message)(**{name: getattr(message, name)}) if message.HasField(name) else type(message)()


def _changes(before: Message, after: Message) -> list[Change]:
    """Return the differences of two namespaces, with paths as in templates; an empty text clears a setting."""
    old, new = (
        {name: member for name, member in plain_message(each).items() if member != ""} for each in (before, after)
    )
    return [replace(change, path=spelled(change.path)) for change in differences.of_values(old, new)]


def _document(client: Client, wanted: WantedDocument, *, is_new: bool) -> Step:
    place = wanted.place
    service = place.service
    before, revision = ("{}", 0) if is_new else _find_document(client, place)
    lists = [kind.json_name for kind in service.master_data.kinds]
    changes = list(differences.of_documents(document_of(before), document_of(wanted.settings), lists))
    request = getattr(service.requests, f"UpdateCurrent{service.master}Request")(
        namespace_name=place.namespace, settings=wanted.settings, expected_revision=revision
    )
    outcome = _outcome(changes) if revision else Outcome.CREATE
    not_here = _not_here(client, wanted.settings) if service.has_actions else ()
    return Step(place, outcome, changes, f"UpdateCurrent{service.master}", request, not_here)


def _not_here(client: Client, settings: str) -> Sequence[str]:
    """Return the actions that a document names and the server declares not to be here, in alphabetical order."""
    named = set(_actions(document_of(settings)))
    if not named:
        return []
    response = client.call(client.transactions.DescribeActionsNotHere, pb.DescribeActionsNotHereRequest())
    return [action for action in response.actions if action in named]


def _actions(value: object) -> Iterator[str]:
    """Yield the names of the actions in a document. Requests, in which actions are nested, may be JSON text."""
    if isinstance(value, list):
        for item in value:
            yield from _actions(item)
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if name == "action" and isinstance(member, str):
                yield member
            elif name == "request" and isinstance(member, str):
                with contextlib.suppress(json_text.JsonError):
                    yield from _actions(json_text.read_object(member))
            else:
                yield from _actions(member)


def _find_document(client: Client, place: Place) -> tuple[str, int]:
    """Return the document in force and its revision; an empty one with revision 0 if there is none."""
    service = place.service
    method = f"GetCurrent{service.master}"
    request = getattr(service.requests, f"{method}Request")(namespace_name=place.namespace)
    try:
        item = client.try_call(getattr(getattr(client, service.stub), method), request).item
    except grpc.RpcError as error:
        reason = reason_of(error)
        if reason == _NO_NAMESPACE:
            text = f"names {place.namespace}, which is neither on the server nor in the template"
            raise NotApplicable([place.problem("namespaceName", text)]) from None
        if reason != service.master_data.not_found.reason:
            show(error)
        return "{}", 0
    return item.settings, item.revision


def _outcome(changes: Sequence[Change]) -> Outcome:
    return Outcome.CHANGE if changes else Outcome.UNCHANGED
