#!/usr/bin/env bash
# The supervised worker: waits for this node's turn and becomes the run's torchrun. Exit code 0: nothing (more) to do.
set -euo pipefail
umask 077

bundle=$(cd -P -- "${BASH_SOURCE[0]%/*}/.." && pwd)
export PYTHONPATH=$bundle/lib PYTHONSAFEPATH=1
exec "${CLUSTERWRIGHT_PYTHON:?}" -m clusterwright.node.worker
