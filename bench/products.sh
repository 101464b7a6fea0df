#!/usr/bin/env bash
# What the checks of a product payload cost (schema, profile, rules): an Access E-Line OVC with its
# Operator UNI on one core, beside reading the same text as JSON in the same run. Fails above 60 us.
#
#   bench/products.sh
#
# Builds the model for release.
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo test --release --package segue-model --test it -- --ignored --nocapture a_line_and_its_port
