"""The sections of a template: its resources, and the aliases of its texts."""

from collections.abc import Mapping
from dataclasses import dataclass

from redeemd.cli.templates.values import NotApplicable, Section

FORMAT_VERSION = "2019-05-01"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as the template has it: its properties may contain aliases and functions."""

    name: str
    type: str
    properties: Section
    line: int | None

    @property
    def service(self) -> str:
        """The service of the type: `Exchange` of `GS2::Exchange::Namespace`."""
        return self.type.split("::")[1]


@dataclass(frozen=True, slots=True)
class Template:
    """A template. Outputs and dependencies are not part of it: redeemd knows the order of its resources."""

    resources: Mapping[str, Resource]
    aliases: Mapping[str, str]


def parse(value: object) -> Template:
    """Return the template in the value of a file. Raises NotApplicable."""
    root = _section(value, "the template", None)
    version = root.get("GS2TemplateFormatVersion")
    if version != FORMAT_VERSION:
        line = root.lines.get("GS2TemplateFormatVersion")
        raise NotApplicable.because(f'GS2TemplateFormatVersion must be "{FORMAT_VERSION}"', line)
    found = _member(root, "Resources", "Resources")
    resources = {name: _resource(name, _member(found, name, f"resource {name}"), found) for name in found}
    if not resources:
        raise NotApplicable.because("it has no Resources", root.lines.get("Resources"))
    return Template(resources, _aliases(root))


def _resource(name: str, content: Section, within: Section) -> Resource:
    line = within.lines.get(name)
    kind = content.get("Type")
    parts = kind.split("::") if isinstance(kind, str) else []
    if len(parts) != 3 or parts[0] != "GS2" or not isinstance(kind, str):  # noqa: PLR2004 -- GS2::service::kind
        raise NotApplicable.because("Type must be GS2::<service>::<kind>", content.lines.get("Type", line), name)
    return Resource(name, kind, _member(content, "Properties", f"Properties of {name}"), line)


def _aliases(root: Section) -> dict[str, str]:
    aliases = _member(_member(root, "Globals", "Globals"), "Alias", "Alias")
    for name, text in aliases.items():
        if not isinstance(text, str):
            raise NotApplicable.because(f"the alias {name} must be a string", aliases.lines.get(name))
    return {name: str(text) for name, text in aliases.items()}


def _member(section: Section, name: str, called: str) -> Section:
    """Return a member that is an object; an empty one if it is absent or null."""
    value = section.get(name)
    return Section({}) if value is None else _section(value, called, section.lines.get(name))


def _section(value: object, called: str, line: int | None) -> Section:
    if not isinstance(value, Section):
        raise NotApplicable.because(f"{called} must be an object", line)
    return value
