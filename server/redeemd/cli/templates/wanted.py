"""What a template wants of the three services, checked as far as that is possible without a server."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from google.protobuf.message import Message

from redeemd.cli.templates.functions import TEXT_MAX, evaluated
from redeemd.cli.templates.services import SERVICES, Service
from redeemd.cli.templates.template import Resource, Template
from redeemd.cli.templates.values import NotApplicable, Problem, Section, line_of
from redeemd.contract import documented_json, json_text, validation
from redeemd.errors import MasterDataInvalid, Violation
from redeemd.resources import master_data

_NAMESPACE_NAME, _SETTINGS = "NamespaceName", "Settings"
_INITIAL = re.compile(r"(?:^|(?<=\.))[a-z]")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something of a service is wanted: the resource, and its properties without aliases and functions."""

    resource: Resource
    service: Service
    properties: Section
    namespace: str

    def problem(self, field: str, text: str) -> Problem:
        """Return a problem of a field, by its path as requests or the documented JSON spell it, empty for all of it."""
        field = documented_json.camel(field)
        line = line_of(self.properties, field) or self.resource.line
        return Problem(f"{spelled(field)} {text}".strip(), line, self.resource.name)


@dataclass(frozen=True, slots=True)
class WantedNamespace:
    """A namespace: the request that creates it."""

    place: Place
    request: Message


@dataclass(frozen=True, slots=True)
class WantedDocument:
    """The master data of a namespace, as JSON text that is valid but for the actions that it names."""

    place: Place
    settings: str


Wanted = WantedNamespace | WantedDocument


def spelled(path: str) -> str:
    """Return the path of a property as templates spell it: TransactionSetting.KeyId; Settings.rateModels[0].name."""
    if path.startswith("settings"):
        return f"S{path[1:]}"
    return _INITIAL.sub(lambda found: found[0].upper(), path)


def read_wanted(template: Template) -> tuple[list[Wanted], list[Resource]]:
    """Return what is wanted, namespaces first, and the resources of other services. Raises NotApplicable."""
    wanted: list[Wanted] = []
    others: list[Resource] = []
    problems: list[Problem] = []
    budget = json_text.Budget(TEXT_MAX)
    for resource in template.resources.values():
        service = next((each for each in SERVICES if each.name == resource.service), None)
        if service is None:
            others.append(resource)
            continue
        try:
            properties = evaluated(template, resource, budget)
            wanted.append(_read(resource, service, properties))
        except NotApplicable as found:
            problems += found.problems
    problems += _duplicates(wanted)
    if problems:
        raise NotApplicable(problems)
    return sorted(wanted, key=lambda each: isinstance(each, WantedDocument)), others


def _read(resource: Resource, service: Service, properties: Section) -> Wanted:
    readers: dict[str, Callable[[Resource, Service, Section], Wanted]] = {
        service.namespace_type: _read_namespace,
        service.document_type: _read_document,
    }
    reader = readers.get(resource.type)
    if reader is None:
        text = f"{resource.type} cannot be applied; {' and '.join(readers)} can"
        raise NotApplicable.because(text, resource.line, resource.name)
    return reader(resource, service, properties)


def _duplicates(wanted: Iterable[Wanted]) -> Iterable[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for each in wanted:
        resource = each.place.resource
        earlier = seen.setdefault((resource.type, each.place.namespace), resource.name)
        if earlier != resource.name:
            yield Problem(f"{earlier} describes the same", resource.line, resource.name)


def _read_namespace(resource: Resource, service: Service, properties: Section) -> WantedNamespace:
    request = service.requests.CreateNamespaceRequest()
    members = _with_small_initials(properties)
    place = Place(resource, service, properties, str(members.get("name")))
    known = [field.json_name for field in request.DESCRIPTOR.fields]
    _check_names(place, {spelled(name) for name in known})
    violations = documented_json.read_checked(members, request, "", strict=True)
    _check(place, violations)
    return WantedNamespace(place, request)


def _with_small_initials(value: object) -> dict[str, object]:
    """Return an object with the names of the documented JSON."""
    assert isinstance(value, dict)
    return {
        name[:1].lower() + name[1:]: _with_small_initials(member) if isinstance(member, dict) else member
        for name, member in value.items()
    }


def _read_document(resource: Resource, service: Service, properties: Section) -> WantedDocument:
    name, settings = properties.get(_NAMESPACE_NAME), properties.get(_SETTINGS)
    place = Place(resource, service, properties, str(name))
    _check_names(place, {_NAMESPACE_NAME, _SETTINGS})
    if not isinstance(name, str):
        raise NotApplicable([place.problem(_NAMESPACE_NAME, "must be a string")])
    if not isinstance(settings, str | dict):
        raise NotApplicable([place.problem(_SETTINGS, "must be an object or JSON text")])
    get = getattr(service.requests, f"GetCurrent{service.master}Request")
    _check(place, validation.violations(get(namespace_name=name)))
    text = settings if isinstance(settings, str) else json_text.write(settings)
    try:
        document = master_data.parse(text, service.master_data)
    except MasterDataInvalid as error:
        raise NotApplicable([place.problem(found.field, found.description) for found in error.violations]) from None
    return WantedDocument(place, document.settings)


def _check_names(place: Place, known: Set[str]) -> None:
    unknown = [name for name in place.properties if name not in known]
    if unknown:
        text = f"is not a property of {place.resource.type}"
        lines = place.properties.lines
        resource = place.resource
        raise NotApplicable(
            [Problem(f"{name} {text}", lines.get(name) or resource.line, resource.name) for name in unknown]
        )


def _check(place: Place, violations: Sequence[Violation]) -> None:
    if violations:
        raise NotApplicable([place.problem(found.field, found.description) for found in violations])


def document_of(settings: str) -> Mapping[str, object]:
    """Return the members of a valid document."""
    return json_text.read_object(settings)
