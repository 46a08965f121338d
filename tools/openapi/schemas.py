"""Messages as schemas: the JSON that the door reads, and the JSON that it writes."""

from collections.abc import Collection, Iterable

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from redeemd.contract.options import is_json_text, spelling
from reference.limits import rules_of, rules_of_the_whole
from reference.source import Source, package_of

from openapi import rules
from openapi.rules import Schema

_SCALARS: dict[int, Schema] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.TYPE_INT64: {"type": "integer", "format": "int64"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number", "format": "double"},
}
_ENDS = {FieldDescriptor.TYPE_INT32: 2**31, FieldDescriptor.TYPE_INT64: 2**63}
_SPELLED = {"google.protobuf.FieldMask": "The fields to set, by their names in the contract: log_setting."}


class Schemas:
    """The schemas of a document by name, collected while they are referred to.

    A message that requests and responses share has two: in a request, null is absence; in a response, lists and fields
    that cannot be absent are always there.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.components: dict[str, Schema] = {}

    def request(self, message: Descriptor, *, without: Collection[str] = (), original_names: bool = False) -> Schema:
        """Return a reference to the schema of a body, without the fields that are elsewhere in the request."""
        fields = [field for field in message.fields if field.name not in without]
        return self._component(message, _name(message, ""), fields, reading=True, original_names=original_names)

    def response(self, message: Descriptor, *, original_names: bool = False) -> Schema:
        """Return a reference to the schema of a response."""
        name = _name(message, "")
        fields = message.fields
        reference = self._component(message, name, fields, reading=False, original_names=original_names)
        self.components[name]["properties"]["metadata"] = {"$ref": "#/components/schemas/ResponseMetadata"}
        return reference

    def parameter(self, field: FieldDescriptor) -> Schema:
        """Return the schema of a field that is a parameter."""
        return self._one(field, reading=True)

    def description(self, field: FieldDescriptor) -> str:
        """Return the comment of a field on one line."""
        return " ".join(self._source.comment(field).split())

    def _component(
        self, message: Descriptor, name: str, fields: Iterable[FieldDescriptor], *, reading: bool, original_names: bool
    ) -> Schema:
        if name not in self.components:
            made: Schema = {"type": "object"}
            self.components[name] = made  # before its fields, which may refer to it
            made |= self._object(message, list(fields), reading=reading, original_names=original_names)
        return {"$ref": f"#/components/schemas/{name}"}

    def _object(
        self, message: Descriptor, fields: list[FieldDescriptor], *, reading: bool, original_names: bool
    ) -> Schema:
        names = {field.name: field.name if original_names else field.json_name for field in fields}
        always = rules.is_required if reading else _is_always_written
        required = [names[field.name] for field in fields if always(field)]
        made: Schema = {"description": text} if (text := self._text(message, reading=reading)) else {}
        made["properties"] = {names[field.name]: self._member(field, reading=reading) for field in fields}
        return made | ({"required": required} if required else {})

    def _text(self, message: Descriptor, *, reading: bool) -> str:
        """Return what is to say about a message; requests and responses are described by their methods."""
        text = "" if message.name.endswith(("Request", "Response")) else self._source.comment(message).strip()
        return "\n\n".join([text] * bool(text) + [f"{rule}." for rule in rules_of_the_whole(message) if reading])

    def _member(self, field: FieldDescriptor, *, reading: bool) -> Schema:
        schema = self._one(field, reading=reading)
        if field.is_repeated:
            counts = rules.keywords(rules_of(field)) if reading else {}
            schema = {"type": "array", "items": schema} | counts
        nullable = reading and not rules.is_required(field)
        return (_or_null(schema) if nullable else schema) | {"description": self.description(field)}

    def _one(self, field: FieldDescriptor, *, reading: bool) -> Schema:
        """Return the schema of one value of a field."""
        if field.message_type is not None:
            return self._reference(field.message_type, reading=reading)
        if field.enum_type is not None:
            return {"type": "string", "enum": _spellings(field.enum_type)}
        return self._scalar(field, reading=reading)

    def _scalar(self, field: FieldDescriptor, *, reading: bool) -> Schema:
        schema = dict(_SCALARS[field.type])
        if is_json_text(field):
            schema["contentMediaType"] = "application/json"
        if not reading:
            return schema
        if is_json_text(field):
            schema["type"] = ["string", "object"]
        if field.type in _ENDS:
            end = _ENDS[field.type]
            schema |= {"minimum": -end, "maximum": end - 1}
        given = rules_of(field)
        return schema | rules.keywords(given.repeated.items if field.is_repeated else given)

    def _reference(self, message: Descriptor, *, reading: bool) -> Schema:
        if message.full_name in _SPELLED:
            paths = {"type": "array", "items": {"type": "string"}, "description": _SPELLED[message.full_name]}
            return {"type": "object", "properties": {"paths": _or_null(paths)}}
        name = _name(message, "Input" if reading else "")
        return self._component(message, name, message.fields, reading=reading, original_names=False)


def _or_null(schema: Schema) -> Schema:
    """Return a schema that also allows null."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | {"type": [*kinds, "null"]} | values


def _is_always_written(field: FieldDescriptor) -> bool:
    """Return whether a response always has a field. See redeemd.contract.complete_json."""
    return field.is_repeated or not field.has_presence


def _spellings(enum: EnumDescriptor) -> list[str]:
    return [spelling(enum, value.number) for value in enum.values if value.number]


def _name(message: Descriptor, suffix: str) -> str:
    return f"{package_of(message.file)}.{message.name}{suffix}"
