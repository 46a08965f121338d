#!/bin/sh
# C++ stubs must be of the same release as the libprotobuf that they are linked with. Both come from the machine or, if
# they are not installed, from Debian packages, which are unpacked into $TOOLS/debian.
set -eu
debian=$TOOLS/debian

machine_has_them() (
  PATH=${PATH#"$TOOLS/bin:"}
  command -v grpc_cpp_plugin >/dev/null || return
  case $(command -v protoc) in
    '') return 1 ;;
    /usr/bin/*) pkg-config --exists protobuf grpc++ ;; # the programs may be installed without the libraries
  esac
)

if machine_has_them; then
  rm -rf "$debian" "$TOOLS/bin"
  exit
fi
[ -x "$debian/usr/bin/protoc" ] || "$(dirname "$0")/../../../tests/support/get_debian.sh" "$debian" \
  'lib(absl|c-ares|grpc|proto|re2)|protobuf' protobuf-compiler protobuf-compiler-grpc libgrpc++-dev libprotobuf-dev
for program in protoc grpc_cpp_plugin; do
  cat >"$TOOLS/bin/$program" <<END
#!/bin/sh
LD_LIBRARY_PATH=$(echo "$debian"/usr/lib/*-linux-gnu) exec "$debian/usr/bin/$program" "\$@"
END
  chmod +x "$TOOLS/bin/$program"
done
