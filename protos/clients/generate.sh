#!/bin/sh
# generate.sh LANGUAGE: the stubs of a language into generated/LANGUAGE. `make generate-<lang>` calls it, and makes .venv first.
#
# The folder of a language has: `needs`, the programs that the machine must have (of a|b, one) and where they come from;
# tools.sh, which brings the pinned plugins to $TOOLS/bin; buf.gen.yaml; and package/, what is laid beside the stubs to
# make them a package of that language. In both, @VERSION@ stands for the version, and @GO_MODULE@ for the module in Go.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/paths.sh"
while read -r programs hint; do
  for program in $(echo "$programs" | tr '|' ' '); do command -v "$program" >/dev/null && continue 2; done
  echo "make generate-$language needs $programs: $hint" >&2; exit 1
done <"$recipe/needs"
mkdir -p "$TOOLS/bin"
[ ! -x "$recipe/tools.sh" ] || "$recipe/tools.sh"
rm -rf "$output"
cd "$root/protos"
version=$(python -c 'import redeemd; print(redeemd.__version__)')
names="s|@VERSION@|$version|; s|@GO_MODULE@|${GO_MODULE:-redeemd.dev/client}|"

# Of the options, what the server reads and clients need not stays out.
set -- --path redeem --exclude-type buf.validate
for option in policy documented json_text rule secret; do set -- "$@" --exclude-type "redeem.options.v1.$option"; done
# The details of a refusal, for languages that have no package of them.
case $language in cpp | typescript) set -- "$@" --path vendor/google/rpc ;; esac
buf generate "$@" --template "$(sed "$names" "$recipe/buf.gen.yaml")" --output "$output" .
[ ! -d "$recipe/package" ] || cp -R "$recipe/package/." "$output"
find "$output" -type f -exec grep -lE '@(VERSION|GO_MODULE)@' {} + | xargs -r sed -i "$names"
