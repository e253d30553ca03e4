#!/usr/bin/env bash
# Installs Chromium, in which the documentation page is tried, where Debian's packages can be installed.
set -euo pipefail

for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium ..."
  export DEBIAN_FRONTEND=noninteractive
  apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || true
fi
command -v chromium >/dev/null || echo "install: no Chromium; the documentation page will not be tried in a browser" >&2
