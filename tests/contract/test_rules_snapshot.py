"""The rules of the contract as they were last agreed on.

A tightened rule breaks clients, and `buf breaking` does not see it.
"""

import difflib
import json
import os
from pathlib import Path

import pytest
from buf.validate import validate_pb2
from google.protobuf import text_format
from support.contract import MESSAGES

GOLDEN = Path(__file__).parent / "golden" / "rules.json"
REFRESH = "REDEEMD_UPDATE_GOLDEN"


def _text(rules):
    return text_format.MessageToString(rules, as_one_line=True, as_utf8=True)


def _rules(message):
    """Return the rules of a message as text: of its fields by name, of itself and its oneofs in parentheses."""
    options = message.GetOptions()
    found = {}
    if options.HasExtension(validate_pb2.message):
        found["(message)"] = _text(options.Extensions[validate_pb2.message])
    for oneof in message.oneofs:
        if oneof.GetOptions().HasExtension(validate_pb2.oneof):
            found[f"({oneof.name})"] = _text(oneof.GetOptions().Extensions[validate_pb2.oneof])
    for field in message.fields:
        if field.GetOptions().HasExtension(validate_pb2.field):
            found[field.name] = _text(field.GetOptions().Extensions[validate_pb2.field])
    return found


def _snapshot():
    rules = {message.full_name: _rules(message) for message in MESSAGES}
    return (
        json.dumps({name: found for name, found in sorted(rules.items()) if found}, indent=2, ensure_ascii=False) + "\n"
    )


def test_the_rules_are_the_agreed_ones():
    """All buf.validate rules equal the committed snapshot."""
    now = _snapshot()
    if os.environ.get(REFRESH) == "1":
        GOLDEN.write_text(now, encoding="utf-8")
    agreed = GOLDEN.read_text(encoding="utf-8")
    if now != agreed:
        diff = "\n".join(difflib.unified_diff(agreed.splitlines(), now.splitlines(), "agreed", "now", lineterm="", n=2))
        pytest.fail(f"rules changed; if that is meant, run again with {REFRESH}=1 and commit {GOLDEN.name}\n{diff}")
