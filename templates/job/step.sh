#!/usr/bin/env bash
# A step of a run on each of its nodes, started by srun: step.sh RUN PHASE pull|check|train|push
# shellcheck source=common.sh
source "${CLUSTERWRIGHT_BUNDLE:-/var/lib/clusterwright/current}/job/common.sh"
readonly ACTION=$3
[[ $ACTION != pull ]] || early_log
[[ $ACTION == pull ]] || keep_log

pull() {
  local prepared
  [[ $WORK_KIND == shared ]] || node_python tidy "$WORK" "$RUN" || true # it has said why; there may be room all the same
  carry pull "jobs/$RUN" "$OUTPUT" || return
  read_launch || return
  if ((SOURCE)); then
    rm -rf "$OUTPUT/.source.new" && mkdir -p "$OUTPUT/.source.new" &&
      tar --extract --gzip --no-same-owner --file "$OUTPUT/source.tar.gz" --directory "$OUTPUT/.source.new" &&
      rm -rf "$OUTPUT/.source" && mv "$OUTPUT/.source.new" "$OUTPUT/.source" || return
  fi
  prepared=$(prepared_data)
  if [[ -n $prepared && ! -d $DATA/$prepared ]]; then
    carry pull "data/$prepared" "$DATA/$prepared" || return
  fi
}

push() {
  carry push "$OUTPUT" "jobs/$RUN"
}

# The folder of the data that this run has prepared, below data/; nothing before.
prepared_data() {
  [[ ! -s $OUTPUT/phases/prepare.json ]] ||
    /usr/bin/python3 -I -c 'import json, sys; print(json.load(open(sys.argv[1]))["prepared"])' "$OUTPUT/phases/prepare.json"
}

# What ranks find in their environment, beside what torchrun sets (RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR, ...).
ranks_environment() {
  local index value name
  name=$(interface)
  export GLOO_SOCKET_IFNAME=$name NCCL_SOCKET_IFNAME=$name OMP_NUM_THREADS=$THREADS PYTHONUNBUFFERED=1
  if [[ -r /etc/clusterwright/fabric.env ]]; then
    set -a
    # shellcheck source=/dev/null
    source /etc/clusterwright/fabric.env
    set +a
  fi
  export CLUSTERWRIGHT_RUN=$RUN CLUSTERWRIGHT_OUTPUT=$OUTPUT CLUSTERWRIGHT_DATA=$DATA
  export CLUSTERWRIGHT_ATTEMPT=$((${SLURM_RESTART_COUNT:-0} + 1))
  # Fetched here, and not by the batch script: so they cross no network and stand in no file.
  for ((index = 0; index < ${#SECRETS[@]}; index += 2)); do
    value=$(node_python secrets get "${SECRETS[index + 1]}") || {
      say "error: the secret ${SECRETS[index]} cannot be had"
      return 1
    }
    export "${SECRETS[index]}=$value"
  done
}

train() {
  local python program=()
  python=$(torch_python) && read_launch && ranks_environment || return
  if ((${#COMMAND[@]})); then
    [[ ${COMMAND[0]} == *.py ]] && program=("${COMMAND[@]}") || program=(--no-python "${COMMAND[@]}")
    ((SOURCE)) && { cd "$OUTPUT/.source" || return; } || cd "$OUTPUT" || return
  else
    export PYTHONPATH=$CLUSTERWRIGHT_BUNDLE/lib PYTHONSAFEPATH=1
    program=(-m training --job "$OUTPUT/job.json" --data "$DATA" --output "$OUTPUT" --phase "$PHASE")
    # shellcheck disable=SC2153 # read_launch sets it
    # Costs nothing when the data are there, and mends it when they are not.
    [[ $PHASE == prepare || " ${PHASES[*]} " != *" prepare "* ]] || program+=(--phase prepare)
  fi
  say "attempt $CLUSTERWRIGHT_ATTEMPT of $PHASE on $CLUSTERWRIGHT_NODE: ${SLURM_STEP_NUM_NODES:?} x $PROCESSES ranks"
  # No restarts by torchrun: one that gives up closes the rendezvous for its peers for good, so Slurm starts the next
  # attempt everywhere. srun signals every process of the step, so the ranks get TERM by themselves. Ranks are numbered
  # in Slurm's order of the nodes, near ones beside each other, and rank 0, which writes, is on the batch script's node:
  # a c10d rendezvous would number them by their addresses. Ranks that were told to stop have as long as the head waits.
  exec "$python" -m torch.distributed.run --nnodes="$SLURM_STEP_NUM_NODES" --node-rank="$SLURM_NODEID" \
    --nproc-per-node="$PROCESSES" --max-restarts=0 --rdzv-backend=static --rdzv-endpoint="${RENDEZVOUS:?}" \
    --rdzv-conf=timeout=300 --shutdown-timeout=180 --local-addr="$(address)" "${program[@]}"
}

check() {
  local python
  python=$(torch_python) && read_launch && SECRETS=() && ranks_environment || return
  export PYTHONPATH=$CLUSTERWRIGHT_BUNDLE/lib PYTHONSAFEPATH=1
  exec "$python" -m clusterwright.node.health allreduce --out "$OUTPUT/.suspects.json"
}

case $ACTION in
pull)
  pull
  code=$?
  join_early_log
  exit "$code"
  ;;
check | train | push) "$ACTION" ;;
*)
  say "error: step.sh knows no $ACTION"
  exit "$USELESS"
  ;;
esac
