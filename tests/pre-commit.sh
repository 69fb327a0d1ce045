#!/usr/bin/env bash
# Commits with the real pre-commit, or with prek, and the hook rolelint-system: a role that a vendor's other customers can use is stopped, the same role
# with an external ID passes, and no name of a file is taken for an option. Needs pre-commit or prek, and git, and no network.
# Usage: tests/pre-commit.sh PATH-OF-ROLELINT [pre-commit|prek]
set -euo pipefail

rolelint=$1
runner=${2:-pre-commit}
hooks=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.pre-commit-hooks.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Nothing of the user's own git, and nothing of a hook that this may run in.
unset "${!GIT_@}"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.com GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.com
export PRE_COMMIT_HOME=$work/cache PREK_HOME=$work/cache HOME=$work PRE_COMMIT_COLOR=never PREK_COLOR=never
mkdir "$work/bin" && ln -s "$rolelint" "$work/bin/rolelint"
export PATH=$work/bin:$PATH

fail() {
    echo "FAILED: $1" >&2
    cat "$work/log" >&2
    exit 1
}

# The hooks as pre-commit takes them: from a git repository, at a commit.
mkdir "$work/hooks" "$work/infra"
cp "$hooks" "$work/hooks/"
cd "$work/hooks"
git init --quiet && git add . && git commit --quiet --message hooks
revision=$(git rev-parse HEAD)

cd "$work/infra"
git init --quiet
cat >.pre-commit-config.yaml <<CONFIG
repos:
  - repo: $work/hooks
    rev: $revision
    hooks:
      - id: rolelint-system
CONFIG
mkdir monitoring storage
# The role with what stands behind its action.
role() {
    cat <<TERRAFORM
resource "aws_iam_role" "datadog" {
  name = "datadog"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::464622532012:root" }
      Action    = "sts:AssumeRole"
      $1
    }]
  })
}
TERRAFORM
}
role '' >monitoring/main.tf
echo 'resource "aws_s3_bucket" "logs" {}' >storage/main.tf
git add .
"$runner" install >"$work/log" 2>&1 || fail "$runner install"

if git commit --message 'Let Datadog in' >"$work/log" 2>&1; then fail 'the commit with the weakness passed'; fi
grep -q 'high\[external-id-required\]' "$work/log" || fail 'the finding is not shown'
grep -q 'monitoring/main.tf:8:' "$work/log" || fail 'its place is not shown'
# The hook runs once, with both files. prek indents what it says.
[ "$(grep -c '^ *Looked at ' "$work/log")" = 1 ] || fail 'the hook ran more than once'

role 'Condition = { StringEquals = { "sts:ExternalId" = "5d0a6b1e-9c3f-4e0e-8a53-6f7f4a8f0a11" } }' >monitoring/main.tf
git add .
git commit --message 'Let Datadog in, with an external ID' >"$work/log" 2>&1 || fail 'the commit without a weakness is stopped'
grep -q 'Passed' "$work/log" || fail 'the hook did not run'

# A commit of a policy alone: the one that the source reads, and one that nothing reads.
mkdir policies
statement() {
    echo "{ \"Version\": \"2012-10-17\", \"Statement\": [{ \"Effect\": \"Allow\", \"Action\": \"$1\", \"Resource\": \"*\" }] }"
}
statement 's3:ListAllMyBuckets' >policies/read.json
statement 's3:ListAllMyBuckets' >policies/alone.json
cat >storage/main.tf <<'TERRAFORM'
resource "aws_iam_role_policy" "storage" {
  role   = "storage"
  policy = file("${path.module}/../policies/read.json")
}
TERRAFORM
git add .
git commit --message 'Add policies' >"$work/log" 2>&1 || fail 'the commit of good policies is stopped'
for name in read alone; do
    statement '*' >policies/$name.json
    git add .
    if git commit --message 'Allow everything' >"$work/log" 2>&1; then fail "the commit of policies/$name.json passed"; fi
    grep -q "admin-access" "$work/log" || fail "the finding in policies/$name.json is not shown"
    git checkout --quiet HEAD -- policies
done

