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

readonly BASE_PYTHON=$CLUSTERWRIGHT_PYTHON
# shellcheck source=software.sh
source "${BASH_SOURCE[0]%/*}/software.sh"
