# Sourced by run: what each lane does.

# Lanes run at the same time, and one apt-get does not wait for another.
install_debian() {
  flock "$logs" apt-get -qq update
  DEBIAN_FRONTEND=noninteractive flock "$logs" apt-get -qq -y --no-install-recommends install "$@"
}

lane_static() { make check; }

lane_sqlite() {
  command -v chromium > /dev/null || install_debian chromium  # for the tests of the console
  make test IGNORE="tests/proof tests/fuzz"
}

lane_postgres() { make test-postgres; }

lane_proof() { make test TESTS="tests/proof tests/fuzz"; }

lane_clients() {
  if [ "$(.venv/bin/python tests/support/client_key.py)" = all ]; then
    install_debian g++ cmake make pkg-config ruby ruby-grpc ruby-googleapis-common-protos-types php-cli php-dev
  fi
  make test-clients
}

lane_package() {
  make demo
  local dist=$TMPDIR/dist
  .venv/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$dist" .
  python3 -m venv "$dist/venv"
  "$dist/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
  "$dist/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$dist"/*.whl
  (cd "$dist" && PATH=/usr/bin:/bin venv/bin/redeemd demo)
  rm -rf "$dist"
  tools/try_python.sh "$PWD/.venv/bin/python" 'grpcio>=1.85'
  .venv/bin/python -m bench.run --quick
  make sbom
  if unshare --mount --net --pid --fork --kill-child mount -t proc proc /proc; then
    install_debian buildah mmdebstrap
    deploy/test_image.sh
  else
    echo "the image is not tested: this machine lets nobody make namespaces"
  fi
}
