#!/usr/bin/env bash
# Fail closed: a node that cannot show that it can work does not join, and a tool that is missing is a failure.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

export PYTHONPATH=$CLUSTERWRIGHT_BUNDLE/lib PYTHONSAFEPATH=1
exec "$(environment_folder)/bin/python" -m clusterwright.node.health join
