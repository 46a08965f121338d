#!/bin/sh
# Builds an archive of the sources.
set -eu
name=redeemd-client-cpp-$(python -c 'import redeemd; print(redeemd.__version__)')
mkdir "dist/$name"
cp -R CMakeLists.txt README.md google redeem "dist/$name"
(cd dist && tar -czf "$name.tar.gz" "$name" && rm -r "$name")
