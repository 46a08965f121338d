"""The page of actions: the kind, the request and the refusals of each."""

from google.protobuf.descriptor import MethodDescriptor
from redeemd.transaction.definition import ActionDefinition

from reference.fields import fields_in_json
from reference.links import ACTIONS, Links, action_link, reason_link
from reference.markdown import joined, table
from reference.methods import reasons_of
from reference.source import METHODS, Source, package_of

_INTRODUCTION = """# Actions of transactions

An action runs an RPC as part of a [transaction](../../explanation/transactions.md). Its request has the fields of the
RPC's request, in their JSON names, without the idempotency key: a transaction has one key for all of its actions. Its
result is the RPC's response. Verify actions check a condition, consume actions take from the player, acquire actions
give. *Quantity* is the field that the count of an exchange multiplies.

Any action may also fail with the [errors of every method](../errors.md#errors-of-every-method), and with
[`ROLE_NOT_ALLOWED`](../errors.md#role_not_allowed) if the caller may not call the RPC. The metadata of a refusal names
[the action](../../explanation/transactions.md#errors) that refused. Actions with other names go to a
[handler](../../how-to/handlers.md) that you host."""
_NOT_ASKED = {"duplication_avoider"}


def actions_page(source: Source) -> str:
    """Render the page."""
    methods = {f"{package_of(method.containing_service.file)}.{method.name}": method for method in METHODS}
    sections = [_section(source, spec, methods[_method(spec)]) for spec in ACTIONS.values()]
    return joined([_INTRODUCTION, _contents(), *sections])


def _method(spec: ActionDefinition) -> str:
    prefix, _, name = spec.name.partition(":")
    package = prefix.removeprefix("Gs2").lower()
    return f"{'transaction' if package == 'distributor' else package}.{name}"


def _contents() -> str:
    rows = [[action_link(name), str(spec.kind)] for name, spec in ACTIONS.items()]
    return table(["action", "kind"], rows)


def _section(source: Source, spec: ActionDefinition, method: MethodDescriptor) -> str:
    links = Links(source, package_of(method.containing_service.file), method.containing_service)
    return f"## {spec.name}\n\n" + joined(
        [
            links.paragraphs(source.comment(method)),
            "\n".join(_facts(source, links, spec, method)),
            fields_in_json(source, links, method.input_type, without=_NOT_ASKED),
        ]
    ).rstrip("\n")


def _facts(source: Source, links: Links, spec: ActionDefinition, method: MethodDescriptor) -> list[str]:
    facts = [f"* {str(spec.kind).capitalize()} action; the RPC is {links.method(method)}."]
    if spec.quantity is not None:
        field = method.input_type.fields_by_name[spec.quantity.field].json_name
        default = f"; {spec.quantity.default} if absent" if spec.quantity.default is not None else ""
        facts.append(f"* Quantity: `{field}`{default}.")
    if spec.reverse:
        facts.append(f"* Reverted by {action_link(spec.reverse)}.")
    reasons = [reason_link(reason) for reason in reasons_of(source, method)]
    if reasons:
        facts.append(f"* Fails with {', '.join(reasons)}.")
    return facts
