#!/usr/bin/env bash
# Stops the local stack that this checkout started, and only that.
set -euo pipefail
cd "$(dirname "$0")/.."

read -r pid _ 2>/dev/null <.local/ministack.pid || { echo "The local stack is not running."; exit 0; }
if grep -qa emulator:app "/proc/$pid/cmdline" 2>/dev/null || ps -p "$pid" -o args= 2>/dev/null | grep -q emulator:app; then
  kill "$pid"
  for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
fi
rm -f .local/ministack.pid .local/stack.env
echo "The local stack is stopped."
