#!/usr/bin/env bash
# One attempt of a run on this node; the worker has put into the environment which. The process becomes torchrun itself,
# so that its signals and its exit code are torchrun's: TERM makes the ranks write a checkpoint and stop.
# shellcheck source=../scripts/common.sh
source "${BASH_SOURCE[0]%/*}/../scripts/common.sh"

: "${CLUSTERWRIGHT_RUN:?}" "${CLUSTERWRIGHT_ATTEMPT:?}" "${CLUSTERWRIGHT_RENDEZVOUS:?}" "${CLUSTERWRIGHT_NODES:?}"
: "${CLUSTERWRIGHT_PROCESSES_PER_NODE:?}" "${CLUSTERWRIGHT_THREADS_PER_PROCESS:?}"

run=$CLUSTERWRIGHT_BUCKET/jobs/$CLUSTERWRIGHT_RUN
mkdir -p "$run/logs"
exec >>"$run/logs/$CLUSTERWRIGHT_NODE.log" 2>&1
say "attempt $CLUSTERWRIGHT_ATTEMPT of $CLUSTERWRIGHT_RUN on $CLUSTERWRIGHT_NODE"
bash "$CLUSTERWRIGHT_BUNDLE/scripts/30-software.sh" # at once when there; a run asked for again may want older software

export PYTHONPATH=$CLUSTERWRIGHT_BUNDLE/lib PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1
# Neither gloo nor the ranks' store is to be reached from outside: rank 0 hosts the store on loopback, torchrun none.
export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
export GLOO_SOCKET_IFNAME=lo OMP_NUM_THREADS=$CLUSTERWRIGHT_THREADS_PER_PROCESS
# No restarts by torchrun: one that gives up closes the rendezvous for its peers for good, so the head starts the next
# attempt under another id. The head starts an attempt when all members are there: two minutes to meet are plenty.
exec "$(environment_folder)/bin/python" -m torch.distributed.run \
  --nnodes="$CLUSTERWRIGHT_NODES" --nproc-per-node="$CLUSTERWRIGHT_PROCESSES_PER_NODE" --max-restarts=0 \
  --rdzv-backend=c10d --rdzv-endpoint="$CLUSTERWRIGHT_RENDEZVOUS" --rdzv-id="$CLUSTERWRIGHT_RUN-$CLUSTERWRIGHT_ATTEMPT" \
  --rdzv-conf=is_host=false,join_timeout=120 --local-addr=127.0.0.1 --log-dir="$CLUSTERWRIGHT_NODE_DIR/log/torchrun" \
  -m training --job "$run/job.json" --data "$CLUSTERWRIGHT_BUCKET/data" --output "$run"
