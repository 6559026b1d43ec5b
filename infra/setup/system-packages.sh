#!/usr/bin/env bash
# Installs the few system packages on Debian as root; elsewhere prints the exact command and what is lost without it.
set -euo pipefail

declare -A package_of=(
  [java]=default-jre-headless [mvn]=maven [promtool]=prometheus [amtool]=prometheus-alertmanager
  [g++]=build-essential [python3]=python3 [setpriv]=util-linux [chromium]=chromium
)
missing=()
for tool in "${!package_of[@]}"; do
  command -v "$tool" >/dev/null 2>&1 || missing+=("${package_of[$tool]}")
done
# Headers for the Kafka client; without them it builds without TLS, SASL or zstd.
for library in zstd:libzstd-dev openssl:libssl-dev libcurl:libcurl4-openssl-dev libsasl2:libsasl2-dev zlib:zlib1g-dev; do
  pkg-config --exists "${library%%:*}" 2>/dev/null || [ -e "/usr/share/doc/${library#*:}" ] || missing+=("${library#*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command="apt-get install -y --no-install-recommends ${missing[*]}"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing system packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # A package's own service is not wanted: the product starts what it needs itself.
  printf '#!/bin/sh\nexit 101\n' >/tmp/plumbline-policy-rc.d && chmod +x /tmp/plumbline-policy-rc.d
  restore=""
  if [ ! -e /usr/sbin/policy-rc.d ]; then mv /tmp/plumbline-policy-rc.d /usr/sbin/policy-rc.d && restore=1; fi
  $command -qq >/dev/null
  [ -n "$restore" ] && rm -f /usr/sbin/policy-rc.d
  exit 0
fi
cat <<EOF
These system packages are missing: ${missing[*]}
  Run as root:  apt-get update && $command
  Without java and maven there is no embedded broker: set KAFKA_BROKERS to use yours, and the demo and broker tests are skipped.
  Without the -dev packages the Kafka client has no TLS, SASL or zstd. Without prometheus and
  prometheus-alertmanager the checks of dashboards, alerts and routes are skipped, without chromium those of pages.
EOF
