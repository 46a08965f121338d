#!/bin/sh
# Runs the client that build.sh made.
cd "$(dirname "$0")/../../.."
LD_LIBRARY_PATH=$(echo "$PWD"/.tools/cpp/debian/usr/lib/*-linux-gnu) exec .tools/cpp/build/first_call
