#!/bin/sh
# Start coturn with turnserver.conf and the machine's values from the environment. The secret goes to a file in memory that
# only coturn's user can read, because every user of the host can read command lines.
set -eu
umask 077

run=${TURN_RUN:-/run/turn}
for value in "$TURN_SECRET" "$TURN_HOST" "$TURN_ADDRESS" "$TURN_PUBLIC_ADDRESS"; do
  case $value in
    '' | *[!A-Za-z0-9.:_/+=-]*)
      echo "turn-start.sh: a TURN_ variable is empty, or has characters that a configuration line cannot hold" >&2
      exit 1
      ;;
  esac
done

{
  cat "${TURN_CONFIGURATION:-/etc/coturn/turnserver.conf}"
  echo "static-auth-secret=$TURN_SECRET"
  echo "realm=$TURN_HOST"
  echo "listening-ip=$TURN_ADDRESS"
  echo "relay-ip=$TURN_ADDRESS"
  # Two members who both need the relay meet on its own address.
  echo "allowed-peer-ip=$TURN_ADDRESS"
  echo "external-ip=$TURN_PUBLIC_ADDRESS"
  echo "pidfile=$run/pid"
  echo "userdb=$run/users"
} >"$run/turnserver.conf"

unset TURN_SECRET
exec turnserver -c "$run/turnserver.conf"
