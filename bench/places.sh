#!/usr/bin/env bash
# A Seller with a long list of places: how long it takes to load it and to load another over it, how
# much memory that needs, how soon it is ready after a restart, and how long validations over HTTP
# take at 200 a second, begun whether those before are answered or not.
#
#   bench/places.sh [COUNT]
#
# COUNT addresses of ten countries (1 000 000), asked for as spoiled ones. Builds for release.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# 72 of each of 56 kinds of damage: 4 032 questions.
# Built with what the test is built with, so that nothing is built twice.
cargo build --quiet --release --package xtask --package segue
"${CARGO_TARGET_DIR:-target}/release/xtask" addresses \
  --count "${1:-1000000}" --out "$folder/book" --each 72 --spoil "$folder/spoiled.csv"
export SEGUE_PLACES_BOOK=$folder/book SEGUE_PLACES_SPOILED=$folder/spoiled.csv
cargo test --quiet --release --package xtask --package segue --test it -- --ignored --nocapture \
  a_long_list_of_places_is_loaded_and_asked
