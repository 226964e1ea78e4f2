#!/usr/bin/env bash
# From the boot program to the agent: the Python that it runs with, whether it can start, then the agent itself.
# `report` is the boot program's. An agent that tries another bundle has none, and takes the last words for the reason.
set -euo pipefail
umask 022
: "${CLUSTERWRIGHT_PROVIDER:?}"
bundle=$(cd -P -- "${BASH_SOURCE[0]%/*}/.." && pwd)
readonly CLIENTS=/opt/clusterwright/clients
python=/usr/bin/python3
export CLUSTERWRIGHT_PYTHON=$python

give_up() {
  ! declare -F report >/dev/null || report "${1//[\"\\[:cntrl:]]/ }" # it writes JSON
  printf '%s\n' "$1" >&2
  exit 1
}

# A cloud's own client, at the versions and hashes of the lock. Each lock has a folder of its own: the agent that runs, and
# the way back to its bundle, need the one that is there, also when no package index is to be had.
clients() {
  local lock=$bundle/software/clients-$CLUSTERWRIGHT_PROVIDER.txt digest
  digest=$(sha256sum <"$lock")
  folder=$CLIENTS-${digest:0:16}
  [[ ! -e $folder/.complete ]] || return 0
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
  touch "$folder/.complete"
}

# Steps, services and jobs find the client under one name. The one that it had before stays, for the way back.
name_clients() {
  local before other
  before=$(readlink "$CLIENTS" || :)
  [[ $before != "$folder" ]] || return 0
  { ln -sfn "$folder" "$CLIENTS.new" && mv -T "$CLIENTS.new" "$CLIENTS"; } || give_up "$CLIENTS cannot be written"
  for other in "$CLIENTS"-*; do
    [[ $other == "$folder" || $other == "$before" ]] || rm -rf "$other"
  done
}

folder=
if [[ $CLUSTERWRIGHT_PROVIDER != local ]]; then
  clients
  python=$folder/bin/python # and not the one name: an agent goes on with what it has begun with
  CLUSTERWRIGHT_PYTHON=$CLIENTS/bin/python
fi
export PYTHONPATH=$bundle/lib PYTHONSAFEPATH=1
said=$(CLUSTERWRIGHT_CHECK=1 "$python" -m clusterwright.node.machine 2>&1) || {
  printf '%s\n' "$said" >&2
  give_up "the agent of this bundle cannot start: ${said##*$'\n'}"
}
[[ -z $folder ]] || name_clients
[[ -z ${CLUSTERWRIGHT_CHECK-} ]] || exit 0
unset -f get put report give_up clients name_clients
exec "$python" -m clusterwright.node.machine
