#!/usr/bin/env bash
# Puts Debian's pgbouncer, with those libraries of its that this machine lacks, into a folder. Changes nothing else and
# needs no root. Where there is a pgbouncer already, or no Debian, it leaves the folder empty.
set -euo pipefail
folder=$(realpath -m "$1")
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
cd "$folder/apt"

if PATH=$PATH:/usr/sbin command -v pgbouncer > /dev/null; then
  exit 0
fi
if ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
  echo "pgbouncer: this is no Debian; the tests with it will be skipped" >&2
  exit 0
fi

own=(-qq -o APT::Sandbox::User= -o Dir::Cache="$PWD/cache")
download() { apt-get "${own[@]}" download "$@"; }
if ! download pgbouncer 2> /dev/null; then  # the machine has no lists of packages, or old ones
  own+=(-o Dir::State::Lists="$PWD/lists" -o Debug::NoLocking=1)
  apt-get "${own[@]}" update
  download pgbouncer
fi
for library in $(dpkg-deb -f pgbouncer_*.deb Depends | tr , '\n' | sed -nE 's/^ *(lib[^ (|:]+).*/\1/p'); do
  dpkg -s "$library" > /dev/null 2>&1 || download "$library"
done
for package in *.deb; do
  dpkg-deb -x "$package" "$folder"
done
cd "$folder"
rm -rf apt
