#!/usr/bin/env bash
# How long a Buyer needs to get firm offers for a list of sites from four Sellers: five processes on
# this machine, with one rate and term, and with two of each.
#
#   bench/shop.sh [SITES]
#
# SITES is 1 000, and 1 023 at most: each offer has an S-VLAN, and an ENNI has 4 094. Builds for release.
set -euo pipefail
cd "$(dirname "$0")/.."
export SEGUE_SHOP_SITES=${1:-1000}
exec cargo test --release --package xtask --package segue --test it -- --ignored --nocapture \
  a_long_list_of_sites_is_asked
