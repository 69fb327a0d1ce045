#!/usr/bin/env bash
# Runs rolelint once for action.yml: the report goes to the log, SARIF to a file, a summary to the page of the job. Where SARIF is not
# uploaded, workflow commands show the findings beside the lines of a pull request.
#
# Inputs come as environment variables, never as text of this script: ROLELINT (the program), INPUT_PATHS and INPUT_ARGS (one a
# line), INPUT_CONFIG, INPUT_FAIL_ON, INPUT_MIN_SEVERITY, INPUT_UPLOAD_SARIF. Outputs: `status`, rolelint's exit status, and
# `sarif-file`. This script itself fails only if it cannot do its work: a later step of the action ends the job with `status`, after the
# upload.
set -euo pipefail

sarif=$RUNNER_TEMP/rolelint.sarif
summary=$RUNNER_TEMP/rolelint.md
annotations=$RUNNER_TEMP/rolelint-annotations.txt
rm -f -- "$sarif" "$summary" "$annotations"

arguments=(check --format full --output "sarif=$sarif" --output "markdown=$summary")
# The same condition as that of the upload in action.yml, where `==` takes no notice of case.
case ${INPUT_UPLOAD_SARIF-true} in
[Tt][Rr][Uu][Ee]) ;;
*) arguments+=(--output "github=$annotations") ;;
esac
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

# The log shows source, and the runner obeys commands wherever they stand in a line (`##[add-mask]`): it is told to obey none until it reads a
# word that nobody can know. What rolelint says on standard error goes the same way, so that none of it comes after that word.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
status=0
echo "::stop-commands::$token"
"${ROLELINT:-rolelint}" "${arguments[@]}" 2>&1 || status=$?
echo "::$token::"
# These lines are commands on purpose; rolelint escapes what stands in them.
if [ -s "$annotations" ]; then cat -- "$annotations"; fi

echo "status=$status" >>"$GITHUB_OUTPUT"
if [ -s "$sarif" ]; then echo "sarif-file=$sarif" >>"$GITHUB_OUTPUT"; fi

# rolelint keeps its summary below the 1 MiB that GitHub takes.
if [ -s "$summary" ]; then
    cat -- "$summary" >>"$GITHUB_STEP_SUMMARY"
else
    printf '### rolelint\n\nrolelint ended with status %s and without a report: the log says why.\n' "$status" >>"$GITHUB_STEP_SUMMARY"
fi
