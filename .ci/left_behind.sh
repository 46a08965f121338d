# Sourced by run: a run leaves neither processes nor changes of the checkout behind, and its temporary files are removed.

RUN_ID=$$-$RANDOM$RANDOM
WAIT_SECONDS=60 # for processes that are ending

# From here on, all processes have a mark in their environment, and their temporary files are in one folder: in memory
# where there is enough. PostgreSQL, which is nobody there, has to reach it.
mark_what_is_started() {
  TMPDIR=$(mktemp -d "$(python3 tests/support/scratch.py)/redeemd-ci-XXXXXX")
  chmod 755 "$TMPDIR"
  changed_before=$(git status --porcelain)
  export TMPDIR CI_RUN_ID=$RUN_ID
  export NODE_DISABLE_COMPILE_CACHE=1 # which is kept among temporary files
}

look_for_what_is_left() {
  unset CI_RUN_ID
  local status=0 end=$((SECONDS + WAIT_SECONDS))
  while [ -n "$(marked_processes)" ] && ((SECONDS < end)); do sleep 1; done
  if [ -n "$(marked_processes)" ]; then
    printf '== processes that the run left, which are killed now:\n'
    marked_processes | while read -r process; do
      tr '\0' ' ' <"/proc/$process/cmdline" && echo
      kill -9 "$process"
    done
    status=1
  fi
  if [ "$(git status --porcelain)" != "$changed_before" ]; then
    printf '== files that the run changed in the checkout:\n'
    diff <(echo "$changed_before") <(git status --porcelain)
    status=1
  fi
  look_for_files
  return $status
}

# pytest keeps the files of tests that failed. Files are shown and removed, and fail no run: compilers and package managers of
# the clients leave some.
look_for_files() {
  if ((${#failed[@]})); then
    printf '== temporary files are kept in %s\n' "$TMPDIR"
    return
  fi
  find "$TMPDIR" -mindepth 1 -maxdepth 3 -path "$TMPDIR/pytest-of-*" -type d -empty -delete
  if [ -n "$(ls -A "$TMPDIR")" ]; then
    printf '== temporary files that the run left, which are removed now:\n'
    find "$TMPDIR" -maxdepth 2 | head -50
  fi
  rm -rf "$TMPDIR"
}

# There may be none to read: a process that ended meanwhile, or one of somebody else.
marked_processes() {
  { grep -slz "^CI_RUN_ID=$RUN_ID\$" /proc/[0-9]*/environ || true; } | cut -d/ -f3
}
