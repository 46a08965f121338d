"""Renders the pages of each package's entities and the page of all enums."""

from collections.abc import Iterable

from google.protobuf.descriptor import Descriptor, EnumDescriptor
from redeemd.contract.options import spelling

from reference.fields import fields_of
from reference.links import Links, enum_title
from reference.markdown import anchor, first_sentence, joined, table
from reference.source import SERVICES, Source, enums, package_of

_ENUMS = """# Enums

Requests and responses, also in their JSON form, name a value as the contract does. Documents (master data, requests of
actions, dumps of player data) spell it as in the column *documented*. The value 0, `..._UNSPECIFIED`, means that the
field is not set; the server refuses it as a value."""


def entities_page(source: Source, package: str) -> str:
    """Render the messages that several requests and responses of a service share."""
    links = Links(source, package)
    found = source.entities(package)
    return joined(
        [
            f"# {_title(package)}",
            "Messages that several methods share. [All pages](README.md).",
            _contents(links, ((message.name, source.comment(message)) for message in found)),
            *(_entity(source, links, message) for message in found),
        ]
    )


def _title(package: str) -> str:
    names = [service.name for service in SERVICES if package_of(service.file) == package]
    return f"Entities of {names[0]}" if names else "Entities of all services"


def _contents(links: Links, rows: Iterable[tuple[str, str]]) -> str:
    return table(
        ["name", "description"],
        [[f"[{name}](#{anchor(name)})", links.line(first_sentence(text))] for name, text in rows],
    )


def _entity(source: Source, links: Links, message: Descriptor) -> str:
    return f"## {message.name}\n\n{links.paragraphs(source.comment(message))}\n\n{fields_of(source, links, message)}"


def enums_page(source: Source) -> str:
    """Render all enums that fields have, with both spellings of their values."""
    rows = [(enum_title(enum), source.comment(enum)) for enum in enums()]
    return joined([_ENUMS, _contents(Links(source, "common"), rows), *(_enum(source, enum) for enum in enums())])


def _enum(source: Source, enum: EnumDescriptor) -> str:
    links = Links(source, package_of(enum.file))
    rows = [
        [f"`{value.name}`", f"`{spelling(enum, value.number)}`", links.line(source.comment(value))]
        for value in enum.values
        if value.number
    ]
    text = links.paragraphs(source.comment(enum))
    return f"## {enum_title(enum)}\n\n{text}\n\n{table(['name', 'documented', 'description'], rows)}"
