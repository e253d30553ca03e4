#!/usr/bin/env bash
# Installs what every command needs into .venv and .local: uv, Python 3.13's environments, the SAM CLI, MiniStack.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "install: $*" >&2; exit 1; }
mkdir -p .local

if ! command -v uv >/dev/null; then
  echo "Installing uv ..."
  python3 -m venv .local/uv 2>/dev/null || fail "uv is missing and python3 can't make an environment for it; install uv, or python3 with venv"
  .local/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 || fail "uv can't be installed; see above"
fi

python=$(uv python find 3.13 2>/dev/null) ||
  python=$(ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13.*/bin/python3.13 2>/dev/null | sort -V | tail -n 1) || true
if [ -z "$python" ]; then
  echo "Installing Python 3.13 ..."
  uv python install --quiet 3.13 2>/dev/null && python=$(uv python find 3.13 2>/dev/null) ||
    fail "Python 3.13 is neither here nor can it be fetched; install it (for example: pyenv install 3.13)"
fi

# MiniStack and the SAM CLI each pin another boto3 or botocore, so each has an environment of its own.
environment() { # directory, locked requirements
  [ -x "$1/bin/python" ] || uv venv --quiet --python "$python" "$1"
  uv pip sync --quiet --compile-bytecode --require-hashes --python "$1/bin/python" "$2" || fail "the packages of $2 can't be installed; see above"
}
echo "Installing the libraries, the SAM CLI and MiniStack ..."
environment .venv requirements/dev.txt
environment .local/sam requirements/sam.txt
environment .local/ministack requirements/ministack.txt
