#!/usr/bin/env bash
# PyTorch as the lock pins it. What the image holds is checked, not installed again; else the head builds it once and
# stores it in the bucket by the lock's digest, and the other nodes fetch it from there.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly TRIES=3
readonly PATIENCE=900 # seconds that a node waits for the head's build; then it builds for itself
lock_file=$CLUSTERWRIGHT_BUNDLE/software/$LOCK
target=$(environment_folder)
object=software/${target##*/}.tar.gz # which the head alone may write: root runs what is in it

# Whole, of that version, and for jobs to use.
complete() {
  local as=(runuser -u "$JOB_USER" --)
  [[ -z ${CLUSTERWRIGHT_BAKE:-} ]] || as=() # where an image is made, there is no such user yet
  [[ -f $target/.complete ]] && "${as[@]}" test -x "$target/bin/python" &&
    "${as[@]}" "$target/bin/python" -I -c 'import importlib.metadata as m, sys; sys.exit(m.version("torch") != sys.argv[1])' "$PYTORCH"
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
  [[ -n ${UV_CACHE_DIR:-} ]] || export UV_NO_CACHE=1
  rm -rf "$target"
  /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || packages python3-venv
  /usr/bin/python3 -m venv "$target" || fail "an environment cannot be made in $target"
  try "$target/bin/python" -m pip install --disable-pip-version-check --no-input --require-hashes --only-binary :all: \
    -r "$CLUSTERWRIGHT_BUNDLE/software/uv.txt" || fail "cannot install uv with pip: $words"
  try "$target/bin/uv" pip install --no-progress --python "$target/bin/python" --require-hashes --only-binary :all: \
    -r "$lock_file" ||
    fail "cannot install PyTorch $PYTORCH from $LOCK: $words (is the package index reachable, is the disk full?)"
  "$target/bin/python" -I -c 'import sys, torch; sys.exit(torch.__version__.split("+")[0] != sys.argv[1])' "$PYTORCH" ||
    fail "the PyTorch that $LOCK installs is not $PYTORCH, or cannot be imported"
  rm -f "$target.output"
  chmod -R a+rX "$target" # a download cache keeps files as closed as its owner was
  printf '%s\n' "$LOCK_SHA256" >"$target/.complete"
}

echo "$LOCK_SHA256  $lock_file" | sha256sum --check --quiet || fail "$LOCK does not have the SHA-256 that the plan names"
exec {guard}>"$target.lock" || fail "$CLUSTERWRIGHT_ENVIRONMENTS cannot be written"
flock "$guard"
if complete; then
  say "PyTorch $PYTORCH is there: $target"
elif [[ -z ${CLUSTERWRIGHT_BAKE:-} ]] && # set where an image is made, which has no cluster
  node_python environment fetch "$object" "$target" "$([[ $ROLE == head ]] && echo 0 || echo $PATIENCE)"; then
  complete || fail "what $object holds is not PyTorch $PYTORCH, or not for this machine"
  say "fetched PyTorch $PYTORCH"
else
  say "building PyTorch $PYTORCH in $target"
  build
  [[ $ROLE != head || -n ${CLUSTERWRIGHT_BAKE:-} ]] || node_python environment store "$object" "$target" ||
    fail "the environment cannot be stored as $object"
fi

if ((GPUS)); then
  seen=$("$target/bin/python" -I -c 'import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0)') ||
    fail "PyTorch $PYTORCH cannot be imported"
  ((seen == GPUS)) || fail "PyTorch sees $seen GPUs, the machine has $GPUS"
fi
