#!/bin/sh
# A zip, for a repository of composer's type "artifact".
set -eu
version=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' composer.json)
python -m zipfile -c "dist/redeemd-client-$version.zip" composer.json src
