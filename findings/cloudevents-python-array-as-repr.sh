#!/bin/sh
# cloudevents 2.2.0 of PyPI: in binary mode, data that is a list is written as the text of a Python object, not as JSON.
#
# Expected: an event of type application/json whose body is an array can be read and sent on.
# Seen: from_binary returns the list, and to_binary writes str() of it: [{'item': None}]. Objects, and lists in structured mode,
# are written as JSON.
# Consequence: the next receiver cannot parse the body; this library hands it on as a text. Encode lists before to_binary, with
# json.dumps, or use structured mode.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cloudevents==2.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

from cloudevents.core.bindings.http import HTTPMessage, from_binary, from_structured, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat

headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop", "ce-type": "example", "content-type": "application/json"}
body = b'[{"item": null}]'
event = from_binary(HTTPMessage(headers, body), JSONFormat())
sent = to_binary(event, JSONFormat()).body
structured = from_structured(to_structured(event, JSONFormat()), JSONFormat()).get_data()
print(f"cloudevents {version('cloudevents')}: received {body}, sent {sent}; structured: {structured}")
sys.exit(0 if sent == b"[{'item': None}]" and structured == event.get_data() == [{"item": None}] else 1)
PYTHON
