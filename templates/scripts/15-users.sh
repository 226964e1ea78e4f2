#!/usr/bin/env bash
# The user that jobs run as: the same number on every node, so that shared files have one owner. It has no root.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly ID=2000
if found=$(getent passwd "$JOB_USER"); then
  [[ $(id -u "$JOB_USER"):$(id -g "$JOB_USER") == "$ID:$ID" ]] || fail "there is another user $JOB_USER: $found"
else
  ! found=$(getent passwd "$ID") || fail "user number $ID, which is the job's, is taken: $found"
  groupadd --gid "$ID" "$JOB_USER" || fail "group $JOB_USER cannot be made"
  useradd --uid "$ID" --gid "$ID" --create-home --shell /bin/bash "$JOB_USER" || fail "user $JOB_USER cannot be made"
  say "made user $JOB_USER"
fi
install -d -m 0755 -o "$JOB_USER" -g "$JOB_USER" "$CLUSTERWRIGHT_NODE_DIR/work" || fail "work/ cannot be made"
