#!/usr/bin/env bash
# The node's folders, and those of the bucket that nodes may write.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

mkdir -p "$CLUSTERWRIGHT_NODE_DIR"/{log,mnt} || fail "$CLUSTERWRIGHT_NODE_DIR cannot be written"
chmod 0700 "$CLUSTERWRIGHT_NODE_DIR" "$CLUSTERWRIGHT_NODE_DIR/log"
mkdir -p "$CLUSTERWRIGHT_BUCKET"/{data,jobs,reports} || fail "the bucket $CLUSTERWRIGHT_BUCKET cannot be written"
mkdir -p "$CLUSTERWRIGHT_ENVIRONMENTS" || fail "$CLUSTERWRIGHT_ENVIRONMENTS cannot be written"
