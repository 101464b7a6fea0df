#!/usr/bin/env bash
# How long an order of something sold on demand takes over HTTP, from its first byte to the answer
# that says `completed`, beside what the disk needs to keep one row: p50, p99. Fails at a p99 of one
# second.
#
#   bench/on-demand.sh [COUNT]
#
# Builds for release.
set -euo pipefail
cd "$(dirname "$0")/.."
export SEGUE_ANSWERS=${1:-200}
exec cargo test --release --package segue --test it -- --ignored --nocapture orders_on_demand
