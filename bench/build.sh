#!/usr/bin/env bash
# Builds what is compared, into .local/bench: each peer with its pinned libraries, and the tools of the benchmark itself.
set -euo pipefail
cd "$(dirname "$0")/.."
peers=.local/bench/peers
rm -rf .local/bench
mkdir -p "$peers/floor-app" "$peers/monolith"

install() { uv pip install --quiet --require-hashes --python .venv/bin/python --only-binary :all: "$@"; }
compile() { PYTHONHASHSEED=0 .venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash "$@"; }

install --target .local/bench/tools -r requirements/bench.txt
for peer in floor default fastapi; do
  install --target "$peers/$peer" -r "bench/peers/$peer/requirements.txt"
done
# `chalice package` ships Chalice's runtime without its command line.
install --no-deps --target "$peers/chalice" -r bench/peers/chalice/requirements.txt
for peer in floor default fastapi chalice monolith; do
  cp "bench/peers/$peer/app.py" "$peers/$peer/"
done
cp bench/peers/floor/app.py "$peers/floor-app/"
# All but the default, which is what `sam build` ships.
compile "$peers/floor" "$peers/floor-app" "$peers/fastapi" "$peers/chalice" "$peers/monolith"
sam build >.local/bench/sam-build.log 2>&1 || { cat .local/bench/sam-build.log >&2; exit 1; }
