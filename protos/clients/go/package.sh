#!/bin/sh
# Builds a zip of the module, in one folder.
set -eu
name=redeemd-client-go-$(python -c 'import redeemd; print(redeemd.__version__)')
mkdir "dist/$name"
cp -R go.mod go.sum README.md redeem redeemd "dist/$name"
(cd dist && python -m zipfile -c "$name.zip" "$name" && rm -r "$name")
