"""Renders the page of a service: its description, its methods by component, and a section for each method."""

import re

from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from redeem.options.v1 import options_pb2
from redeemd.auth.roles import allowed
from redeemd.contract.options import MethodRule, policy, request_bytes_max, spelling

from reference.fields import fields_of
from reference.links import ACTIONS, Links, action_link, enum_target, reason_link
from reference.markdown import joined, table
from reference.source import REASONS, Source, is_served, package_of

_ROLES = options_pb2.Role.DESCRIPTOR
_EVENTS = options_pb2.EventKind.DESCRIPTOR
_REASON = re.compile(r"\b[A-Z][A-Z_]+\b")
# "VerifyCode for the player named in the request.", "See RunVerifyTask."
_LIKE = re.compile(r"(?:^|\bSee )([A-Za-z]+)(?: for the player named| as a signed|\.)")


def service_page(source: Source, service: ServiceDescriptor) -> str:
    """Render the page of a service."""
    links = Links(source, package_of(service.file), service)
    return joined(
        [
            f"# {service.name}",
            links.paragraphs(source.comment(service)),
            f"`{service.full_name}`. [All services and how to read this](README.md).",
            _contents(links, service),
            *(_section(source, links, method) for method in service.methods),
        ]
    )


def _contents(links: Links, service: ServiceDescriptor) -> str:
    """Render the list of methods by component, in the order of the contract."""
    about: dict[str, list[str]] = {}
    for method in service.methods:
        about.setdefault(_component(method), []).append(links.method(method))
    return table(
        ["component", "methods"], [[f"`{name}`" * bool(name), ", ".join(each)] for name, each in about.items()]
    )


def _component(method: MethodDescriptor) -> str:
    return policy(method).component if is_served(method.containing_service) else ""


def _section(source: Source, links: Links, method: MethodDescriptor) -> str:
    return joined(
        [
            f"## {method.name}",
            links.paragraphs(source.comment(method)),
            "\n".join(_facts(source, method)) if is_served(method.containing_service) else "",
            _message(source, links, "Requests (stream)" if method.client_streaming else "Request", method.input_type),
            _message(
                source, links, "Responses (stream)" if method.server_streaming else "Response", method.output_type
            ),
        ]
    ).rstrip("\n")


def _message(source: Source, links: Links, kind: str, message: Descriptor) -> str:
    if not message.fields:
        return f"**{kind}**: `{message.name}`, without fields."
    return f"**{kind}**: `{message.name}`\n\n{fields_of(source, links, message)}"


def _facts(source: Source, method: MethodDescriptor) -> list[str]:
    rule = policy(method)
    facts = [f"* Callers: {_callers(method, rule)}.", f"* {_effect(rule)}.", f"* {_size(method, rule)}."]
    if rule.event:
        kind = spelling(_EVENTS, rule.event)
        facts.append(f"* Writes the event [`{kind}`]({enum_target(_EVENTS)}).")
    actions = [action_link(name) for name in ACTIONS if name.partition(":")[2] == method.name]
    if actions:
        facts.append(f"* Action of a transaction: {', '.join(actions)}.")
    return [*facts, _refusals(source, method)]


def _refusals(source: Source, method: MethodDescriptor) -> str:
    """Return the reasons that the text above does not name."""
    told = _reasons_in(source.comment(method))
    reasons = [reason_link(reason) for reason in reasons_of(source, method) if reason not in told]
    general = "the [errors of every method](../errors.md#errors-of-every-method)"
    if reasons:
        return f"* Fails with {', '.join(reasons)}, and with {general}."
    return f"* {'Also fails' if told else 'Fails'} with {general}."


def _callers(method: MethodDescriptor, rule: options_pb2.Policy) -> str:
    if rule.access == options_pb2.ACCESS_PUBLIC:
        return "any caller, without a credential"
    if rule.access == options_pb2.ACCESS_PLAYER:
        return "a player, with an access token"
    named = [f"`{spelling(_ROLES, role)}`" for role in roles_of(method)]
    return f"keys with [role]({enum_target(_ROLES)}) {', '.join(named)}"


def _size(method: MethodDescriptor, rule: options_pb2.Policy) -> str:
    what = "A message" if method.client_streaming else "A request"
    return f"{what} has at most {request_bytes_max(rule):,} bytes"


def roles_of(method: MethodDescriptor) -> list[options_pb2.Role]:
    """Return the roles whose keys may call a method."""
    rule = MethodRule.of(method, policy(method))
    return [role.number for role in _ROLES.values if role.number and allowed(role.number, rule)]  # type: ignore[misc, arg-type]


def _effect(rule: options_pb2.Policy) -> str:
    if not rule.writes:
        return "Changes nothing"
    parts = ["Writes"]
    parts += ["accepts an [idempotency key](README.md#calling)"] * rule.idempotent
    parts += ["supports [dry runs](README.md#calling)"] * rule.dry_run
    return "; ".join(parts)


def reasons_of(source: Source, method: MethodDescriptor) -> list[str]:
    """Return the reasons named in the comment of a method, and those of the methods that it refers to."""
    comment = " ".join(source.comment(method).split())
    found = dict.fromkeys(_reasons_in(comment))
    for name in _LIKE.findall(comment):
        like = method.containing_service.methods_by_name.get(name)
        if like is not None and like is not method:
            found |= dict.fromkeys(reasons_of(source, like))
    return list(found)


def _reasons_in(comment: str) -> list[str]:
    return [word for word in _REASON.findall(comment) if word in REASONS]
