#!/usr/bin/env bash
# The node's folders, and the programs that its services start.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

install -d -m 0755 "$CLUSTERWRIGHT_NODE_DIR" "$CLUSTERWRIGHT_NODE_DIR"/{mnt,spool} "$CLUSTERWRIGHT_ENVIRONMENTS" "$LIB" ||
  fail "$CLUSTERWRIGHT_NODE_DIR cannot be written"
install -d -m 0700 "$CLUSTERWRIGHT_NODE_DIR/log" || fail "$CLUSTERWRIGHT_NODE_DIR/log cannot be written"
for program in node power health; do
  put_file "$CLUSTERWRIGHT_BUNDLE/scripts/bin/$program.sh" "$LIB/$program" 0755 || true
done

# What services have to know beside /etc/clusterwright/node.env.
fresh=$(mktemp)
printf 'CLUSTERWRIGHT_%s=%s\n' NODE "$CLUSTERWRIGHT_NODE" PYTHON "$CLUSTERWRIGHT_PYTHON" BUNDLE "$(readlink -f "$CLUSTERWRIGHT_BUNDLE")" >"$fresh"
put_file "$fresh" /etc/clusterwright/agent.env || true
rm -f "$fresh"
