"""The operations of a method: one for each of its paths."""

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from redeem.options.v1 import options_pb2
from redeemd.contract import paths
from redeemd.contract.documented_json import camel
from redeemd.contract.options import policy, spelling
from redeemd.contract.paths import Path
from redeemd.door.requests import FIELD_HEADERS
from reference.methods import reasons_of, roles_of
from reference.source import Source

from openapi import errors, rules
from openapi.rules import Schema
from openapi.schemas import Schemas

_ALIAS = "WithoutNamespace"
# The segments of paths that the door ignores, last first, by the names that the vendor gives them.
_IGNORED = ("namespaceName", "ownerId")
_TOKEN = "access_token"  # noqa: S105 -- the name of a field; its value is in a header
_HEADER_FIELDS = {field: name for name, field in FIELD_HEADERS.items()}
_WITH_BODY = {"POST", "PUT"}
_ROLES = options_pb2.Role.DESCRIPTOR


class Operations:
    """Makes operations, and collects the schemas to which they refer."""

    def __init__(self, source: Source, schemas: Schemas, examples: dict[str, Schema]) -> None:
        """`examples` are requests and responses by operation id."""
        self._source = source
        self._schemas = schemas
        self._examples = examples
        self.headers: dict[str, Schema] = {}  # the schemas of the headers that are fields

    def of(self, method: MethodDescriptor, number: int) -> tuple[str, str, Schema]:
        """Return the path of a method by its number, the HTTP method in lower case, and the operation."""
        path = paths.of(method)[number]
        service = paths.label(method)
        segments = _named(path)
        name = f"{service}_{method.name[0].lower()}{method.name[1:]}{_ALIAS if number else ''}"
        operation: Schema = {
            "operationId": name,
            "tags": [service],
            "summary": " ".join(self._source.comment(method).split()).split(". ")[0].removesuffix("."),
            "description": self._description(method),
            "parameters": [*_ignored(segments, path), *self._parameters(method, path)],
        }
        if path.verb in _WITH_BODY:
            operation["requestBody"] = self._body(method, path, self._examples.get(name, {}))
        success = self._success(method, self._examples.get(name, {}))
        variable = any(segment.startswith("{") for segment in segments)
        operation["responses"] = success | errors.of_method(self._source, method, variable_path=variable)
        operation["security"] = _security(method)
        return "/" + "/".join(segments), path.verb.lower(), operation

    def _description(self, method: MethodDescriptor) -> str:
        """Return the comment, who may call, and the reasons that are not named before."""
        text = self._source.comment(method).strip()
        rest = [reason for reason in reasons_of(self._source, method) if reason not in text]
        parts = [text, _callers(method)]
        if rest:
            parts.append(f"Fails with {', '.join(rest)}.")
        return "\n\n".join(parts)

    def _parameters(self, method: MethodDescriptor, path: Path) -> list[Schema]:
        """Return the parameters: those of the path and the query, and the headers."""
        found = []
        for field in method.input_type.fields:
            if field.name == _TOKEN:
                continue
            if "{" + field.name + "}" in path.segments:
                found.append(self._parameter(field, field.json_name, "path", required=True))
            elif field.name in _HEADER_FIELDS:
                self.headers[camel(field.name)] = self._schemas.parameter(field)
                found.append({"$ref": f"#/components/parameters/{camel(field.name)}"})
            elif path.verb not in _WITH_BODY:
                required = rules.is_required(field)
                found.append(self._parameter(field, field.json_name, "query", required=required))
        if policy(method).dry_run:
            found.append({"$ref": "#/components/parameters/dryRun"})
        return [*found, {"$ref": "#/components/parameters/requestId"}]

    def _parameter(self, field: FieldDescriptor, name: str, place: str, *, required: bool) -> Schema:
        made: Schema = {"name": name, "in": place, "description": self._schemas.description(field)}
        return made | ({"required": True} if required else {}) | {"schema": self._schemas.parameter(field)}

    def _body(self, method: MethodDescriptor, path: Path, example: Schema) -> Schema:
        in_path = {segment.strip("{}") for segment in path.segments if segment.startswith("{")}
        message = method.input_type
        elsewhere = in_path | {_TOKEN} | _HEADER_FIELDS.keys()
        reference = self._schemas.request(message, without=elsewhere, original_names=_is_oauth(method))
        required = any(rules.is_required(field) for field in message.fields if field.name not in elsewhere)
        return {"required": required, "content": _json(reference, example.get("request"))}

    def _success(self, method: MethodDescriptor, example: Schema) -> dict[str, Schema]:
        reference = self._schemas.response(method.output_type, original_names=_is_oauth(method))
        return {"200": {"description": "Success.", "content": _json(reference, example.get("response"))}}


def _json(schema: Schema, example: Schema | None) -> Schema:
    return {"application/json": {"schema": schema} | ({} if example is None else {"example": example})}


def _named(path: Path) -> list[str]:
    """Return the segments of a path as the document spells them: {namespaceName}."""
    names = iter(_IGNORED)
    spelled = [f"{{{next(names)}}}" if part == "*" else _segment(part) for part in reversed(path.segments)]
    return spelled[::-1]


def _segment(part: str) -> str:
    return camel(part) if part.startswith("{") else part


def _ignored(segments: list[str], path: Path) -> list[Schema]:
    return [
        {
            "name": name.strip("{}"),
            "in": "path",
            "required": True,
            "description": "Any text; ignored.",
            "schema": {"type": "string", "minLength": 1},
        }
        for name, part in zip(segments, path.segments, strict=True)
        if part == "*"
    ]


def _is_oauth(method: MethodDescriptor) -> bool:
    """Return whether a method has the names of OAuth 2.0 (RFC 6749): access_token."""
    return paths.label(method) == "identifier"


def _security(method: MethodDescriptor) -> list[Schema]:
    access = policy(method).access
    if access == options_pb2.ACCESS_PUBLIC:
        return []
    if access == options_pb2.ACCESS_PLAYER:
        return [{"accessToken": []}, {"accessToken": [], "key": []}]
    return [{"key": []}]


def _callers(method: MethodDescriptor) -> str:
    access = policy(method).access
    if access == options_pb2.ACCESS_PUBLIC:
        return "Anybody may call it."
    if access == options_pb2.ACCESS_PLAYER:
        return "Players call it, with their access token."
    return f"Keys with these roles may call it: {', '.join(spelling(_ROLES, role) for role in roles_of(method))}."
