#!/usr/bin/env bash
# PyTorch as the lock pins it. What the image holds is checked, not installed again; else the head builds it once and
# stores it in the bucket by the lock's digest, and the other nodes fetch it from there.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly PATIENCE=900 # seconds that a node waits for the head's build; then it builds for itself
target=$(environment_folder)
object=software/${target##*/}.tar.gz # which the head alone may write: root runs what is in it
lock_file=$(lock_file)
as_job=(runuser -u "$JOB_USER" --)
[[ -z ${CLUSTERWRIGHT_BAKE:-} ]] || as_job=() # where an image is made, there is no such user yet

# An environment takes gigabytes: beside this lock's stays the one that was used last, for the way back. What else is there
# is older, or what a build or fetch that was killed has left. No job runs on a node whose steps run.
clean() {
  local path last=""
  for path in "$CLUSTERWRIGHT_ENVIRONMENTS"/*/; do
    [[ $path == "$target/" || ! $path/.complete -nt $last/.complete ]] || last=${path%/}
  done
  for path in "$CLUSTERWRIGHT_ENVIRONMENTS"/*; do
    case $path in
      "$target" | "$target.lock" | "$last") ;;
      *) rm -rf -- "$path" ;;
    esac
  done
}

exec {guard}>"$target.lock" || fail "$CLUSTERWRIGHT_ENVIRONMENTS cannot be written"
flock "$guard"
clean
if complete "$target" "${as_job[@]}"; then
  say "PyTorch $PYTORCH is there: $target"
elif [[ -z ${CLUSTERWRIGHT_BAKE:-} ]] && # set where an image is made, which has no cluster
  node_python environment fetch "$object" "$target" "$([[ $ROLE == head ]] && echo 0 || echo $PATIENCE)"; then
  complete "$target" "${as_job[@]}" || fail "what $object holds is not PyTorch $PYTORCH, or not for this machine"
  say "fetched PyTorch $PYTORCH"
else
  say "building PyTorch $PYTORCH in $target"
  [[ -n ${UV_CACHE_DIR:-} ]] || export UV_NO_CACHE=1
  "$BASE_PYTHON" -c 'import ensurepip' 2>/dev/null || packages python3-venv
  build "$target" "$lock_file"
  [[ $ROLE != head || -n ${CLUSTERWRIGHT_BAKE:-} ]] || node_python environment store "$object" "$target" ||
    fail "the environment cannot be stored as $object"
fi
touch "$target/.complete" # when it was used last

if ((GPUS)); then
  seen=$("$target/bin/python" -I -c 'import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0)') ||
    fail "PyTorch $PYTORCH cannot be imported"
  ((seen == GPUS)) || fail "PyTorch sees $seen GPUs, the machine has $GPUS"
fi
