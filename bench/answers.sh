#!/usr/bin/env bash
# How long a firm quote and the order of it take over HTTP, beside what the disk needs to keep one
# row, in the same run: p50, p99, and how many flushes that is.
#
#   bench/answers.sh [COUNT]
#
# Builds for release.
set -euo pipefail
cd "$(dirname "$0")/.."
export SEGUE_ANSWERS=${1:-500}
exec cargo test --release --package segue --test it -- --ignored --nocapture quotes_and_orders_beside
