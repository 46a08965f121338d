#!/bin/sh
# Builds a zip for a Composer repository of the type "artifact".
set -eu
version=$(sed -n 's/.*"version": "\(.*\)".*/\1/p' composer.json)
python -m zipfile -c "dist/redeemd-client-$version.zip" composer.json src
