#!/usr/bin/env bash
# What a cloud node mounts, a process node links: mnt/<name> leads to the bucket.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

[[ -d $CLUSTERWRIGHT_BUCKET ]] || fail "the bucket $CLUSTERWRIGHT_BUCKET is not there"
for name in "${STORAGE[@]}"; do
  [[ $name != */* && $name != .* && -n $name ]] || fail "storage name ${name@Q} cannot be the name of a folder"
  ln -sfnT -- "$CLUSTERWRIGHT_BUCKET" "$CLUSTERWRIGHT_NODE_DIR/mnt/$name" || fail "mnt/$name cannot be linked to the bucket"
  say "mnt/$name -> $CLUSTERWRIGHT_BUCKET"
done
