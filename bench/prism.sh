#!/usr/bin/env bash
# What a mock gets wrong: `segue certify seller` against npm's Prism on the official files of Kylie.
#
#   bench/prism.sh [PROGRAM]          (default: target/release/segue)
#
# Writes prism.json and prism.html here. Needs node, npm and its registry (Prism is installed into a temporary
# folder), and the official files at $SEGUE_SDK or ../shared/sdk.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${1:-$here/target/release/segue}")
sdk=$(realpath "${SEGUE_SDK:-$here/../shared/sdk}")
port=${PORT:-18700}
[ -d "$sdk/kylie/api" ] || { echo "skipped: no official files at \$SEGUE_SDK or ../shared/sdk"; exit 0; }
command -v npm >/dev/null || { echo "skipped: no npm (Debian: apt-get install npm)"; exit 0; }
folder=$(mktemp -d)
mock=
stop() { [ -z "$mock" ] || kill "$mock" 2>/dev/null || true; rm -rf "$folder"; }
trap stop EXIT

npm install --silent --no-audit --no-fund --prefix "$folder/npm" @stoplight/prism-cli@5 >/dev/null ||
  { echo "skipped: the registry of npm does not give Prism"; exit 0; }
unset SEGUE_DIR SEGUE_MASTER_KEY
"$program" init --dir "$folder/acme" --id acme --name Prism --listen "127.0.0.1:$((port + 20))" \
  --open-target "127.0.0.1:$((port + 21))" >/dev/null
"$program" --dir "$folder/acme" book load "$here/samples/book" >/dev/null
# What is asked is what one would ask a Seller of Segue; only the address is another, and nothing is waited for:
# a mock moves nothing.
"$program" --dir "$folder/acme" certify profile --init |
  sed -E "s|^url = .*|url = \"http://127.0.0.1:$port\"|; s|^token-endpoint = .*|token-endpoint = \"http://127.0.0.1:$port/token\"|
    s/^state = .*/state = 1/; s/^event = .*/event = 1/; s/^silence = .*/silence = 0/" \
    >"$folder/prism.toml"
mkfifo "$folder/out"
node "$here/bench/prism.mjs" "$folder/npm/node_modules/.bin/prism" "$sdk" "$port" >"$folder/out" &
mock=$!
read -r line <"$folder/out"
[ "$line" = ready ] || { echo "Prism does not start" >&2; exit 1; }
echo "Prism $("$folder/npm/node_modules/.bin/prism" --version)"
"$program" certify seller --profile "$folder/prism.toml" --sdk "$sdk" --report prism.json --html prism.html || true
