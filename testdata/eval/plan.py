#!/usr/bin/env python3
"""Asks Terraform for a plan of each configuration in configurations/*.md and writes configurations.golden.json.

    testdata/eval/plan.py [terraform] [page.md …]

The test that reads the result does not need Terraform. Run this again after adding configurations, and look at the difference. With
pages named, it prints what it finds and writes nothing.

A heading is a configuration and the fenced blocks under it are its files, as on the other pages. All resources are `terraform_data`,
which Terraform has built in: nothing is downloaded. A block called `options.json` may hold

    {"directory": "envs/prod", "workspace": "staging", "arguments": ["-var=a=b", "-var-file=x.tfvars"]}

Of the plan are kept the arguments of every resource instance and the root module's outputs. Where the plan does not know a value,
{"(known after apply)": value} has what it is after the apply, with zeros for generated ids. Of a configuration that Terraform refuses,
the errors' summaries are kept.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from check import HERE, tests

UNKNOWN = "(known after apply)"


GENERATED = re.compile("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def with_unknown(after, unknown, applied):
    """A value of the plan with its unknown parts marked: `after_unknown` has `true` for each."""
    if unknown is True:
        return {UNKNOWN: json.loads(GENERATED.sub("00000000-0000-0000-0000-000000000000", json.dumps(applied)))}
    if isinstance(unknown, dict):
        after, applied = after or {}, applied or {}
        names = sorted(after.keys() | unknown.keys())
        return {name: with_unknown(after.get(name), unknown.get(name), applied.get(name)) for name in names}
    if isinstance(unknown, list):
        at = lambda items, index: items[index] if items and index < len(items) else None
        return [with_unknown(at(after, i), at(unknown, i), at(applied, i)) for i in range(max(len(unknown), len(after or [])))]
    return after


def resources_of(module):
    """Arguments by address, in a module of a state and those below."""
    found = {resource["address"]: resource["values"] for resource in module.get("resources", [])}
    for child in module.get("child_modules", []):
        found.update(resources_of(child))
    return found


def plan(terraform, directory, options):
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1"}
    if "workspace" in options:
        environment["TF_WORKSPACE"] = options["workspace"]

    def run(*arguments):
        return subprocess.run([terraform, *arguments], capture_output=True, text=True, env=environment, cwd=directory)

    def errors(done):
        messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        diagnostics = [message["diagnostic"] for message in messages if message.get("type") == "diagnostic"]
        summaries = [diagnostic["summary"] for diagnostic in diagnostics if diagnostic["severity"] == "error"]
        return {"error": sorted(set(summaries)) or [done.stderr.strip()[:200]]}

    done = run("init", "-json", "-input=false")
    if done.returncode:
        return errors(done)
    done = run("plan", "-json", "-input=false", "-lock=false", "-out=plan", *options.get("arguments", []))
    if done.returncode:
        return errors(done)
    shown = json.loads(run("show", "-json", "plan").stdout)
    done = run("apply", "-json", "-input=false", "-lock=false", "plan")
    if done.returncode:
        return errors(done)
    state = json.loads(run("show", "-json").stdout).get("values", {})
    applied = resources_of(state.get("root_module", {}))
    resources, outputs = {}, {}
    for resource in shown.get("resource_changes", []):
        change, address = resource["change"], resource["address"]
        merged = with_unknown(change["after"], change["after_unknown"], applied[address])
        resources[address] = {name: merged[name] for name in ("input", "triggers_replace") if merged.get(name) is not None}
    for name, change in shown.get("output_changes", {}).items():
        value = state.get("outputs", {}).get(name, {}).get("value")
        outputs[name] = with_unknown(change.get("after"), change["after_unknown"], value)
    # An output whose value is null is no change.
    for name in shown.get("planned_values", {}).get("outputs", {}):
        outputs.setdefault(name, None)
    return {"resources": dict(sorted(resources.items())), "outputs": dict(sorted(outputs.items()))}


def main():
    arguments = sys.argv[1:]
    terraform = next((a for a in arguments if not a.endswith(".md")), "terraform")
    named = [pathlib.Path(a) for a in arguments if a.endswith(".md")]
    version = json.loads(subprocess.run([terraform, "version", "-json"], capture_output=True, text=True, check=True).stdout)
    planned = []
    for page in named or sorted((HERE / "configurations").glob("*.md")):
        for heading, files in tests(page):
            options = json.loads(files.pop("options.json", "{}"))
            with tempfile.TemporaryDirectory() as directory:
                for name, text in files.items():
                    path = pathlib.Path(directory, name)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
                found = plan(terraform, pathlib.Path(directory, options.get("directory", "")), options)
            planned.append({"page": page.name, "title": heading, **found})
            if named or ("error" in found) != (page.name == "refused.md"):
                print(json.dumps(planned[-1], indent=2, ensure_ascii=False))
    if not named:
        lines = ",\n".join("    " + json.dumps(one, ensure_ascii=False) for one in planned)
        text = '{\n  "terraform": "%s",\n  "configurations": [\n%s\n  ]\n}\n' % (version["terraform_version"], lines)
        (HERE / "configurations.golden.json").write_text(text)
    print(f"{len(planned)} configurations, {sum('error' in one for one in planned)} of them refused")


if __name__ == "__main__":
    main()
