#!/bin/bash
# node MODULE [ARGUMENT...]: a program of the bundle that this node is on, with the node's environment.
set -euo pipefail
set -a
# shellcheck source=/dev/null
source /etc/clusterwright/node.env
# shellcheck source=/dev/null
source /etc/clusterwright/agent.env
set +a
export CLUSTERWRIGHT_BUNDLE=$CLUSTERWRIGHT_NODE_DIR/current
export PYTHONPATH=$CLUSTERWRIGHT_BUNDLE/lib PYTHONSAFEPATH=1
exec "$CLUSTERWRIGHT_PYTHON" -m "clusterwright.node.$1" "${@:2}"
