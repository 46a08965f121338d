#!/bin/sh
# debian_plugin.sh PLUGIN PACKAGE [PROGRAM]: installs a protoc plugin from a Debian package, which calls it PROGRAM, into
# $TOOLS/bin. A plugin found on PATH is used instead.
set -eu
plugin=$1 package=$2 program=${3:-$1}
command -v "$plugin" >/dev/null && exit
command -v apt-get >/dev/null || {
  echo "make generate-$(basename "$TOOLS") needs $plugin on PATH; the build of gRPC produces it" >&2
  exit 1
}
"$(dirname "$0")/../../tests/support/get_debian.sh" "$TOOLS/debian" libproto "$package"
cat >"$TOOLS/bin/$plugin" <<END
#!/bin/sh
LD_LIBRARY_PATH=$(echo "$TOOLS"/debian/usr/lib/*-linux-gnu) exec "$TOOLS/debian/usr/bin/$program"
END
chmod +x "$TOOLS/bin/$plugin"
