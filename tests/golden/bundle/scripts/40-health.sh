#!/usr/bin/env bash
# Fail closed: a node that cannot show that it can work does not join, and a tool that is missing is a failure.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

for tool in flock mktemp setpriv sha256sum tar timeout; do
  command -v "$tool" >/dev/null || fail "$tool is missing: install it (util-linux, coreutils, tar)"
done
for name in "${STORAGE[@]}"; do
  probe=$(mktemp "$CLUSTERWRIGHT_NODE_DIR/mnt/$name/reports/.probe-XXXXXX") || fail "mnt/$name cannot be written"
  rm -f "$probe"
done
python=$(environment_folder)/bin/python
[[ -x $python ]] || fail "$python is missing"
words=$(OMP_NUM_THREADS=1 timeout 120 "$python" -I "$CLUSTERWRIGHT_BUNDLE/scripts/health.py" "$PYTORCH" 2>&1) ||
  fail "$words"$'\n'"PyTorch does not pass its check: ${words##*$'\n'}"
