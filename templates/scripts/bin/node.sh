#!/bin/bash
# node MODULE [ARGUMENT...]: a program of the bundle that this node is on, with the node's environment.
set -euo pipefail
set -a
# shellcheck source=/dev/null
source /etc/clusterwright/node.env
# shellcheck source=/dev/null
source /etc/clusterwright/agent.env
set +a
# While the node converges for the first time it is on no bundle; agent.env names the one that it tries.
[[ ! -d $CLUSTERWRIGHT_NODE_DIR/current ]] || CLUSTERWRIGHT_BUNDLE=$CLUSTERWRIGHT_NODE_DIR/current
export CLUSTERWRIGHT_BUNDLE PYTHONPATH=$CLUSTERWRIGHT_BUNDLE/lib PYTHONSAFEPATH=1
exec "$CLUSTERWRIGHT_PYTHON" -m "clusterwright.node.$1" "${@:2}"