# JSON that is no policy is no mistake.
echo '{ "color": "blue" }' >policies/settings.json
git add .
git commit --message 'Add settings' >"$work/log" 2>&1 || fail 'JSON that is no policy stops the commit'
grep -q 'Passed' "$work/log" || fail 'the hook did not run'

# Names of files are no options: neither one that would switch the rule off, nor one that would write a file elsewhere.
mkdir "$work/outside"
echo 'rule "external-id-required" { level = "allow" }' >evil.tf
echo 'variable "a" {}' >'--config=evil.tf'
output="--output=json=$work/outside/x.tf"
mkdir -p -- "$(dirname -- "$output")"
echo 'variable "b" {}' >"./$output"
git add .
git commit --message 'Add files whose names are options' >"$work/log" 2>&1 || fail 'names of files are options'
grep -q 'Passed' "$work/log" || fail 'the hook did not run'
role '' >monitoring/main.tf
echo 'variable "c" {}' >>'--config=evil.tf'
echo 'variable "d" {}' >>"./$output"
git add .
if git commit --message 'Let Datadog in' >"$work/log" 2>&1; then fail 'a name of a file steers the run'; fi
grep -q 'high\[external-id-required\]' "$work/log" || fail 'the finding is not shown'
[ -z "$(ls -A "$work/outside")" ] || fail 'a name of a file says where to write'

# Arguments of the user's own take the place of the hook's. Without `--` at their end the run ends before it begins.
with_arguments() {
    sed -i.old '/^        args:/d' .pre-commit-config.yaml && rm .pre-commit-config.yaml.old
    echo "        args: [$1]" >>.pre-commit-config.yaml
    git add .
}
with_arguments '--fail-on, high'
# shellcheck disable=SC2016
if git commit --message 'Forget --' >"$work/log" 2>&1; then fail 'a name of a file is an option where `--` is missing'; fi
# shellcheck disable=SC2016
grep -q 'is an option and also the name of a file here: put `--` before the names of files' "$work/log" || fail 'nothing says what is missing'
if grep -q 'external-id-required' "$work/log"; then fail 'the run went on'; fi
[ -z "$(ls -A "$work/outside")" ] || fail 'a name of a file says where to write'
with_arguments '--fail-on, high, --'
if git commit --message 'Remember --' >"$work/log" 2>&1; then fail 'the commit with the weakness passed'; fi
grep -q 'high\[external-id-required\]' "$work/log" || fail 'the finding is not shown'
with_arguments '--fail-on, critical, --'
git commit --message 'Fail on what is critical' >"$work/log" 2>&1 || fail 'arguments of the user do not count'

# What a terragrunt.hcl reads is judged with the units that read it: the value that changes is nowhere in the finding.
mkdir -p modules/role live/ledger
cat >modules/role/main.tf <<'TERRAFORM'
variable "principal" {}

resource "aws_iam_role" "this" {
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = var.principal }, Action = "sts:AssumeRole" }]
  })
}
TERRAFORM
cat >live/ledger/terragrunt.hcl <<'TERRAGRUNT'
locals {
  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))
}

terraform {
  source = "../../modules//role"
}

inputs = {
  principal = local.env.locals.public ? "*" : "arn:aws:iam::111111111111:role/ledger"
}
TERRAGRUNT
echo 'locals { public = false }' >live/env.hcl
git add .
git commit --message 'Add a unit' >"$work/log" 2>&1 || fail 'the commit of a good unit is stopped'
echo 'locals { public = true }' >live/env.hcl
git add .
if git commit --message 'Open the unit' >"$work/log" 2>&1; then fail 'the commit of what opens a unit passed'; fi
grep -q 'trust-any-principal' "$work/log" || fail 'the finding of the unit is not shown'
git checkout --quiet HEAD -- live

# A file that has nothing to do with Terraform does not run it, and neither does HCL of other programs.
echo hello >README.md
for name in .terraform.lock.hcl image.pkr.hcl job.nomad.hcl role.tftest.hcl; do
    echo '# nothing' >$name
done
git add .
git commit --message 'Add a file' >"$work/log" 2>&1 || fail 'a commit without Terraform is stopped'
grep -q 'Skipped' "$work/log" || fail 'the hook ran without need'
echo 'the hook stops what it should'
