#!/bin/sh
# Runs a program inside a root that is being built: enter.sh FOLDER LAYERS FROM=TO... -- PROGRAM ARGUMENT...
#
# The root is FOLDER/upper, over LAYERS where there are some; each FROM is bound to TO, a folder of the root. It is started
# in namespaces of its own, so that all mounts and processes end with it.
set -eu
folder=$1
layers=$2
shift 2
root=$folder/root
if [ -n "$layers" ]; then
  mount -t overlay -o "lowerdir=$layers,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
else
  mount --bind "$folder/upper" "$root"
fi
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
  mount --bind "${1%%=*}" "$root/${1#*=}"
  shift
done
shift
exec chroot "$root" "$@"
