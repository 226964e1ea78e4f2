#!/usr/bin/env bash
# One phase of a run, as Slurm's batch script on the first of its nodes: run.sh RUN PHASE
#
# Ends with 0 when the phase has left its result, with 2 when it can never work as written, with 75 when it is to be tried
# again: it was asked to stop and has a checkpoint, a rank died, or the nodes failed their check. Slurm requeues a job that
# ends with 75, and one that loses a node. A user's own command is tried again only if it was asked to stop.
# TERM and USR1 to this shell (scancel --batch) are passed on to the ranks, which write a checkpoint and stop.
#
# Seen with 24.11.5: srun that gets TERM itself kills its step at once (exit code 137), so the step is signalled through
# slurmctld instead, and then srun ends with the ranks' own exit code. sbatch keeps a copy of this file: a requeued job
# runs what was submitted, with the libraries that the node has by then.
# shellcheck source=common.sh
source "${CLUSTERWRIGHT_BUNDLE:-/var/lib/clusterwright/current}/job/common.sh"
early_log
readonly STEP=$CLUSTERWRIGHT_BUNDLE/job/step.sh FAILURE=$OUTPUT/failure.json
RENDEZVOUS=$(address):$((30000 + SLURM_JOB_ID % 2000)) # below the ports that the kernel hands out
export RENDEZVOUS MASTER_ADDR=${RENDEZVOUS%:*}
stopping='' follower='' began=$EPOCHSECONDS

# shellcheck disable=SC2329 # called by the trap
stop_ranks() {
  stopping=yes
  say "asked to stop: the ranks write a checkpoint"
  # Without --batch and --full only the steps are signalled, and all processes of them (scancel(1)). Of a job that is
  # being taken away Slurm refuses it, and scancel would ask for a minute, which the job's end would wait for.
  timeout 5 scancel --quiet --signal=TERM "$SLURM_JOB_ID" &
}
trap stop_ranks TERM USR1

# Waits for a child and ends as it did. A signal to this shell interrupts `wait`, not the child.
reap() {
  local code
  while :; do
    wait "$1"
    code=$?
    kill -0 "$1" 2>/dev/null || return "$code"
  done
}

# A step on the first $1 nodes with $2 tasks on each.
step() {
  local nodes=$1 tasks=$2 action=$3
  srun --nodes="$nodes" --ntasks=$((nodes * tasks)) --ntasks-per-node="$tasks" --cpu-bind=none --mem=0 \
    --kill-on-bad-exit=0 --wait=120 bash "$STEP" "$RUN" "$PHASE" "$action" &
  reap $!
}

# On each node that has files of its own: on all, or on this one alone where they share them.
on_holders() {
  if [[ $WORK_KIND == shared ]]; then bash "$STEP" "$RUN" "$PHASE" "$1"; else step "$SLURM_JOB_NUM_NODES" 1 "$1"; fi
}

# Puts what it reads into a file of the run's folder that is whole or not there: what carries the files looks any time.
leave() { cat >"$OUTPUT/.$(basename "$1")" && mv "$OUTPUT/.$(basename "$1")" "$1"; }

# Says why in the run's folder, unless a rank has already.
fail() {
  say "error: $1"
  [[ -s $FAILURE ]] || /usr/bin/python3 -I -c 'import json, sys, time
phase, reason = sys.argv[1:]
print(json.dumps({"phase": phase, "rank": None, "reason": reason, "retry": True, "time": time.time()}))' "$PHASE" "$1" | leave "$FAILURE"
}

# The last of everything goes to the bucket; without it nobody knows how the phase ended, so it is tried again.
finish() {
  if [[ -n $follower ]]; then
    kill -TERM "$follower" 2>/dev/null
    reap "$follower"
  fi
  carry push "$OUTPUT" "jobs/$RUN" || {
    say "error: the run's files cannot be carried to the bucket"
    exit "$STOPPED"
  }
  say "$PHASE ends with $1"
  exit "$1"
}

say "$PHASE of $RUN: Slurm job $SLURM_JOB_ID, start $((${SLURM_RESTART_COUNT:-0} + 1)), on $SLURM_JOB_NODELIST"
on_holders pull
code=$?
join_early_log
keep_log
((code == 0)) || {
  fail "its files cannot be had from the bucket (exit code $code); see the nodes' logs"
  finish "$STOPPED"
}
read_launch || finish "$USELESS"
rm -f "$FAILURE" "$OUTPUT/suspects.json" "$OUTPUT/.suspects.json"
become carry follow "$OUTPUT" "jobs/$RUN" &
follower=$!

step "$SLURM_JOB_NUM_NODES" "$PROCESSES" check || {
  code=$?
  [[ -z $stopping ]] || finish "$STOPPED"
  # The head drains them: this user may not.
  [[ ! -s $OUTPUT/.suspects.json ]] || mv "$OUTPUT/.suspects.json" "$OUTPUT/suspects.json"
  fail "the first check of its nodes failed (exit code $code); see the nodes' logs"
  finish "$STOPPED"
}
[[ -z $stopping ]] || finish "$STOPPED"

step "$SLURM_JOB_NUM_NODES" 1 train
code=$?
[[ $WORK_KIND == shared ]] || on_holders push || say "not all nodes could carry their files to the bucket"
if [[ -d $DATA && $PHASE == prepare ]]; then
  prepared=$(/usr/bin/python3 -I -c 'import json, sys; print(json.load(open(sys.argv[1]))["prepared"])' "$OUTPUT/phases/prepare.json" 2>/dev/null)
  [[ -z $prepared ]] || carry push "$DATA/$prepared" "data/$prepared" || finish "$STOPPED"
fi

if ((${#COMMAND[@]})); then
  ((code == 0)) || { [[ -n $stopping ]] && finish "$STOPPED"; fail "its command ended with exit code $code"; finish "$code"; }
  mkdir -p "$OUTPUT/phases"
  printf '{"phase": "%s", "started": %d, "finished": %d, "seconds": %d, "attempts": %d}\n' command "$began" "$EPOCHSECONDS" \
    $((EPOCHSECONDS - began)) $((${SLURM_RESTART_COUNT:-0} + 1)) | leave "$OUTPUT/phases/command.json"
  finish 0
fi
# torchrun hides its ranks' exit codes: what they have left tells.
[[ ! -s $OUTPUT/phases/$PHASE.json ]] || finish 0
if grep -q '"retry": false' "$FAILURE" 2>/dev/null; then finish "$USELESS"; fi
[[ -n $stopping ]] || fail "its processes ended without saying why (exit code $code); see the nodes' logs"
finish "$STOPPED"
