"""service-principals.json: names by which services act, and how AWS's own policies use them."""

import collections
import re

from sources import floyd_constants, listed

NAME = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?")
KEYS = {
    "iam:passedtoservice": "passed",
    "iam:awsservicename": "slr",
    "aws:principalservicename": "calls",
    "aws:calledvia": "calledvia",
    "aws:calledviafirst": "calledvia",
    "aws:calledvialast": "calledvia",
}


def build(sources, documents, escalations):
    found, uses = collections.defaultdict(set), collections.defaultdict(set)
    for name in floyd_constants(sources, "_aws_service_principals"):
        found[name].add("floyd")
    for document in documents.values():
        for statement in listed(document["Statement"]):
            for name, use in in_conditions(statement):
                found[name].add("managed-policies")
                uses[name].add(use)
    for path in escalations["paths"]:
        for name in path.get("passed_to", []):
            found[name].add("pathfinding")
            uses[name].add("compute")
    for source, name in sources.input("principals-added"):
        found[name].add(source)
    for (name,) in sources.input("principals-seen"):
        if name in found:
            found[name].add("tf-repos")
    return {name: {"src": sorted(found[name])} | ({"use": sorted(uses[name])} if uses[name] else {}) for name in found}


def in_conditions(statement):
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            use = KEYS.get(key.lower())
            if use and not operator.startswith("StringNot"):
                names = (value.strip() for value in listed(values))
                yield from ((name, use) for name in names if NAME.fullmatch(name))
