#!/usr/bin/env bash
# Fetches DynamoDB Local, AWS's own engine for tests, from the npm package that ships it.
set -euo pipefail
cd "$(dirname "$0")/.."

package=amplify-dynamodb-simulator version=2.9.30
sha512=c5379e44bbf311fab2779961ddb1f8734907bd21c79a6843e590ec1c5280439836665e89aa515dbad6908422c7cf1129e91cb5a3b4c1ea7888a17b9002749ec1
target=.local/dynamodb-local

fail() { echo "install: $*" >&2; exit 1; }
command -v javac >/dev/null || fail "a JDK (17 or newer) is missing; DynamoDB Local needs it (for example: apt-get install default-jdk-headless)"
command -v npm >/dev/null || fail "npm is missing; DynamoDB Local comes in an npm package"

echo "Installing DynamoDB Local ..."
rm -rf "$target" && mkdir -p "$target"
(cd "$target" && npm pack --silent "$package@$version" >/dev/null) || fail "$package can't be fetched; see above"
archive=$target/$package-$version.tgz
echo "$sha512  $archive" | sha512sum --check --status || fail "$archive is not the file that was pinned"
tar -xzf "$archive" -C "$target" --strip-components 2 package/emulator
rm "$archive"
