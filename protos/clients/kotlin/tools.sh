#!/bin/sh
# Installs the plugins of Java, because Kotlin messages wrap those of Java, and that of grpc-kotlin from Maven Central.
set -eu
version=1.5.0
"$(dirname "$0")/../java/tools.sh"
jar=protoc-gen-grpc-kotlin-$version-jdk8.jar
[ -e "$TOOLS/$jar" ] || mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy \
  -Dartifact="io.grpc:protoc-gen-grpc-kotlin:$version:jar:jdk8" -DoutputDirectory="$TOOLS"
printf '#!/bin/sh\nexec java -jar %s\n' "$TOOLS/$jar" >"$TOOLS/bin/protoc-gen-grpc-kotlin"
chmod +x "$TOOLS/bin/protoc-gen-grpc-kotlin"
