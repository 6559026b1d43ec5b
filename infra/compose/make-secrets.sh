#!/bin/sh
# Makes the passwords that compose.yaml gives to containers as files, in infra/secrets. What is there already stays.
set -eu
cd "$(dirname "$0")/.."
umask 077
mkdir -p secrets
for name in clickhouse_writer_password clickhouse_reader_password grafana_admin_password webhook_token; do
  [ -s "secrets/$name" ] && continue
  head -c 24 /dev/urandom | od -An -vtx1 | tr -d ' \n' >"secrets/$name"
  # Containers read them under users of their own; the directory is closed to everybody else here.
  chmod 444 "secrets/$name"
done
echo "infra/secrets holds: $(ls secrets | tr '\n' ' ')"
