#!/usr/bin/env bash
# Installs from Debian's packages what the tests drive and this machine lacks; where it can't, says what to install.
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
  [systemd-analyze]=systemd
)

PATH=$PATH:/usr/sbin:/sbin
missing=()
for program in "${!PACKAGE_OF[@]}"; do
  command -v "$program" >/dev/null || missing+=("${PACKAGE_OF[$program]}")
done
[ ${#missing[@]} = 0 ] && exit

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The tests need ${missing[*]}: install them, on Debian with: apt install ${missing[*]}" >&2
  exit 1
fi
echo "Installing ${missing[*]} ..."
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
