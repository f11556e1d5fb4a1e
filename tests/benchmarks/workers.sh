#!/bin/bash
# workers.sh BITLOOM_CLI [field=value ...]
# How much more work two one-thread workers do than one: trains a run alone, then two at once, and
# prints tokens a second of each and the ratio of the sums. Uses the built-in data unless told
# otherwise (dataset.name=ptb_char). Measure on a quiet machine with two free cores.
set -euo pipefail
cli=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

worker() {  # worker LIBRARY fields...: tokens a second of its training steps
    local library=$1
    shift
    "$cli" train demo/full --library "$library" --json --set \
        quantizer.method=binary_connect normalization.method=weight model.hidden=512 training.batch=64 training.window=100 training.steps=24 \
        training.threads=1 probes.every=0 training.sample_length=0 training.evaluation_limit=1 \
        "$@" | tail -n 1 | sed 's/.*"tokens_per_second":\([0-9.e+]*\).*/\1/'
}

alone=$(worker "$folder/alone" "$@")
worker "$folder/first" "$@" >"$folder/first.txt" &
first=$!
worker "$folder/second" "$@" >"$folder/second.txt" &
second=$!
wait $first
wait $second
awk -v one="$alone" -v a="$(cat "$folder/first.txt")" -v b="$(cat "$folder/second.txt")" 'BEGIN {
    printf "one worker   %8.0f tokens/s\ntwo workers  %8.0f + %.0f tokens/s\nratio        %8.2f\n", one, a, b, (a + b) / one
}'
