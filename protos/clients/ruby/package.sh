#!/bin/sh
set -eu
gem build --quiet redeemd-client.gemspec >&2
mv ./*.gem dist
