#!/bin/sh
# protoc, and grpc-java's plugin from Debian. Maven Central has it as a program for each system, which not every mirror
# of it serves; one of your own that is on PATH as protoc-gen-grpc-java is used instead.
set -eu
clients=$(dirname "$0")/..
"$clients/protoc.sh"
command -v protoc-gen-grpc-java >/dev/null && exit
"$clients/debian.sh" "$TOOLS/debian" 'protobuf-compiler-grpc-java-plugin=1.41.3*' || {
  echo "make generate-java needs protoc-gen-grpc-java on PATH: io.grpc:protoc-gen-grpc-java of Maven Central, made executable" >&2
  exit 1
}
printf '#!/bin/sh\nLD_LIBRARY_PATH=$(echo %s/debian/usr/lib/*-linux-gnu) exec %s/debian/usr/bin/grpc_java_plugin\n' \
  "$TOOLS" "$TOOLS" >"$TOOLS/bin/protoc-gen-grpc-java"
chmod +x "$TOOLS/bin/protoc-gen-grpc-java"
