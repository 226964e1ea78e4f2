#!/usr/bin/env bash
# PyTorch as the lock pins it: one environment a machine for all nodes and clusters that want the same, built once under
# a lock, marked when complete, checked and left alone when there.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly TRIES=3
lock_file=$CLUSTERWRIGHT_BUNDLE/software/$LOCK
target=$(environment_folder)

complete() {
  [[ -f $target/.complete && -x $target/bin/python ]] &&
    "$target/bin/python" -I -c 'import importlib.metadata as m, sys; sys.exit(m.version("torch") != sys.argv[1])' "$PYTORCH"
}

# Runs a command that downloads; puts the last words of its last try into `words`.
try() {
  local turn
  for ((turn = 1; turn <= TRIES; turn++)); do
    "$@" 2>&1 | tee "$target.output" >&2 && return
    words=$(tail -n 1 "$target.output")
    say "try $turn of $TRIES failed"
    ((turn == TRIES)) || sleep $((turn * 5))
  done
  return 1
}

build() {
  local words=""
  rm -rf "$target"
  "$CLUSTERWRIGHT_PYTHON" -m venv "$target" ||
    fail "$CLUSTERWRIGHT_PYTHON cannot make an environment in $target (on Debian and Ubuntu: install python3-venv)"
  try "$target/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes --only-binary :all: \
    -r "$CLUSTERWRIGHT_BUNDLE/software/uv.txt" || fail "cannot install uv with pip: $words"
  try "$target/bin/uv" pip install --no-progress --python "$target/bin/python" --require-hashes --only-binary :all: -r "$lock_file" ||
    fail "cannot install PyTorch $PYTORCH from $LOCK: $words (is the package index reachable, is the disk full?)"
  "$target/bin/python" -I -c 'import sys, torch; sys.exit(torch.__version__.split("+")[0] != sys.argv[1])' "$PYTORCH" ||
    fail "the PyTorch that $LOCK installs is not $PYTORCH, or cannot be imported"
  printf '%s\n' "$LOCK_SHA256" >"$target/.complete"
}

echo "$LOCK_SHA256  $lock_file" | sha256sum --check --quiet || fail "$LOCK does not have the SHA-256 that the plan names"
exec {guard}>"$target.lock" || fail "$CLUSTERWRIGHT_ENVIRONMENTS cannot be written"
if ! flock --nonblock "$guard"; then
  say "waiting for another node that is installing the same software"
  flock "$guard"
fi
if complete; then
  say "PyTorch $PYTORCH is there: $target"
else
  say "installing PyTorch $PYTORCH into $target"
  build
  rm -f "$target.output"
  say "installed"
fi
