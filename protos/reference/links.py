"""Links from what a comment names to where the reference has it."""

import re

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, MethodDescriptor, ServiceDescriptor
from redeemd.exchange.actions import ACTIONS as EXCHANGE
from redeemd.limit.actions import ACTIONS as LIMIT
from redeemd.serialkey.actions import ACTIONS as SERIALKEY
from redeemd.transaction.actions import ACTIONS as EXPRESSIONS

from reference.markdown import anchor, escape
from reference.source import PACKAGES, REASONS, SERVICES, SPOKEN, Source, enums, package_of

ACTIONS = {spec.name: spec for spec in (*SERIALKEY, *LIMIT, *EXCHANGE, *EXPRESSIONS)}

_SCALARS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FLOAT: "float",
}
# What a comment may name. Code and quotations come first: names inside them are not links, unless it is all an action.
_WORDS = re.compile(
    r"""
    `[^`]*` | "[^"]*"
    | \b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)*\b     # CODE_NOT_FOUND
    | \bGs2[A-Za-z]+:[A-Z][A-Za-z]+\b       # Gs2Limit:CountUpByUserId
    | \b[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+\b # VerifyCode
    | (?:(?<=\bSee\ )|(?<=\bwith\ )|^)[A-Z][a-z]+(?=\.|\ for\ the\ player\ named|\ as\ a\ signed) # Use
    """,
    re.VERBOSE,
)


class Links:
    """Links of a page: to names of its service and package first, then to those of others."""

    def __init__(self, source: Source, package: str, service: ServiceDescriptor | None = None) -> None:
        self._source = source
        self._targets = _targets(source, package, service)

    def line(self, comment: str) -> str:
        """Return a comment on one line, with links."""
        text, parts, end = " ".join(comment.split()), [], 0
        for word in _WORDS.finditer(text):
            parts += [escape(text[end : word.start()]), self._word(word.group())]
            end = word.end()
        return "".join(parts) + escape(text[end:])

    def paragraphs(self, comment: str) -> str:
        """Return a comment as paragraphs, with links; what is indented is shown as it is."""
        return "\n\n".join(map(self._paragraph, comment.strip("\n").split("\n\n")))

    def method(self, method: MethodDescriptor) -> str:
        """Return a link to a method."""
        return f"[{method.name}]({method_target(self._source, method)})"

    def service(self, service: ServiceDescriptor) -> str:
        """Return a link to a service."""
        return f"[{service.name}]({service_target(self._source, service)})"

    def type(self, field: FieldDescriptor) -> str:
        """Return the type of a field, with a link where it has a place."""
        entry = field.message_type
        if entry is not None and entry.GetOptions().map_entry:
            key, value = (entry.fields_by_name[name] for name in ("key", "value"))
            return f"map of {self.type(key)} to {self.type(value)}"
        kind = _SCALARS.get(field.type) or self._declared(field)
        return f"list of {kind}" if field.is_repeated else kind

    def _declared(self, field: FieldDescriptor) -> str:
        if field.enum_type is not None:
            return f"[{field.enum_type.name}]({enum_target(field.enum_type)})"
        message = field.message_type
        assert message is not None
        if not message.file.package.startswith("redeem."):
            return f"`{message.full_name}`"
        return f"[{message.name}]({entity_target(self._source, message)})"

    def _paragraph(self, lines: str) -> str:
        if all(line.startswith("    ") for line in lines.splitlines()):
            return "```text\n" + "\n".join(line[4:] for line in lines.splitlines()) + "\n```"
        return self.line(lines)

    def _word(self, word: str) -> str:
        name = word.strip('`"')
        if name in REASONS:
            return reason_link(name)
        if name in ACTIONS:
            return action_link(name)
        if word in self._targets:
            return f"[{word}]({self._targets[word]})"
        return word if word.startswith("`") else escape(word)


def _targets(source: Source, package: str, service: ServiceDescriptor | None) -> dict[str, str]:
    """Return where the names of methods, entities, enums and services are, seen from a page."""
    targets = {enum.name: enum_target(enum) for enum in enums()}
    for other in sorted(PACKAGES, key=lambda each: (each == package, each == "common")):
        targets |= {message.name: entity_target(source, message) for message in source.entities(other)}
    for each in sorted(SERVICES, key=lambda each: (each is service, package_of(each.file) == package)):
        targets[each.name] = service_target(source, each)
        targets |= {method.name: method_target(source, method) for method in each.methods}
    return targets


def service_target(source: Source, service: ServiceDescriptor) -> str:
    """Return where a service begins."""
    return f"{source.page_of(service)}#{anchor(service.name)}"


def method_target(source: Source, method: MethodDescriptor) -> str:
    """Return where a method is."""
    return f"{source.page_of(method.containing_service)}#{anchor(method.name)}"


def entity_target(source: Source, message: Descriptor) -> str:
    """Return where an entity is; the request of a method may be one, for another method."""
    if message.full_name in SPOKEN:
        return method_target(source, SPOKEN[message.full_name])
    return f"{source.entities_page_of(package_of(message.file))}#{anchor(message.name)}"


def enum_title(enum: EnumDescriptor) -> str:
    """Return the name of an enum; some packages have one of the same name."""
    return f"{package_of(enum.file)}.{enum.name}"


def enum_target(enum: EnumDescriptor) -> str:
    """Return where an enum is."""
    return f"enums.md#{anchor(enum_title(enum))}"


def reason_link(reason: str) -> str:
    """Return a link to an error reason."""
    return f"[`{reason}`](../errors.md#{anchor(reason)})"


def action_link(name: str) -> str:
    """Return a link to an action."""
    return f"[`{name}`](actions.md#{anchor(name)})"
