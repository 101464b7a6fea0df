#!/usr/bin/env bash
# The last port under attack, over HTTP: 64 firm quotes of two partners at once, kill -9 in mid-flight,
# and a second wave with an order of the first quote at the instant at which it ends. Each seed is
# another schedule; the run stops at the first port that is sold twice, and names the seed.
#
#   bench/last-port.sh [SEEDS] [FIRST]
set -euo pipefail
cd "$(dirname "$0")/.."
export SEGUE_LAST_PORT_SEEDS=${1:-200} SEGUE_SEED=${2:-20261125}
exec cargo test --package segue --test it -- last_port --nocapture
