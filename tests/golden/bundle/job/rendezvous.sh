#!/usr/bin/env bash
# The head's meeting point for the ranks, on loopback; its address goes to reports/rendezvous.json.
CLUSTERWRIGHT_BUNDLE=$(cd -P -- "${BASH_SOURCE[0]%/*}/.." && pwd)
export CLUSTERWRIGHT_BUNDLE
# shellcheck source=../scripts/common.sh
source "${BASH_SOURCE[0]%/*}/../scripts/common.sh"

exec "$(environment_folder)/bin/python" -I "$CLUSTERWRIGHT_BUNDLE/job/rendezvous.py" "$CLUSTERWRIGHT_BUCKET/reports/rendezvous.json"
