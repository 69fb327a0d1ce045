"""known-accounts.json: accounts whose owner is public."""

import re

import yaml

# What aws-cdk-lib calls accounts of AWS's own.
CDK = {
    "ELBV2_ACCOUNT": "ELB logs",
    "DLC_REPOSITORY_ACCOUNT": "Deep Learning Containers ECR",
    "APPMESH_ECR_ACCOUNT": "App Mesh Envoy ECR",
}
TYPED = {"elb": "ELB logs", "redshift": "Redshift logs", "cloudtrail": "CloudTrail logs"}


def build(sources):
    accounts = {}

    def add(number, name, kind, source, region=None, retired=False):
        account = accounts.setdefault(number, {"name": name, "type": kind, "sources": []})
        if source not in account["sources"]:
            account["sources"].append(source)
        if region and region not in account.setdefault("regions", []):
            account["regions"].append(region)
        if name != account["name"] and name not in account.setdefault("also", []):
            account["also"].append(name)
        if retired:
            account["retired"] = True

    repository = "fwdcloudsec/known_aws_accounts"
    for owner in yaml.safe_load(sources.git_file(repository, "accounts.yaml")):
        kind = "aws" if owner.get("type") == "aws" else "vendor"
        retired = owner.get("enabled") is False or bool(owner.get("deprecated_date"))
        for number in map(str, owner["accounts"]):
            if re.fullmatch(r"\d{12}", number):
                add(number, owner["name"], kind, repository, retired=retired)
    text = sources.text("aws-cdk-lib", "package/region-info/lib/built-ins.generated.js")
    for region, fact, number in re.findall(r'region:"([^"]+)",name:fact_1\(\)\.FactName\.(\w+),value:"(\d{12})"', text):
        if fact in CDK:
            add(number, CDK[fact], "aws", "aws-cdk-lib region-info", region)
    layers = r'region:"([^"]+)",name:fact_1\(\)\.FactName\.\w+\([^)]*\),value:"arn:[\w-]+:lambda:[\w-]+:(\d{12}):layer:'
    for region, number in sorted(set(re.findall(layers, text))):
        add(number, "AWS Lambda layer publisher", "aws", "aws-cdk-lib region-info", region)
    for file, name in TYPED.items():
        for region, number in sources.input(file):
            add(number, name, "aws", f"terraform-provider-aws {file} service_account", region)
    for account in accounts.values():
        if "regions" in account:
            account["regions"].sort()
        if not account.get("also", True):
            del account["also"]
    return accounts
