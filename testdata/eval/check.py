#!/usr/bin/env python3
"""Asks Terraform whether the values that the pages of this directory claim are right.

    testdata/eval/check.py [terraform] [page.md …]

The tests that read the pages do not need Terraform. Run this after writing values by hand. Examples with resources or data sources of a
provider are left out, since they would need the provider; so are values in angles, which Terraform does not know either or refuses.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
FENCE = re.compile(r"^(`{3,})(\w*)")
NAME = re.compile(r"^`([^`]+)`:$")
MARK = re.compile(r"^\s*(\w+)\s*=.*# = (.*)$")
ABOVE = re.compile(r"^\s*# = (.*)$")
ATTRIBUTE = re.compile(r"^\s*(\w+)\s*=")


def tests(page):
    """Each heading with the files under it."""
    heading, name, files, inside = "", None, {}, None
    for line in page.read_text().splitlines():
        if inside is not None:
            if line.strip() == "```":
                inside = None
            elif inside:
                files[inside] += line + "\n"
            continue
        fence = FENCE.match(line)
        if fence:
            inside = name or ""
            if not name and fence[2] == "hcl":
                inside = next(n for n in ["main.tf"] + [f"main{i}.tf" for i in range(2, 99)] if n not in files)
            if inside:
                files[inside] = ""
            name = None
        elif line.startswith("#"):
            if files:
                yield heading, files
            heading, files, name = line.strip("# "), {}, None
        elif NAME.match(line.strip()):
            name = NAME.match(line.strip())[1]
        elif line.strip():
            name = None
    if files:
        yield heading, files


def claims(text):
    above = None
    for line in text.splitlines():
        if ABOVE.match(line):
            above = ABOVE.match(line)[1]
            continue
        mark, attribute = MARK.match(line), ATTRIBUTE.match(line)
        if mark:
            yield mark[1], mark[2].strip()
        elif above is not None and attribute:
            yield attribute[1], above
        above = None


def terraform_says(terraform, directory, names):
    """What each local is worth: asked one by one, since a wrong one takes the others with it."""
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1"}
    run = lambda *arguments, text="": subprocess.run(
        [terraform, *arguments], input=text, capture_output=True, text=True, env=environment, cwd=directory
    )
    ready = run("init", "-no-color", "-backend=false", "-input=false")
    if ready.returncode:
        return None, ready.stderr.strip().splitlines()[:6]
    answers = {}
    for name in names:
        done = run("console", "-no-color", text=f"jsonencode(local.{name})\n")
        # Warnings about other locals may stand around the answer.
        quoted = [line for line in done.stdout.splitlines() if line.startswith('"') and line.endswith('"')]
        if quoted:
            answers[name] = json.loads(json.loads(quoted[0]))
        elif "known after apply" not in done.stdout:
            answers[name] = ValueError((done.stdout + done.stderr).strip()[:400])
    return answers, None


def main():
    arguments = sys.argv[1:]
    terraform = next((a for a in arguments if not a.endswith(".md")), "terraform")
    pages = [pathlib.Path(a) for a in arguments if a.endswith(".md")] or sorted(HERE.glob("*.md"))
    checked = wrong = 0
    for page in pages:
        for heading, files in tests(page):
            texts = "".join(files.values())
            wanted = dict(c for text in files.values() for c in claims(text))
            known = {name: value for name, value in wanted.items() if "<" not in value}
            tofu = any(name.endswith(".tofu") or ".tofu." in name for name in files)
            if not known or tofu or re.search(r'^\s*(resource|data|provider) "', texts, re.M):
                continue
            with tempfile.TemporaryDirectory() as directory:
                for name, text in files.items():
                    path = pathlib.Path(directory, name)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
                answers, error = terraform_says(terraform, directory, known)
            if answers is None:
                print(f"{page.name}: {heading}: not checked: {' '.join(error)}")
                continue
            for name, answer in answers.items():
                checked += 1
                value = known[name]
                if isinstance(answer, ValueError) or json.dumps(answer, sort_keys=True) != json.dumps(json.loads(value), sort_keys=True):
                    wrong += 1
                    shown = answer if isinstance(answer, ValueError) else json.dumps(answer, ensure_ascii=False)
                    print(f"{page.name}: {heading}: local.{name}\n    page:      {value}\n    Terraform: {shown}")
    print(f"{checked} values asked, {wrong} differ")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
