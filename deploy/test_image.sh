#!/usr/bin/env bash
# test_image.sh [FOLDER]: builds the image with buildah, on a Debian base that it makes with mmdebstrap, and runs it as a
# cluster would: PID 1, uid 65532, the root read-only, no privileges, no network but loopback. Then it runs the health check
# of the image, and SIGTERM. Needs root and the packages buildah and mmdebstrap; FOLDER is for what it makes (200 MB).
set -euo pipefail
cd "$(dirname "$0")/.."
((EUID == 0)) || { echo "$0 needs root, for mounts and namespaces" >&2; exit 1; }
type buildah mmdebstrap > /dev/null || { echo "$0 needs the packages buildah and mmdebstrap" >&2; exit 1; }
work=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/image.XXXXXX")
store=(--root "$work/store" --runroot "$work/run" --storage-driver vfs)
server=
finish() {
  if [ -n "$server" ]; then kill -9 "$server" 2> /dev/null || true; fi
  umount "$work/root" 2> /dev/null || true
  rm -rf "$work"
}
trap finish EXIT

echo "a Debian base with Python"
mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,python3-pip,binutils,ca-certificates \
  --dpkgopt='path-exclude=/usr/share/{doc,man,locale}/*' bookworm "$work/base.tar"
printf 'FROM scratch\nADD base.tar /\n' | buildah "${store[@]}" build --quiet --tag base --file - "$work" > /dev/null
rm "$work/base.tar"

echo "the image"
# What lets pip reach its registry from this machine does so from a container.
mounts=()
for path in /etc/pip.conf /etc/ssl/certs; do
  [ ! -e "$path" ] || mounts+=(--volume "$path:$path:ro")
done
buildah "${store[@]}" build --quiet --isolation chroot --format docker --build-arg BASE=localhost/base \
  --build-arg BUILD_BASE=localhost/base "${mounts[@]}" --ignorefile deploy/Dockerfile.dockerignore \
  --file deploy/Dockerfile --tag redeemd . > /dev/null

config() { buildah "${store[@]}" inspect --type image --format "$1" localhost/redeemd; }
list() { config "{{range .Docker.Config.$1}}{{.}}{{\"\\n\"}}{{end}}"; }
mapfile -t environment < <(list Env | grep .)
mapfile -t command < <({ list Entrypoint; list Cmd; } | grep .)
mapfile -t check < <(list Healthcheck.Test | grep . | tail -n +2)  # the first is CMD
user=$(config '{{.Docker.Config.User}}')
folder=$(buildah "${store[@]}" mount "$(buildah "${store[@]}" from localhost/redeemd)")
printf 'over the base: %d MB\n' "$(du -sm "$folder/opt/redeemd" | cut -f 1)"

echo "a container: ${command[*]}, as $user"
mkdir "$work/root"
mount --bind "$folder" "$work/root"
export work user
unshare --mount --net --pid --fork --kill-child bash -c '
  ip link set lo up 2> /dev/null || ifconfig lo up
  mount -o remount,bind,ro "$work/root"
  mount -t proc proc "$work/root/proc"
  mount -t tmpfs -o mode=0755 tmpfs "$work/root/dev"
  mknod -m 666 "$work/root/dev/null" c 1 3
  mknod -m 666 "$work/root/dev/urandom" c 1 9
  mount -t tmpfs -o mode=0700,uid="${user%:*}",gid="${user#*:}" tmpfs "$work/root/data"
  exec chroot "$work/root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups --no-new-privs \
    --bounding-set=-all env -i "$@"
' - "${environment[@]}" "${command[@]}" > "$work/log" 2>&1 &
server=$!
healthy() {
  local init
  init=$(pgrep -P "$server") && nsenter --target "$init" --mount --net --pid \
    chroot --userspec="$user" "$work/root" env -i "${environment[@]}" "${check[@]}"
}
for _ in $(seq 120); do
  kill -0 "$server" 2> /dev/null || break
  ! healthy > /dev/null 2>&1 || break
  sleep 0.5
done
healthy || { cat "$work/log"; exit 1; }
kill -TERM "$(pgrep -P "$server")"
status=0
wait "$server" || status=$?
server=
cat "$work/log"
((status == 0)) && echo "the image works"
