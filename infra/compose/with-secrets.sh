#!/bin/sh
# Gives a program the content of files as variables, for programs that cannot read a secret from a file themselves:
#   with-secrets.sh NAME=/run/secrets/name [OTHER=/file ...] -- program [arguments]
# The variables are the program's alone; they do not stand in the container's description.
set -eu
while [ "${1-}" != "--" ]; do
  [ $# -gt 0 ] || { echo "with-secrets.sh: no -- before the program" >&2; exit 2; }
  name="${1%%=*}" file="${1#*=}"
  [ -s "$file" ] || { echo "with-secrets.sh: $file is missing or empty (for $name)" >&2; exit 2; }
  # The end of the last line is no part of a secret; $(...) takes it off.
  value="$(cat "$file")"
  export "$name=$value"
  shift
done
shift
exec "$@"
