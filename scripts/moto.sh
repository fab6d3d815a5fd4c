#!/usr/bin/env bash
# Installs moto, an emulator of AWS's protocols, for test/real/aws.test.ts: once, into .cache/moto.
set -euo pipefail
cd "$(dirname "$0")/.."
version=5.2.1
venv=.cache/moto
if [ ! -f "$venv/$version" ]; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "moto[server]==$version"
  touch "$venv/$version"
fi
echo "$venv/bin/moto_server"
