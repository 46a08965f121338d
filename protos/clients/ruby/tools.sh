#!/bin/sh
set -eu
"$(dirname "$0")/../protoc.sh"
"$(dirname "$0")/../grpc_plugin.sh" ruby
