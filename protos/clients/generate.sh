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
buf generate --template "$(sed "$names" "$recipe/buf.gen.yaml")" --output "$output"
[ ! -d "$recipe/package" ] || cp -R "$recipe/package/." "$output"
find "$output" -type f -exec grep -lE '@(VERSION|GO_MODULE)@' {} + | xargs -r sed -i "$names"
