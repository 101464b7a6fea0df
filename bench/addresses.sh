#!/usr/bin/env bash
# How well spoiled addresses are found: 20 000 addresses of bench/spoiled.csv, then as many as asked
# for. Right, alternate, none and wrong by kind of damage, and how long one question takes.
#
#   bench/addresses.sh [COUNT]
#
# Builds for release. All is made from seeds; the first run fails where the set is not the one kept.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-1000000}
addresses() { cargo run --quiet --release --package xtask -- addresses "$@"; }
made=$(mktemp)
trap 'rm -f "$made"' EXIT
addresses --spoil "$made" --measure
cmp "$made" bench/spoiled.csv
addresses --count "$count" --measure
