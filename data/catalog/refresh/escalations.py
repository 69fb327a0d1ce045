"""privilege-escalation.json: sets of actions that raise their holder's permissions, and lists of sensitive actions."""

import ast
import json
import re

import yaml

from sources import listed

LABELS = {
    "self-escalation": "change own (or own group's/role's) permissions with {}",
    "principal-access": "obtain another principal's credentials with {}",
    "new-passrole": "pass a privileged role to a newly created resource: {}",
    "existing-passrole": "run code under the role of an existing resource: {}",
}
LISTS = ("CredentialExposure", "DataAccess", "PrivEsc", "ResourceExposure")


def build(sources, reference):
    names = (f"{prefix}:{name}" for prefix, service in reference["services"].items() for name in service["actions"])
    sets = Sets({name.lower(): name for name in names})
    pathfinding(sources, sets)
    cloudsplaining(sources, sets)
    labs(sources, sets)
    rhino(sources, sets)
    return {"paths": sets.rows(), "sensitive_actions": sensitive(sources)}


class Sets:
    """Sets by their actions, so that one that several sources list is one."""

    def __init__(self, spelling):
        self.spelling, self.sets = spelling, {}

    def add(self, name, actions, source, category=None):
        actions = {self.spelling.get(action.lower(), action) for action in actions}
        empty = {"id": name, "required": sorted(actions), "sources": [], "aliases": []}
        row = self.sets.setdefault(frozenset(action.lower() for action in actions), empty)
        if name != row["id"]:
            row["aliases"].append(name)
        if source not in row["sources"]:
            row["sources"].append(source)
        if category:
            row.setdefault("category", category)
        return row

    def rows(self):
        for actions, row in self.sets.items():
            row["category"] = row.get("category") or category(row["required"])
            row["label"] = LABELS[row["category"]].format(" + ".join(row["required"]))
            # No other set is part of it.
            row["min"] = not any(other < actions for other in self.sets)
            unknown = [action for action in row["required"] if action.lower() not in self.spelling]
            row |= {"unknown_actions": unknown} if unknown else {}
            if not row["aliases"]:
                del row["aliases"]
        return sorted(self.sets.values(), key=lambda row: row["id"])


def category(actions):
    """What a set is that its source does not class."""
    if "iam:PassRole" in actions:
        return "new-passrole"
    return "self-escalation" if all(action.startswith("iam:") for action in actions) else "existing-passrole"


def pathfinding(sources, sets):
    for text in sources.git_files("DataDog/pathfinding.cloud", "data/paths", ".yaml").values():
        path = yaml.safe_load(text)
        actions = [permission["permission"] for permission in path["permissions"]["required"]]
        row = sets.add(path["id"], actions, "pathfinding.cloud", path["category"])
        before = path.get("prerequisites") or []
        if isinstance(before, dict):
            before = [line for lines in before.values() if isinstance(lines, list) for line in lines]
        principals = {name for line in before if isinstance(line, str) for name in re.findall(r"\b([a-z0-9.-]+\.amazonaws\.com)\b", line)}
        if principals:
            row["passed_to"] = sorted(principals)


def cloudsplaining(sources, sets):
    source = f"cloudsplaining {sources.version('cloudsplaining')}"
    values = {}
    for node in ast.parse(sources.text("cloudsplaining", "cloudsplaining/shared/constants.py")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if getattr(target, "id", "").startswith("PRIVILEGE_ESCALATION_"):
            values[target.id] = node.value
    paths = ast.literal_eval(values["PRIVILEGE_ESCALATION_PATHFINDING_PATHS"])
    for name, actions in ast.literal_eval(values["PRIVILEGE_ESCALATION_METHODS"]).items():
        sets.add((paths.get(name) or f"cs/{name}").split("/paths/")[-1], actions, source)


def labs(sources, sets):
    for file, text in sources.git_files("DataDog/pathfinding-labs", "modules/scenarios", "scenario.yaml").items():
        if "multi-hop" in file or "cross-account" in file:
            continue
        scenario = yaml.safe_load(text)
        required = scenario["permissions"]["required"] if scenario.get("category") == "Privilege Escalation" else []
        if len(required) == 1:
            actions = [permission["permission"] for permission in required[0]["permissions"]]
            actions = [action for action in actions if ":" in action and "*" not in action]
            if actions:
                sets.add(f"lab/{scenario['name']}", actions, "pathfinding-labs", scenario.get("sub_category"))


def rhino(sources, sets):
    text = sources.git_file("RhinoSecurityLabs/AWS-IAM-Privilege-Escalation", "README.md")
    for number, body in re.findall(r"^## (\d+)\. .*?### Required Permission\(s\)\n(.*?)\n###", text, re.S | re.M):
        actions = re.findall(r"^- `([a-z0-9-]+:\w+)`", body, re.M)
        if actions:
            sets.add(f"rhino-{int(number):02d}", actions, "rhino")


def sensitive(sources):
    tags = json.loads(sources.git_file("iann0036/iam-dataset", "aws/tags.json")).get("iam", {})
    lists = {}
    for name in LISTS:
        policy = json.loads(sources.git_file("primeharbor/sensitive_iam_actions", f"policies/{name}.json"))
        actions = {action for statement in listed(policy["Statement"]) for action in listed(statement["Action"])}
        lists[name] = sorted(actions | set(tags.get(name, [])))
    return lists
