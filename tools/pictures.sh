#!/usr/bin/env bash
# pictures.sh: render docs/pictures/*.d2 to SVG, light and dark in one file, with D2 (needs Go). Each SVG ends with the hash of
# its sources, by which tests/docs/test_pictures.py sees that it is up to date without D2.
set -euo pipefail
cd "$(dirname "$0")/../docs/pictures"
D2=oss.terrastruct.com/d2@v0.7.1

for source in *.d2; do
  [ "$source" = style.d2 ] && continue
  picture=${source%.d2}.svg
  go run "$D2" "$source" "$picture"
  printf '<!-- sources: %s -->\n' "$(cat style.d2 "$source" | sha256sum | cut -d' ' -f1)" >>"$picture"
  chmod 644 "$picture"
done
