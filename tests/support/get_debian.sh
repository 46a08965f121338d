#!/usr/bin/env bash
# get_debian.sh FOLDER FAMILY PACKAGE...: puts packages of Debian into a folder, and of what they need what this machine
# lacks, or what has a name that matches FAMILY, also where this machine has it. Changes nothing else and needs no root.
set -euo pipefail
folder=$(realpath -m "$1")
family=$2
shift 2
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
cd "$folder/apt"

own=(-qq -o APT::Sandbox::User= -o Dir::Cache="$PWD/cache" -o Debug::NoLocking=1)
download() { apt-get "${own[@]}" download "$@"; }
if ! download "$@" 2> /dev/null; then  # the machine has no lists of packages, or old ones
  own+=(-o Dir::State::Lists="$PWD/lists")
  apt-get "${own[@]}" update
  download "$@"
fi
lacking() { apt-get "${own[@]}" --simulate --no-install-recommends install "$@" | sed -n 's/^Inst \([^ ]*\).*/\1/p'; }
needed() { apt-cache "${own[@]}" depends --recurse --no-{recommends,suggests,conflicts,breaks,replaces,enhances} "$@"; }
download $( (lacking "$@"; needed "$@" | grep -E "^($family)" || true) | sort -u)
for package in *.deb; do
  dpkg-deb -x "$package" "$folder"
done
cd "$folder"
rm -rf apt
