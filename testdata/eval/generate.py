#!/usr/bin/env python3
"""Asks Terraform what each expression in functions.txt is worth and writes functions.golden.json.

    testdata/eval/generate.py [terraform]

The test that reads the result does not need Terraform. The version it was generated with is the file's first member; run this again
after adding expressions, and look at the difference.

`terraform console` evaluates one line and prints one result, and stops at an error. So many expressions go into one line, each inside
`try`, which turns an error into a value: jsonencode([try({v = jsonencode(EXPRESSION)}, {e = true}), …]). A line must stay under
65,536 bytes: a longer one gives no output and status 0.

An expression whose result Terraform itself does not know (a null without a type, `sensitive`, `timestamp`) cannot be compared this way:
the script names it and fails.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
LONGEST_LINE = 60_000


def console(terraform, line, directory):
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        [terraform, "console", "-no-color"], input=line + "\n", capture_output=True, text=True, env=environment, cwd=directory
    )
    try:
        return json.loads(json.loads(done.stdout))
    except json.JSONDecodeError:
        return None, (done.stdout + done.stderr).strip()


def ask(terraform, expressions, directory):
    """The result of each expression, in order: halves a batch that Terraform does not answer until the guilty one is alone."""
    line = "jsonencode([" + ", ".join(f"try({{v = jsonencode({e})}}, {{e = true}})" for e in expressions) + "])"
    if len(line.encode()) < LONGEST_LINE:
        answer = console(terraform, line, directory)
        if not isinstance(answer, tuple):
            return answer
        if len(expressions) == 1:
            print(f"no result for {expressions[0]}: {answer[1]}", file=sys.stderr)
            return [None]
    middle = len(expressions) // 2
    return ask(terraform, expressions[:middle], directory) + ask(terraform, expressions[middle:], directory)


def main():
    terraform = sys.argv[1] if len(sys.argv) > 1 else "terraform"
    lines = (HERE / "functions.txt").read_text().splitlines()
    expressions = [line for line in lines if line.strip() and not line.startswith("#")]
    version = json.loads(subprocess.run([terraform, "version", "-json"], capture_output=True, text=True, check=True).stdout)
    with tempfile.TemporaryDirectory() as directory:
        # The functions of Terraform's own provider are there for those who ask for it.
        provider = 'terraform {\n  required_providers {\n    terraform = { source = "terraform.io/builtin/terraform" }\n  }\n}\n'
        pathlib.Path(directory, "main.tf").write_text(provider)
        answers = ask(terraform, expressions, directory)
    if None in answers:
        sys.exit("nothing is written: take out what has no result")
    cases = []
    for expression, answer in zip(expressions, answers, strict=True):
        case = {"expression": expression}
        # The result stays JSON text: reading it here would lose digits.
        case.update({"error": True} if "e" in answer else {"json": answer["v"]})
        cases.append("    " + json.dumps(case, ensure_ascii=False))
    text = '{\n  "terraform": "%s",\n  "cases": [\n%s\n  ]\n}\n' % (version["terraform_version"], ",\n".join(cases))
    (HERE / "functions.golden.json").write_text(text)
    print(f"{len(cases)} expressions, {sum('e' in answer for answer in answers)} errors")


if __name__ == "__main__":
    main()
