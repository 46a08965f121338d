#!/bin/sh
set -eu
gem build --quiet redeemd-client.gemspec
mv ./*.gem dist
