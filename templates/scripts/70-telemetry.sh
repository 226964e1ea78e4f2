#!/usr/bin/env bash
# Logs and load of the machine go to the cloud that it is in. A local machine's logs are files that its host reads.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# configure TARGET: the agent's configuration for this node. Returns 0 if it changed, 1 if it was so already.
configure() {
  local fresh changed=0
  fresh=$(mktemp)
  sed "s/{node}/$CLUSTERWRIGHT_NODE/g" "$CLUSTERWRIGHT_BUNDLE/telemetry/$ROLE.json" >"$fresh" || fail "$1 cannot be made"
  put_file "$fresh" "$1" || changed=1
  rm -f "$fresh"
  return "$changed"
}

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/verify-CloudWatch-Agent-Package-Signature.html
cloudwatch() {
  local at=https://amazoncloudwatch-agent.s3.amazonaws.com architecture=amd64 folder=/opt/aws/amazon-cloudwatch-agent
  [[ $(uname -m) != aarch64 ]] || architecture=arm64
  trusted_key $at/assets/amazon-cloudwatch-agent.gpg 937616F3450B7D806CBD9725D58167303B789C72 "$KEYS/cloudwatch.gpg"
  packages gpgv
  signed_package amazon-cloudwatch-agent "$at/ubuntu/$architecture/latest/amazon-cloudwatch-agent.deb" "$KEYS/cloudwatch.gpg" sig
  if configure /etc/clusterwright/cloudwatch.json || ! systemctl is-active --quiet amazon-cloudwatch-agent.service; then
    $folder/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/clusterwright/cloudwatch.json >&2 ||
      fail "the CloudWatch agent does not take its configuration"
  fi
}

# https://docs.cloud.google.com/stackdriver/docs/solutions/agents/ops-agent/installation; on the image, or from Google.
ops_agent() {
  local service=google-cloud-ops-agent.service
  trusted_key "$GOOGLE_KEY" "$GOOGLE_FINGERPRINT" "$KEYS/google-cloud.gpg"
  repository google-cloud-ops-agent "$KEYS/google-cloud.gpg" \
    "https://packages.cloud.google.com/apt google-cloud-ops-agent-noble-2 main"
  packages google-cloud-ops-agent
  if configure /etc/google-cloud-ops-agent/config.yaml || ! systemctl is-active --quiet $service; then
    systemctl restart $service || fail "the Ops Agent does not take its configuration"
  fi
}

case $PROVIDER in
  aws) cloudwatch ;;
  gcp) ops_agent ;;
  local) say "nothing is sent from a local machine: its logs are in $CLUSTERWRIGHT_NODE_DIR/log and /var/log" ;;
esac
