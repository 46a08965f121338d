#!/bin/sh
# gs2 1.1.255, an SDK for Python: `gs2.serial_key.rest` is another module after `import gs2.serial_key.rest`.
#
# Expected, as for any submodule: the attribute `rest` of the package is the module that was imported, which has the client
# of the REST API.
# Seen: it is gs2.core.rest, which the star imports of the package bind to the same name; sys.modules has the right one.
# Consequence: gs2.serial_key.rest.Gs2SerialKeyRestClient raises AttributeError. Write `from gs2.serial_key import
# Gs2SerialKeyRestClient`, or use importlib.import_module. The packages of the other services are alike.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check gs2==1.1.255
"$folder/venv/bin/python" - <<'PYTHON'
import importlib
import sys
from importlib import metadata

found = {}
for service in ("serial_key", "exchange", "limit"):
    name = f"gs2.{service}.rest"
    imported = importlib.import_module(name)
    found[name] = sys.modules[f"gs2.{service}"].rest.__name__
    assert imported.__name__ == name, "sys.modules has the module itself"
print(f"gs2 {metadata.version('gs2')}, module -> attribute of its package: {found}")
sys.exit(0 if set(found.values()) == {"gs2.core.rest"} else 1)
PYTHON
