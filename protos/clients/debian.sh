#!/usr/bin/env bash
# debian.sh FOLDER PACKAGE...: unpacks Debian's packages, with those libraries of theirs that this machine lacks, into a
# folder. Changes nothing else and needs no root. A package may be named as name=version.
set -euo pipefail
folder=$(realpath -m "$1")
shift
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
  echo "this is no Debian, which has $*" >&2
  exit 1
fi
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
cd "$folder/apt"

own=(-qq -o APT::Sandbox::User= -o Dir::Cache="$PWD/cache")
download() { apt-get "${own[@]}" download "$@"; }
if ! download "$@" 2>/dev/null; then # the machine has no lists of packages, or old ones
  own+=(-o Dir::State::Lists="$PWD/lists" -o Debug::NoLocking=1)
  apt-get "${own[@]}" update
  download "$@"
fi
for package in *.deb; do
  for library in $(dpkg-deb -f "$package" Depends | tr , '\n' | sed -nE 's/^ *(lib[^ (|:]+).*/\1/p'); do
    dpkg -s "$library" >/dev/null 2>&1 || compgen -G "${library}_*.deb" >/dev/null || download "$library"
  done
done
for package in *.deb; do
  dpkg-deb -x "$package" "$folder"
done
rm -rf "$folder/apt"
