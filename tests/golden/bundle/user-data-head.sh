#!/usr/bin/env bash
# First program of a process node, and the one that is started again: find the bundle, check it, become its agent.
# It knows nothing of the job or the software, so it never changes with them. Safe to kill anywhere.
set -euo pipefail
umask 077

readonly CLUSTER=local
readonly ROLE=head
readonly GROUP=head

: "${CLUSTERWRIGHT_NODE:?}" "${CLUSTERWRIGHT_BUCKET:?}" "${CLUSTERWRIGHT_NODE_DIR:?}" "${CLUSTERWRIGHT_PYTHON:?}"
export CLUSTERWRIGHT_CLUSTER=$CLUSTER CLUSTERWRIGHT_ROLE=$ROLE CLUSTERWRIGHT_GROUP=$GROUP
readonly BUNDLES=$CLUSTERWRIGHT_NODE_DIR/bundles AGENT=lib/clusterwright/node/agent.py

say() { printf '%(%FT%T%z)T user-data: %s\n' -1 "$*" >&2; }

# The agent reports once it runs; until then this does.
report() {
  "$CLUSTERWRIGHT_PYTHON" -I - "$CLUSTERWRIGHT_BUCKET/reports" "$CLUSTERWRIGHT_NODE" "$GROUP" "$ROLE" "$1" <<'PYTHON'
import json, os, pathlib, sys, time
folder, node, group, role, reason = sys.argv[1:]
report = {"schema": 1, "node": node, "group": group, "role": role, "state": "failed", "reason": reason, "bundle": None,
          "heartbeat": time.time(), "steps": [], "rejected": None, "worker": "idle", "run": None, "log_tail": []}
path = pathlib.Path(folder, f"{node}.json")
path.parent.mkdir(parents=True, exist_ok=True)
fresh = path.with_name(f".{node}.user-data")
fresh.write_text(json.dumps(report))
os.replace(fresh, path)
PYTHON
}

# Puts the folder of the bundle that the cluster wants into `bundle`, or says why not in `reason`.
fetch() {
  local digest archive found fresh
  reason="nothing is deployed yet: control/current is missing"
  [[ -r $CLUSTERWRIGHT_BUCKET/control/current ]] || return 1
  digest=$(<"$CLUSTERWRIGHT_BUCKET/control/current")
  reason="control/current does not hold a SHA-256"
  [[ $digest =~ ^[0-9a-f]{64}$ ]] || return 1
  bundle=$BUNDLES/$digest
  [[ ! -f $bundle/$AGENT ]] || return 0
  archive=$CLUSTERWRIGHT_BUCKET/control/bundles/$digest.tar.gz
  reason="control/bundles/$digest.tar.gz is missing"
  [[ -r $archive ]] || return 1
  found=$(sha256sum <"$archive") && found=${found%% *}
  reason="control/bundles/$digest.tar.gz has been altered: its SHA-256 is $found"
  [[ $found == "$digest" ]] || return 1
  reason="the bundle cannot be unpacked into $BUNDLES"
  mkdir -p "$BUNDLES" && fresh=$(mktemp -d "$BUNDLES/.new-XXXXXX") || return 1
  tar -xzf "$archive" --no-same-owner -C "$fresh" || return 1
  rm -rf "$bundle" && mv -T "$fresh" "$bundle" || return 1
}

bundle=$CLUSTERWRIGHT_NODE_DIR/current
if [[ ! -f $bundle/$AGENT ]]; then
  pause=1
  until fetch; do
    say "$reason; trying again in $pause s"
    report "$reason"
    sleep "$pause"
    pause=$((pause < 5 ? pause + 1 : 5))
  done
fi
say "starting the agent of $bundle"
export PYTHONPATH=$bundle/lib PYTHONSAFEPATH=1
exec "$CLUSTERWRIGHT_PYTHON" -m clusterwright.node.agent
