"""Evaluates what a template may have in place of texts: aliases `${Name}`, and the functions GetAttr and Join.

A function is a YAML tag, or a text that begins with its name: gs2-cdk writes both, as do templates in JSON.
"""

import re
from collections.abc import Mapping, Sequence

from redeemd.cli.templates.template import Resource, Template
from redeemd.cli.templates.values import Function, Items, NotApplicable, Section
from redeemd.contract import json_text

_ALIAS = re.compile(r"\$\{([^{}]+)\}")
_FUNCTION = re.compile(r"!(GetAttr|Join) +(.+)", re.DOTALL)
# The argument of Join as a text, such as `['-', ['a', '!GetAttr Gs2::Region']]`. TypeScript's gs2-cdk quotes no parts.
_PART = r"""'[^']*+'|"[^"]*+"|[^\s,\[\]'"][^,\[\]'"]*+"""
_JOINED = re.compile(rf"\[\s*+({_PART})\s*+,\s*+\[\s*+((?:{_PART})(?:\s*+,\s*+(?:{_PART}))*+)?\s*+\]\s*+\]")
_PARTS = re.compile(_PART)
_ITEM = "Item."
_NESTED_MAX = 16
TEXT_MAX = 16 * 1024 * 1024  # characters that aliases and functions may add to a template
_CALL_COST = 1024  # characters that a call of a function counts for, besides its result

# GRNs and master data have these placeholders for the region and the owner, which redeemd reads as its own.
_OF_PROJECT = {"Gs2::Region": "{region}", "Gs2::OwnerId": "{ownerId}"}
# The attributes of created resources that settings of the three services may name, as parts of GRNs.
_GRNS = {
    ("GS2::SerialKey::Namespace", "NamespaceId"): "serialKey:{Name}",
    ("GS2::Exchange::Namespace", "NamespaceId"): "exchange:{Name}",
    ("GS2::Limit::Namespace", "NamespaceId"): "limit:{Name}",
    ("GS2::Distributor::Namespace", "NamespaceId"): "distributor:{Name}",
    ("GS2::JobQueue::Namespace", "NamespaceId"): "queue:{Name}",
    ("GS2::Log::Namespace", "NamespaceId"): "log:{Name}",
    ("GS2::Key::Key", "KeyId"): "key:{NamespaceName}:key:{Name}",
    ("GS2::Script::Script", "ScriptId"): "script:{NamespaceName}:script:{Name}",
}  # fmt: skip


def evaluated(template: Template, resource: Resource, budget: json_text.Budget) -> Section:
    """Return the properties of a resource without aliases and functions. Raises NotApplicable.

    The budget of TEXT_MAX is that of all resources of a template.
    """
    value = _Evaluation(template, resource, budget).value(resource.properties, resource.line, 0)
    assert isinstance(value, Section)
    return value


class _Evaluation:
    """Evaluates the properties of one resource."""

    def __init__(self, template: Template, resource: Resource, budget: json_text.Budget) -> None:
        self._template = template
        self._resource = resource
        self._budget = budget

    def value(self, value: object, line: int | None, nested: int) -> object:
        """Return a value without aliases and functions. `nested` counts functions in functions."""
        if isinstance(value, Section):
            members = {name: self.value(member, value.lines.get(name, line), nested) for name, member in value.items()}
            return Section(members, value.lines)
        if isinstance(value, Items):
            lines: Sequence[int | None] = value.lines or [line] * len(value)
            items = [self.value(item, at, nested) for item, at in zip(value, lines, strict=True)]
            return Items(items, value.lines)
        if isinstance(value, str):
            text = self._without_aliases(value, line)
            found = _FUNCTION.fullmatch(text)
            return text if found is None else self._call(Function(found[1], found[2], line), nested + 1)
        return self._call(value, nested + 1) if isinstance(value, Function) else value

    def _without_aliases(self, text: str, line: int | None) -> str:
        aliases = self._template.aliases
        self._take(sum(len(aliases.get(name, "")) for name in _ALIAS.findall(text)), line)
        return _ALIAS.sub(lambda found: aliases.get(found[1], found[0]), text)

    def _take(self, count: int, line: int | None) -> None:
        try:
            self._budget.take(count)
        except json_text.JsonError:
            text = f"aliases and functions add more than {self._budget.most:,} characters"
            raise NotApplicable.because(text, line, self._resource.name) from None

    def _call(self, function: Function, nested: int) -> str:
        if nested > _NESTED_MAX:
            raise self._wrong(function, "is nested too deep, or refers to itself")
        self._take(_CALL_COST, function.line)
        result = self._result(function, nested)
        self._take(len(result), function.line)
        return result

    def _result(self, function: Function, nested: int) -> str:
        if function.name == "GetAttr" and isinstance(function.argument, str):
            return self._attribute(function, function.argument.strip(), nested)
        if function.name == "Join":
            return self._join(function, nested)
        raise self._wrong(function, "is not supported; there are !GetAttr RESOURCE.Item.NAME and !Join [TEXT, [...]]")

    def _attribute(self, function: Function, path: str, nested: int) -> str:
        if path in _OF_PROJECT:
            return _OF_PROJECT[path]
        name, _, attribute = path.partition(".")
        resource = self._template.resources.get(name)
        if resource is None:
            raise self._wrong(function, f"names {name}, which is not a resource of the template")
        attribute = attribute.removeprefix(_ITEM)
        properties = {
            member: self.value(text, function.line, nested)
            for member, text in resource.properties.items()
            if member in {"Name", "NamespaceName", attribute}
        }
        value = properties.get(attribute) or _grn(resource.type, attribute, properties)
        if not isinstance(value, str):
            raise self._wrong(function, f"names {attribute}, which is not a known text of a {resource.type}")
        return value

    def _join(self, function: Function, nested: int) -> str:
        argument = function.argument
        if isinstance(argument, str) and (found := _JOINED.fullmatch(argument)):
            argument = [_unquoted(found[1]), [_unquoted(part) for part in _PARTS.findall(found[2] or "")]]
        match argument:
            case [str(separator), [*parts]]:
                texts = [self.value(part, function.line, nested) for part in parts]
            case _:
                texts = [None]
        if not all(isinstance(text, str) for text in texts):
            raise self._wrong(function, "must have the form [TEXT, [TEXT, ...]]")
        return separator.join(map(str, texts))

    def _wrong(self, function: Function, text: str) -> NotApplicable:
        return NotApplicable.because(f"!{function.name} {text}", function.line, self._resource.name)


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] in "'\"" else text.strip()


def _grn(kind: str, attribute: str, properties: Mapping[str, object]) -> str | None:
    pattern = _GRNS.get((kind, attribute))
    if pattern is None or not all(isinstance(text, str) for text in properties.values()):
        return None
    try:
        return f"grn:gs2:{{region}}:{{ownerId}}:{pattern.format_map(properties)}"
    except KeyError:
        return None
