"""AWS's own findings beside ours: Access Analyzer's ValidatePolicy on AWS-managed policies, today's and older versions.

A finding is the same if its code and its places are. What differs has a reason that is computed or is listed by name.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bailiwick.reference.text import fold
from bailiwick.validate import Finding, ServiceReference, load_reference, validate_policy
from bailiwick.validate.checks.tags import has_tags
from bailiwick.validate.patterns import covers, matcher

DATA = Path(__file__).resolve().parents[2] / "shared/data"
#: What there is of findings: of the versions of one day, and of each version that had some.
Set: TypeAlias = Literal["current", "history"]
_SIZE = "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"

#: Why one side alone has a finding.
REASONS = {
    "exists now": "AWS was right when it said so: the service, action, key or tag support is in the reference by now",
    "not in the reference": "AWS's check knows services, actions and keys that its reference of that day does not list: retired "
    "ones (DeepRacer, CodeStar), and some that are new",
    "came later": "the document is older than AWS's check: AWS had not reported this code for any policy yet",
    "another code": "AWS says of each action that it does not exist; the whole service is unknown by now, which is "
    "`INVALID_SERVICE_IN_ACTION`",
    "no account": "ARNs of resource-explorer-2's views have an account in the reference; AWS's check does not ask for it",
    "one segment at a time": "`arn:aws:glue:*:*:*` covers the other only where a `*` runs over colons, which it does not (M-13, "
    "B-75)",
    "still a format": "the reference still has an ARN format of elastic-inference, whose service is gone",
    "many values": "the reference says how many values the key has, and AWS's check says otherwise, or said so then",
    "global key": "AWS said in 2023 that there is no `aws:PrincipalOrgMasterAccountId`; there is",
}


def rows(name: str) -> list[dict[str, Any]]:
    """Lines of a file of data."""
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@cache
def services() -> ServiceReference:
    """The reference that numbers are held against: AWS's of one day."""
    return load_reference(DATA / "service_reference.json.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A finding that one side alone has."""

    side: Literal["ours", "AWS"]
    code: str
    policy: str
    paths: tuple[str, ...]
    reason: str | None


@dataclass(slots=True)
class Comparison:
    """What both sides found, by code.

    Attributes:
        policies: How many documents were compared.
        misfits: Rows left out, since their findings are about texts that the document does not have.
        both: Findings that both have.
        differences: Findings that one has.
        beyond: Findings of checks that AWS reported nowhere in the set.
    """

    policies: int = 0
    misfits: int = 0
    both: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    beyond: Counter[str] = field(default_factory=Counter)

    def count(self, side: str, code: str) -> int:
        """Findings of a code that one side alone has."""
        return sum(one.side == side and one.code == code for one in self.differences)


@cache
def compare(which: Set) -> Comparison:
    """Validates the documents of a set and compares."""
    every = rows("peer_cases/aws_access_analyzer_findings")
    documents = {(row["name"], row["version_id"]): row["document"] for row in rows("aws_managed_policy_history")}
    codes = {found["code"] for row in every for found in row["findings"]}
    first: dict[str, str] = {}
    for row in every:
        for found in row["findings"]:
            first[found["code"]] = min(first.get(found["code"], "9"), row.get("observed", "9"))
    result = Comparison()
    for row in every:
        if row["kind"] != which or not row.get("analysed", True):
            continue
        document = documents[row["name"], row["version_id"]]
        if not all(_fits(found, document) for found in row["findings"]):
            result.misfits += 1
            continue
        result.policies += 1
        theirs = Counter(_key(found["code"], found["paths"]) for found in row["findings"])
        validated = validate_policy(json.dumps(document), kind="identity", services=services())
        ours = Counter(_key(found.code, _paths(found)) for found in validated)
        for code, paths in theirs | ours:
            if code not in codes:
                result.beyond[code] += ours[code, paths]
                continue
            common = min(theirs[code, paths], ours[code, paths])
            result.both[code] += common
            more: tuple[tuple[Literal["ours", "AWS"], int], ...] = (
                ("ours", ours[code, paths] - common),
                ("AWS", theirs[code, paths] - common),
            )
            for side, count in more:
                came_later = side == "ours" and row.get("observed", "9") < first[code]
                reason = "came later" if came_later else _reason(side, code, paths, row["name"], document)
                one = Difference(side=side, code=code, policy=row["name"], paths=paths, reason=reason)
                result.differences += [one] * count
    return result


def _key(code: str, paths: list[str]) -> tuple[str, tuple[str, ...]]:
    return code, () if code == _SIZE else tuple(sorted(paths))


def _paths(found: Finding) -> list[str]:
    return [place.path.strip("/").replace("~1", "/").replace("~0", "~") for place in found.locations]


def _at(document: Any, path: str) -> Any:
    """The value at one of their paths, in which slashes of keys are not escaped; `None` if there is none."""
    head, condition, rest = path.partition("/Condition/")
    steps = [*head.split("/"), "Condition", *rest.split("/", 1)] if condition else head.split("/")
    found = document
    for at, step in enumerate(steps):
        try:
            if isinstance(found, dict) and step not in found and at == len(steps) - 1:
                name, _, index = step.rpartition("/")
                found = found[name][int(index)]
            else:
                found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return found


def _fits(found: Mapping[str, Any], document: Any) -> bool:
    """Whether a finding can be about a document: what it names is there."""
    values = [_at(document, path) for path in found["paths"] if path]
    if any(value is None for value in values):
        return False
    named = re.search(r"The (?:action|service) (\S+:\S+?) ", found["details"])
    if named is not None and any(isinstance(value, str) and value != named[1] for value in values):
        return False
    code: str = found["code"]
    if code == _SIZE:
        said = int(found["details"].split()[1])
        return abs(said - len(re.sub(r"\s", "", json.dumps(document, ensure_ascii=False)))) <= 2
    if code.startswith(("PASS_ROLE", "CREATE_SLR")):
        wanted = "iam:passrole" if code.startswith("PASS_ROLE") else "iam:createservicelinkedrole"
        patterns = _listed(next(_at(document, path) for path in found["paths"] if "/Action" in path))
        return any(fold(text) == wanted if "STAR_IN_ACTION" not in code else matcher(fold(text))(wanted) for text in patterns)
    if code in ("REDUNDANT_ACTION", "REDUNDANT_RESOURCE"):
        folded = [fold(text) for value in values for text in _listed(value)]
        return any(all(covers(one, other) for other in folded) for one in folded)
    return True


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else value


#: Differences whose reason cannot be computed.
_NAMED: Mapping[tuple[str, str], str] = {
    ("AmazonCodeGuruReviewerServiceRolePolicy", "FORALLVALUES_WITH_SINGLE_VALUED_KEY"): "many values",
    ("AmazonSecurityLakeMetastoreManager", "REDUNDANT_RESOURCE"): "one segment at a time",
    ("AWSAuditManagerAdministratorAccess", "MISSING_QUALIFIER"): "many values",
    ("AWSAuditManagerServiceRolePolicy", "MISSING_QUALIFIER"): "many values",
    ("AWSSSOServiceRolePolicy", "INVALID_GLOBAL_CONDITION_KEY"): "global key",
    ("BatchServiceRolePolicy", "INVALID_SERVICE"): "still a format",
    ("ServiceCatalogAdminReadOnlyAccess", "INVALID_ACTION"): "another code",
}


def _reason(side: str, code: str, paths: tuple[str, ...], policy: str, document: Any) -> str | None:
    """Why one side alone has a finding; `None` if that is not known."""
    if (policy, code) in _NAMED:
        return _NAMED[policy, code]
    text = str(_at(document, paths[0])) if paths else ""
    if code == "MISSING_ARN_ACCOUNT" and text.startswith("arn:aws:resource-explorer-2:"):
        return "no account"
    known = _is_known(code, paths, document)
    if known is not None and known is (side == "AWS"):
        return "exists now" if known else "not in the reference"
    return None


def _is_known(code: str, paths: tuple[str, ...], document: Any) -> bool | None:
    """Whether what a finding says is missing is in the reference; `None` for findings of other sorts."""
    path = paths[0] if paths else ""
    value = _at(document, path)
    text = str(value)
    key = path.partition("/Condition/")[2].partition("/")[2]
    if code in ("INVALID_ACTION", "INVALID_SERVICE_IN_ACTION"):
        return bool(services().expand(text))
    if code == "INVALID_SERVICE_CONDITION_KEY":
        return services().condition_key(key) is not None
    if code == "INVALID_SERVICE" and text.endswith(".amazonaws.com"):
        return services().service(text.removesuffix(".amazonaws.com")) is not None
    if code == "INVALID_SERVICE" and key:
        return services().knows_key_prefix(key.partition(":")[0])
    if code == "INVALID_SERVICE":
        service = text.split(":")[2]
        return bool(services().arn_formats(service)) or services().service(service) is not None
    if code == "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE":
        actions = (str(_at(document, path)) for path in paths if "/Action" in path)
        return all(has_tags(service) for action in actions for service, _ in services().matching(action))
    return None
