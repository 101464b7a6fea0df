#!/usr/bin/env bash
# How long `segue serve` takes from exec to taking connections, and what it keeps in memory then.
#
#   cargo build --release --package segue
#   bench/start.sh [PROGRAM] [RUNS]
#
# Needs Linux (/proc) and a free port 18999 (or PORT=...).
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
program=$(realpath "${1:-$here/target/release/segue}")
runs=${2:-10}
port=${PORT:-18999}
folder=$(mktemp -d)
server=
stop() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; }
trap 'stop; rm -rf "$folder"' EXIT

unset SEGUE_DIR SEGUE_MASTER_KEY
"$program" init --dir "$folder/acme" --id acme --name 'Acme Access Networks' --listen "127.0.0.1:$port" >/dev/null
"$program" --dir "$folder/acme" book load "$here/samples/book" >/dev/null
mkfifo "$folder/out"

rss_kb() { awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"; }

for _ in $(seq "$runs"); do
  before=$(date +%s%N)
  "$program" --dir "$folder/acme" serve >"$folder/out" 2>/dev/null &
  server=$!
  read -r line <"$folder/out"
  after=$(date +%s%N)
  case $line in *"serves on"*) ;; *) echo "it does not serve: $line" >&2; exit 1 ;; esac
  echo $(((after - before) / 1000)) >>"$folder/start_us"
  # The first question brings the book into memory; then the process has a second to come to rest.
  "$program" --dir "$folder/acme" book show >/dev/null
  sleep 1
  rss_kb "$server" >>"$folder/rss_kb"
  kill "$server"
  wait "$server"
  server=
done

show() { # show FILE NAME DIVISOR UNIT
  sort -n "$1" | awk -v name="$2" -v by="$3" -v unit="$4" '
    { value[NR] = $1 / by }
    END {
      median = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
      printf "%-22s min %7.1f   median %7.1f   max %7.1f %s   (%d runs)\n", name, value[1], median, value[NR], unit, NR
    }'
}
show "$folder/start_us" 'exec to serving' 1000 ms
show "$folder/rss_kb" 'resident memory, idle' 1024 MB
