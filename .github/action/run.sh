#!/usr/bin/env bash
# Runs rolelint once for action.yml: the report goes to the log, SARIF to a file, a short report to the summary of the job.
#
# Inputs come as environment variables, never as text of this script: ROLELINT (the program), INPUT_PATHS and INPUT_ARGS (one a
# line), INPUT_CONFIG, INPUT_FAIL_ON, INPUT_MIN_SEVERITY. Outputs: `status`, rolelint's exit status, and `sarif-file`. This script
# itself fails only if it cannot do its work: a later step of the action ends the job with `status`, after the upload.
set -euo pipefail

# No summary may be larger than 1 MiB.
most_lines=1000

sarif=$RUNNER_TEMP/rolelint.sarif
concise=$RUNNER_TEMP/rolelint.txt
rm -f -- "$sarif" "$concise"

arguments=(check --format full --output "sarif=$sarif" --output "concise=$concise")
if [ -n "${INPUT_CONFIG:-}" ]; then arguments+=(--config "$INPUT_CONFIG"); fi
if [ -n "${INPUT_FAIL_ON:-}" ]; then arguments+=(--fail-on "$INPUT_FAIL_ON"); fi
if [ -n "${INPUT_MIN_SEVERITY:-}" ]; then arguments+=(--min-severity "$INPUT_MIN_SEVERITY"); fi

# Appends each line of $1 that is not empty.
append_lines() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        if [ -n "$line" ]; then arguments+=("$line"); fi
    done <<<"$1"
}
append_lines "${INPUT_ARGS:-}"
arguments+=(--)
append_lines "${INPUT_PATHS:-.}"

status=0
"${ROLELINT:-rolelint}" "${arguments[@]}" || status=$?
echo "status=$status" >>"$GITHUB_OUTPUT"
if [ -s "$sarif" ]; then echo "sarif-file=$sarif" >>"$GITHUB_OUTPUT"; fi

{
    echo '### rolelint'
    echo
    if [ -s "$concise" ]; then
        # A longer fence than any that a path or a policy is likely to hold.
        echo '``````text'
        head -n "$most_lines" "$concise"
        echo '``````'
        lines=$(wc -l <"$concise")
        if [ "$lines" -gt "$most_lines" ]; then echo "Only the first $most_lines of $((lines)) lines; the log has all."; fi
    else
        echo "rolelint ended with status $status and without a report: the log says why."
    fi
} >>"$GITHUB_STEP_SUMMARY"
