#!/bin/sh
# Runs the client that build.sh compiled. Elsewhere: mvn compile exec:java beside its pom.xml.
cd "$(dirname "$0")/../../.."
target=tests/clients/kotlin/target
exec java -cp "$target/classes:$target/lib/*" FirstCallKt
