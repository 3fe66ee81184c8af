#!/usr/bin/env bash
# Install the servers and browsers that the tests need, from Debian's packages; otherwise list the missing ones.
set -euo pipefail

declare -A PACKAGE_OF=(
  [chromium]=chromium
  [firefox-esr]=firefox-esr
  [turnserver]=coturn
  [janus]=janus
  [ip]=iproute2
  [nft]=nftables
  [pg_ctlcluster]=postgresql
  [caddy]=caddy
  [pulseaudio]=pulseaudio
  [systemd-analyze]=systemd
)

PATH=$PATH:/usr/sbin:/sbin
missing=()
for program in "${!PACKAGE_OF[@]}"; do
  command -v "$program" >/dev/null || missing+=("${PACKAGE_OF[$program]}")
done
[ ${#missing[@]} = 0 ] && exit

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need ${missing[*]}. Install them; on Debian: apt install ${missing[*]}" >&2
  exit 1
fi
echo "Installing ${missing[*]} ..."
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
