#!/usr/bin/env bash
# Stops the local stack that this checkout started, and only that, and removes what it would leave.
set -euo pipefail
cd "$(dirname "$0")/.."
state=${CAMPAIGNS_STATE:-.local}

stopped="The local stack is not running."
if read -r pid _ 2>/dev/null <"$state/ministack.pid" &&
  { grep -qa emulator:app "/proc/$pid/cmdline" 2>/dev/null || ps -p "$pid" -o args= 2>/dev/null | grep -q emulator:app; }; then
  kill "$pid"
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  stopped="The local stack is stopped."
fi
rm -rf "$state/ministack.pid" "$state/stack.env" "$state/tmp"
echo "$stopped"
