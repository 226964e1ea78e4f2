# shellcheck shell=bash disable=SC2034 # the scripts of a job use what is set here
# What a run's batch script and its steps share: where things are on this node. They run as the user `cluster`.
set -uo pipefail
umask 022

set -a
# shellcheck source=/dev/null
source "${CLUSTERWRIGHT_NODE_ENV:-/etc/clusterwright/node.env}"
set +a
readonly RUN=$1 PHASE=$2
export CLUSTERWRIGHT_BUNDLE=${CLUSTERWRIGHT_BUNDLE:-$CLUSTERWRIGHT_NODE_DIR/current}
# The interpreter of the node's own programs: on clouds it has the clients that reach the bucket.
CLUSTERWRIGHT_PYTHON=/opt/clusterwright/clients/bin/python
[[ -x $CLUSTERWRIGHT_PYTHON ]] || CLUSTERWRIGHT_PYTHON=/usr/bin/python3
export CLUSTERWRIGHT_PYTHON CLUSTERWRIGHT_NODE=${SLURMD_NODENAME:?}

# shellcheck source=/dev/null
source "$CLUSTERWRIGHT_BUNDLE/facts/$CLUSTERWRIGHT_GROUP.sh"
readonly OUTPUT=$WORK/$RUN DATA=$WORK/data
readonly STOPPED=75 # try again: Slurm requeues a job that ends so (RequeueExit)
readonly USELESS=2  # never try again

say() { printf '%(%FT%T%z)T %s\n' -1 "$*" >&2; }

# Everything is said in the node's own log of the run, which is carried to the bucket: what goes through srun's own
# pipes is lost with the node that runs the batch script. Until the run's files are pulled, which puts the log of the
# attempts before in its place, it is said beside it.
readonly LOG=$OUTPUT/logs/$CLUSTERWRIGHT_NODE.log EARLY=$OUTPUT/logs/.$CLUSTERWRIGHT_NODE.early
write_log() {
  mkdir -p "$OUTPUT/logs" || exit "$STOPPED"
  exec >>"$1" 2>&1
}
early_log() { write_log "$EARLY"; }
keep_log() { write_log "$LOG"; }
join_early_log() {
  [[ ! -e $EARLY ]] || { cat "$EARLY" >>"$LOG" && rm -f "$EARLY"; }
}

# A program of the node's own code. `become` puts it in this shell's place, so that what is started as `become ... &` has
# the process id that signals are sent to, and ends with the shell that started it, however that ends.
become() {
  exec setpriv --pdeathsig TERM env PYTHONPATH="$CLUSTERWRIGHT_BUNDLE/lib" PYTHONSAFEPATH=1 \
    "$CLUSTERWRIGHT_PYTHON" -m "clusterwright.node.$1" "${@:2}"
}
node_python() { (become "$@"); }

carry() { node_python carry "$@"; }

# Sets PROCESSES, THREADS, SOURCE, PHASES, COMMAND and SECRETS.
read_launch() {
  local launch
  launch=$(node_python slurm.shell "$OUTPUT/launch.json" "$CLUSTERWRIGHT_BUNDLE/facts/cluster.json") || return
  eval "$launch" # quoted word by word
}

# The Python of PyTorch's environment for this bundle's lock, as the node's software step has made it.
torch_python() {
  local tag
  tag=$(/usr/bin/python3 -I -c 'import platform, sys; print("py%d.%d-%s" % (*sys.version_info[:2], platform.machine()))') || return
  printf '%s/%s-%s/bin/python' "$CLUSTERWRIGHT_ENVIRONMENTS" "${LOCK_SHA256:0:16}" "$tag"
}

# The interface of the default route, and this node's address on it: where the nodes of a cluster reach one another.
interface() { ip -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1; }
address() { ip -4 -oneline address show dev "$(interface)" scope global | sed -n 's/.* inet \([0-9.]*\).*/\1/p' | head -n 1; }
