#!/bin/sh
# grpc_plugin.sh LANGUAGE: gRPC's plugin of a language, from Debian, into $TOOLS/bin; one of your own that is on PATH is
# used instead.
set -eu
plugin=grpc_$1_plugin
command -v "$plugin" >/dev/null && exit
command -v apt-get >/dev/null || {
  echo "make generate-$1 needs $plugin on PATH, which gRPC's own build makes (brew install grpc)" >&2
  exit 1
}
"$(dirname "$0")/../../tests/support/get_debian.sh" "$TOOLS/debian" libproto protobuf-compiler-grpc
cat >"$TOOLS/bin/$plugin" <<END
#!/bin/sh
LD_LIBRARY_PATH=$(echo "$TOOLS"/debian/usr/lib/*-linux-gnu) exec "$TOOLS/debian/usr/bin/$plugin"
END
chmod +x "$TOOLS/bin/$plugin"
