#!/usr/bin/env bash
# From the boot program to the agent: the Python that it runs with, then the agent itself. `report` is the boot program's.
set -euo pipefail
umask 022
: "${CLUSTERWRIGHT_PROVIDER:?}"
bundle=$(cd -P -- "${BASH_SOURCE[0]%/*}/.." && pwd)
export CLUSTERWRIGHT_PYTHON=/usr/bin/python3

give_up() {
  report "$1"
  exit 1
}

# A cloud's own client, at the versions and hashes of the lock; made anew when the lock changes.
clients() {
  local folder=/opt/clusterwright/clients lock=$bundle/software/clients-$CLUSTERWRIGHT_PROVIDER.txt
  export CLUSTERWRIGHT_PYTHON=$folder/bin/python
  ! cmp -s "$lock" "$folder/.complete" || return 0
  python3 -c 'import ensurepip' 2>/dev/null || {
    export DEBIAN_FRONTEND=noninteractive
    local apt=(apt-get -qq -o DPkg::Lock::Timeout=600)
    { "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends python3-venv; } ||
      give_up "python3-venv cannot be installed: is the package archive reachable?"
  }
  rm -rf "$folder"
  python3 -m venv "$folder" || give_up "$folder cannot be made: is the disk full?"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all: -r "$lock" ||
    give_up "the client of $CLUSTERWRIGHT_PROVIDER cannot be installed: is the package index reachable?"
  cp "$lock" "$folder/.complete"
}

[[ $CLUSTERWRIGHT_PROVIDER == local ]] || clients
unset -f get put report give_up clients
export PYTHONPATH=$bundle/lib PYTHONSAFEPATH=1
exec "$CLUSTERWRIGHT_PYTHON" -m clusterwright.node.machine
