"""The limits of the contract, checked by protovalidate. The only module that knows that library."""

import re

import protovalidate
from google.protobuf.message import Message

from redeemd.errors import VIOLATIONS_MAX, Violation

_ERROR_TYPES = {
    "required": "require",
    "string.max_len": "tooLong",
    "string.min_len": "tooShort",
    "repeated.max_items": "tooMany",
    "repeated.min_items": "tooFew",
}
_validator = protovalidate.Validator()


def violations(message: Message) -> list[Violation]:
    """Answer every broken rule, at most VIOLATIONS_MAX; paths are of proto names (`setting.source_path`)."""
    found = _validator.collect_violations(message)
    return [_translate(violation.proto) for violation in found[:VIOLATIONS_MAX]]


def _translate(violation: protovalidate.ViolationPb) -> Violation:
    path = ""
    for element in violation.field.elements if violation.field is not None else ():
        path += f".{element.field_name}" if path else str(element.field_name)
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    error_type = _ERROR_TYPES.get(violation.rule_id, "invalid")
    # A rule over a whole message names its field in the end of its id: "update_current_master.settings".
    if not path or violation.rule_id.startswith("github_checkout_setting."):
        path = ".".join(filter(None, (path, violation.rule_id.rpartition(".")[2])))
        error_type = "require" if " is required " in violation.message else "invalid"
    return Violation(path, _plain(violation.message or violation.rule_id), error_type)


def _plain(text: str) -> str:
    """Spell control characters out, so that a text about them can be printed."""
    return re.sub(r"[\x00-\x1f\x7f]", lambda found: f"U+{ord(found[0]):04X}", text)
