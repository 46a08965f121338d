#!/bin/sh
# gs2-cdk 1.0.134, which generates Deploy templates from Python: the package of PyPI cannot be imported.
#
# Expected: `import gs2_cdk` works after `pip install gs2-cdk`.
# Seen: ModuleNotFoundError. The source distribution, the only one there is, lacks the packages `model/options` of all
# services, which the modules beside them import.
# Consequence: templates in Python need the source of the repository, or an older release.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check gs2-cdk==1.0.134
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib import metadata

version = metadata.version("gs2-cdk")
options = [path for path in metadata.files("gs2-cdk") if "options" in path.parts]
try:
    import gs2_cdk  # noqa: F401
except ModuleNotFoundError as error:
    print(f"gs2-cdk {version}: {error}; {len(options)} installed files are in a folder `options`")
    sys.exit(0 if error.name.endswith(".model.options") and not options else 1)
print(f"gs2-cdk {version} can be imported")
sys.exit(1)
PYTHON
