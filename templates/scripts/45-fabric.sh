#!/usr/bin/env bash
# What carries traffic between the GPUs of different nodes, and the variables that jobs need for it.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly OUT=/etc/clusterwright/fabric.env
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT

# EFA: the image brings libfabric and aws-ofi-nccl (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-verify.html).
efa() {
  local found fi_info=/opt/amazon/efa/bin/fi_info
  [[ -x $fi_info ]] || fail "the image has no EFA software: $fi_info is missing"
  found=$("$fi_info" -p efa -t FI_EP_RDM 2>/dev/null | grep '^ *domain:' | sort -u | wc -l) || true
  ((found == EFA_INTERFACES)) || fail "$found EFA interfaces answer, the machine has $EFA_INTERFACES"
  # Forked data loaders and huge pages do not go together (https://github.com/ofiwg/libfabric, prov/efa/docs).
  printf 'FI_EFA_USE_HUGE_PAGE=0\n'
}

# GPUDirect-TCPXO (https://docs.cloud.google.com/cluster-toolkit/docs/machine-learning/a3-mega-enable-gpudirect-tcpxo): the
# plugin is Google's container, which copies it to /var/lib/tcpxo; a daemon beside the job moves the data.
tcpxo() {
  local image=us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo plugin=v1.0.17 daemon=v1.0.23
  local profile=/var/lib/tcpxo/lib64/nccl-env-profile.sh
  packages docker.io
  systemctl start docker.service || fail "docker does not start"
  [[ -s $profile ]] || docker run --rm --network=host --volume /var/lib:/var/lib \
    "$image/nccl-plugin-gpudirecttcpx-dev:$plugin" install --install-nccl >&2 ||
    fail "the plugin of GPUDirect-TCPXO cannot be installed"
  gpus_in_containers
  apertures
  modprobe import-helper || fail "the image has no kernel module import-helper, which GPUDirect-TCPXO needs"
  if [[ $(docker inspect --format '{{.State.Running}}' receive-datapath-manager 2>/dev/null) != true ]]; then
    docker rm --force receive-datapath-manager >/dev/null 2>&1 || true
    docker run --detach --restart=always --name receive-datapath-manager --privileged --cap-add=NET_ADMIN \
      --network=host --gpus all --volume /dev/dmabuf_import_helper:/dev/dmabuf_import_helper \
      --env LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu "$image/tcpgpudmarxd-dev:$daemon" \
      --num_hops=2 --num_nics=8 --uid= --alsologtostderr >&2 || fail "the daemon of GPUDirect-TCPXO does not start"
  fi
  profile_variables "$profile"
  printf 'NCCL_FASTRAK_CTRL_DEV=enp0s12\n'
  printf 'NCCL_FASTRAK_IFNAME=enp6s0,enp7s0,enp13s0,enp14s0,enp134s0,enp135s0,enp141s0,enp142s0\n'
  printf 'NCCL_SOCKET_IFNAME=enp0s12\n'
  printf 'NCCL_FASTRAK_LLCM_DEVICE_DIRECTORY=/dev/aperture_devices\n'
  printf 'LD_LIBRARY_PATH=/var/lib/tcpxo/lib64\n'
}

# Containers see the GPUs by NVIDIA's toolkit
# (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html).
gpus_in_containers() {
  command -v nvidia-ctk >/dev/null || {
    nvidia_archive
    packages nvidia-container-toolkit
  }
  ! grep -q nvidia-container-runtime /etc/docker/daemon.json 2>/dev/null || return 0
  nvidia-ctk runtime configure --runtime=docker >&2 || fail "docker cannot be told of the GPUs"
  systemctl restart docker.service || fail "docker does not start with NVIDIA's runtime"
}

# The windows of the network interfaces (PCI devices 1ae0:0084), where those who are not root may write: jobs are not.
apertures() {
  local device name found=0
  for device in /sys/bus/pci/devices/*; do
    [[ $(<"$device/vendor") == 0x1ae0 && $(<"$device/device") == 0x0084 ]] || continue
    name=/dev/aperture_devices/${device##*/}
    mkdir -p "$name"
    mountpoint -q "$name" || mount --bind "$device" "$name" || fail "$name cannot be made"
    chmod a+rw "$name"/resource*
    ((found += 1))
  done
  ((found)) || fail "the machine shows no interfaces of GPUDirect-TCPXO (PCI 1ae0:0084)"
}

# gIB (https://docs.cloud.google.com/ai-hypercomputer/docs/nccl/overview).
rdma() {
  trusted_key "$GOOGLE_KEY" "$GOOGLE_FINGERPRINT" "$KEYS/google-cloud.gpg"
  repository nccl-gib "$KEYS/google-cloud.gpg" "https://packages.cloud.google.com/apt gpudirect-gib-apt main"
  packages nccl-gib
  profile_variables /usr/local/gib/scripts/set_nccl_env.sh
  printf 'NCCL_NET=gIB\nLD_LIBRARY_PATH=/usr/local/gib/lib64\n'
}

# The NCCL variables that a vendor's profile exports, as NAME=value lines.
profile_variables() {
  [[ -s $1 ]] || fail "$1 is missing"
  # shellcheck disable=SC2016 # the inner shell's $1
  env -i PATH="$PATH" bash -c 'source "$1" >/dev/null; export -p' profile "$1" |
    sed -n 's/^declare -x \(NCCL_[A-Z0-9_]*\)="\(.*\)"$/\1=\2/p'
}

case $FABRIC in
  none) say "no fabric of its own between nodes" ;;
  efa) efa >"$fresh" ;;
  tcpxo) tcpxo >"$fresh" ;;
  rdma) rdma >"$fresh" ;;
  *) fail "fabric $FABRIC is not known to this release" ;;
esac
put_file "$fresh" "$OUT" || true
