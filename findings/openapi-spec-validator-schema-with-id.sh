#!/bin/sh
# openapi-spec-validator 0.9.0: a schema of OpenAPI 3.1 that has its own $id cannot refer to its $defs.
#
# Expected: schemas of OpenAPI 3.1 are JSON Schema 2020-12, in which $id begins a resource: "#/$defs/code" is relative to it, so a
# schema file can be embedded as it is. jsonschema accepts the schema.
# Seen: the reference is looked up in the whole document, and validate() raises PointerToNowhere.
# Consequence: a valid document is refused. Write references from the root of the document, and leave out $id.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check openapi-spec-validator==0.9.0 jsonschema==4.26.0 referencing==0.37.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing.exceptions import PointerToNowhere

SCHEMA = {
    "$id": "https://schemas.example/use",
    "type": "object",
    "properties": {"code": {"$ref": "#/$defs/code"}},
    "$defs": {"code": {"type": "string"}},
}
DOCUMENT = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "components": {"schemas": {"Use": SCHEMA}}}

Draft202012Validator.check_schema(SCHEMA)
in_json_schema = [Draft202012Validator(SCHEMA).is_valid({"code": code}) for code in ("A", 1)]
try:
    validate(DOCUMENT)
    found = "accepted"
except PointerToNowhere as error:
    found = f"PointerToNowhere: {error.ref}"
print(f"openapi-spec-validator {version('openapi-spec-validator')}: {found}; jsonschema applies the schema: {in_json_schema}")
sys.exit(0 if found == "PointerToNowhere: /$defs/code" and in_json_schema == [True, False] else 1)
PYTHON
