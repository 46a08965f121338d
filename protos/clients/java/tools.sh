#!/bin/sh
# protoc, and grpc-java's plugin from Debian. Maven Central has it as a program for each system, which not every mirror
# of it serves; one of your own that is on PATH as protoc-gen-grpc-java is used instead.
set -eu
clients=$(dirname "$0")/..
"$clients/protoc.sh"
command -v protoc-gen-grpc-java >/dev/null && exit
command -v apt-get >/dev/null || {
  echo "make generate-$(basename "$TOOLS") needs protoc-gen-grpc-java: io.grpc:protoc-gen-grpc-java of Maven Central, on PATH" >&2
  exit 1
}
"$clients/../../tests/support/get_debian.sh" "$TOOLS/debian" libproto protobuf-compiler-grpc-java-plugin
cat >"$TOOLS/bin/protoc-gen-grpc-java" <<END
#!/bin/sh
LD_LIBRARY_PATH=$(echo "$TOOLS"/debian/usr/lib/*-linux-gnu) exec "$TOOLS/debian/usr/bin/grpc_java_plugin"
END
chmod +x "$TOOLS/bin/protoc-gen-grpc-java"
