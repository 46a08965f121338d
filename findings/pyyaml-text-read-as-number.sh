#!/bin/sh
# PyYAML 6.0.4 with ruamel.yaml 0.19.1: texts such as 1e3 and 0089 arrive as numbers.
#
# Expected: a text that one library writes is a text when another reads the document.
# Seen: PyYAML follows YAML 1.1, in which these are no numbers (an exponent needs a dot and a sign, and 89 is not octal), so
# that it writes them without quotes. By YAML 1.2, which ruamel.yaml follows, they are 1000.0 and 89.
# Consequence: codes, names and version numbers lose their spelling. Quote all texts (default_style='"'), or read with a
# resolver for which these are texts.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyyaml==6.0.4 ruamel.yaml==0.19.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import ruamel.yaml
import yaml

texts = ["1e3", "0089", "12E05"]
written = yaml.safe_dump(texts)
found = ruamel.yaml.YAML(typ="safe", pure=True).load(written)
print(f"PyYAML {yaml.__version__} writes {texts} as {written.split()}; ruamel.yaml {ruamel.yaml.__version__} reads {found}")
sys.exit(0 if found == [1000.0, 89, 1200000.0] and yaml.safe_load(written) == texts else 1)
PYTHON
