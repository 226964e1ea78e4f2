# shellcheck shell=bash
# PyTorch's environment as the lock pins it, on nodes of every kind. Sourced by their common.sh, which says which Python it
# is for (BASE_PYTHON), and knows LOCK, LOCK_SHA256 and PYTORCH.

# Where the environment of this bundle's lock is, for this machine's Python.
environment_folder() {
  local tag
  tag=$("$BASE_PYTHON" -I -c 'import platform, sys; print("py%d.%d-%s" % (*sys.version_info[:2], platform.machine()))') ||
    fail "$BASE_PYTHON does not run"
  printf '%s/%s-%s' "$CLUSTERWRIGHT_ENVIRONMENTS" "${LOCK_SHA256:0:16}" "$tag"
}

# lock_file: prints where the lock is; one that was altered is not used.
lock_file() {
  local file=$CLUSTERWRIGHT_BUNDLE/software/$LOCK
  echo "$LOCK_SHA256  $file" | sha256sum --check --quiet >&2 || fail "$LOCK does not have the SHA-256 that the plan names"
  printf '%s' "$file"
}

# complete FOLDER [COMMAND...]: whether it is whole and of that version, and can be used by what COMMAND runs.
complete() {
  [[ -f $1/.complete ]] && "${@:2}" test -x "$1/bin/python" &&
    "${@:2}" "$1/bin/python" -I -c 'import importlib.metadata as m, sys; sys.exit(m.version("torch") != sys.argv[1])' "$PYTORCH"
}

# build FOLDER LOCK_FILE: makes the environment anew.
build() {
  local words="" python=$1/bin/python
  rm -rf "$1"
  "$BASE_PYTHON" -m venv "$1" ||
    fail "$BASE_PYTHON cannot make an environment in $1 (on Debian and Ubuntu: install python3-venv)"
  try "$1.output" "$python" -m pip install --disable-pip-version-check --no-input --require-hashes --only-binary :all: \
    -r "$CLUSTERWRIGHT_BUNDLE/software/uv.txt" || fail "cannot install uv with pip: $words"
  try "$1.output" "$1/bin/uv" pip install --no-progress --python "$python" --require-hashes --only-binary :all: -r "$2" ||
    fail "cannot install PyTorch $PYTORCH from $LOCK: $words (is the package index reachable, is the disk full?)"
  "$python" -I -c 'import sys, torch; sys.exit(torch.__version__.split("+")[0] != sys.argv[1])' "$PYTORCH" ||
    fail "the PyTorch that $LOCK installs is not $PYTORCH, or cannot be imported"
  rm -f "$1.output"
  chmod -R a+rX "$1" # a download cache keeps files as closed as its owner was
  sync --file-system "$1" || fail "$1 cannot be written"
  printf '%s\n' "$LOCK_SHA256" >"$1/.complete"
}

# try OUTPUT COMMAND...: runs a command that downloads; puts the last words of its last try into `words`.
try() {
  local turn tries=3
  for ((turn = 1; turn <= tries; turn++)); do
    "${@:2}" 2>&1 | tee "$1" >&2 && return
    words=$(tail -n 1 "$1")
    say "try $turn of $tries failed"
    ((turn == tries)) || sleep $((turn * 5))
  done
  return 1
}
