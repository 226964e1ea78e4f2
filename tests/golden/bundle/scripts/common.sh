# shellcheck shell=bash disable=SC2034 # the steps use what is set here
# What all steps share. A step fails with its reason as its last words: the agent reports them.
set -euo pipefail
umask 077

readonly LOCK=pytorch-2.15.0.txt
readonly LOCK_SHA256=e1d8e8a60b54ddab53e0493926ab5f4a8bc42b3871b0c902f1307150c7a8cc5e
readonly PYTORCH=2.15.0
readonly STORAGE=(
  data
)

: "${CLUSTERWRIGHT_BUNDLE:?}" "${CLUSTERWRIGHT_BUCKET:?}" "${CLUSTERWRIGHT_NODE_DIR:?}" "${CLUSTERWRIGHT_NODE:?}"
: "${CLUSTERWRIGHT_ENVIRONMENTS:?}" "${CLUSTERWRIGHT_PYTHON:?}"

say() { printf '%(%FT%T%z)T %s\n' -1 "$*" >&2; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The Python environment of this bundle's lock for this machine's Python.
environment_folder() {
  local tag
  tag=$("$CLUSTERWRIGHT_PYTHON" -I -c 'import platform, sys; print("py%d.%d-%s" % (*sys.version_info[:2], platform.machine()))') ||
    fail "$CLUSTERWRIGHT_PYTHON does not run"
  printf '%s/%s-%s' "$CLUSTERWRIGHT_ENVIRONMENTS" "${LOCK_SHA256:0:16}" "$tag"
}
