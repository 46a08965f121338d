#!/bin/sh
# generate.sh LANGUAGE: generates the stubs of a language into generated/LANGUAGE. `make generate-<lang>` creates .venv
# and calls it.
#
# The folder of a language contains: `needs`, the required programs (a|b: one of them) and where to get them; tools.sh,
# which installs the pinned plugins into $TOOLS/bin; buf.gen.yaml; and package/, the files that turn the stubs into a
# package of that language. In the last two, @VERSION@ is replaced by the version and @GO_MODULE@ by the Go module.
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
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$root/server/redeemd/__init__.py")
names="s|@VERSION@|$version|; s|@GO_MODULE@|${GO_MODULE:-redeemd.dev/client}|"

# Exclude the options that only the server reads.
set -- --path redeem --exclude-type buf.validate --exclude-type google.api.http
for option in policy documented json_text rule secret; do set -- "$@" --exclude-type "redeem.options.v1.$option"; done
# Include the messages of error details for languages that have no package of them.
case $language in cpp | typescript) set -- "$@" --path vendor/google/rpc ;; esac
buf generate "$@" --template "$(sed "$names" "$recipe/buf.gen.yaml")" --output "$output" .
[ ! -d "$recipe/package" ] || cp -RL "$recipe/package/." "$output"
find "$output" -type f -exec grep -lE '@(VERSION|GO_MODULE)@' {} + | xargs -r sed -i "$names"
