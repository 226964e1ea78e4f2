#!/usr/bin/env bash
# PyTorch as the lock pins it: one environment a machine for all nodes and clusters that want the same, built once under
# a lock, marked when complete, checked and left alone when there.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

target=$(environment_folder)
lock_file=$(lock_file)
exec {guard}>"$target.lock" || fail "$CLUSTERWRIGHT_ENVIRONMENTS cannot be written"
if ! flock --nonblock "$guard"; then
  say "waiting for another node that is installing the same software"
  flock "$guard"
fi
if complete "$target"; then
  say "PyTorch $PYTORCH is there: $target"
else
  say "installing PyTorch $PYTORCH into $target"
  build "$target" "$lock_file"
  say "installed"
fi
