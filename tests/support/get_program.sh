#!/usr/bin/env bash
# get_program.sh FOLDER PROGRAM PACKAGE: puts Debian's package of a program, with those libraries of its that this machine
# lacks, into a folder. Where there is such a program already, or no Debian, it leaves the folder empty.
set -euo pipefail
rm -rf "$1"
mkdir -p "$1"

if PATH=$PATH:/usr/sbin command -v "$2" > /dev/null; then
  exit 0
fi
if ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
  echo "$2: this is no Debian; the tests with it will be skipped" >&2
  exit 0
fi
"$(dirname "$0")/get_debian.sh" "$1" 'none' "$3"
