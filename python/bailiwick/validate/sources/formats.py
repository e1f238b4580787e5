"""The formats that say what their policies are used for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from bailiwick.reference.json_text import Node, pointer
from bailiwick.validate.sources.places import ACCOUNT, BY_MEMBER, CLOUDFORMATION, ORGANIZATION, TERRAFORM, Use
from bailiwick.validate.sources.search import FoundPolicy, Search, fields, text
from bailiwick.validate.sources.template import Template

_ORGANIZATION_MEMBERS = ("Roots", "Organization")


#: Reads the policies of a file of one format.
Format: TypeAlias = Callable[[Mapping[str, Node], Search], Iterator[FoundPolicy]]


def format_of(root: Node) -> Format | None:
    """How a file is read that says what its policies are used for; `None` for other files."""
    members = fields(root)
    if any(name in members for name in _ORGANIZATION_MEMBERS):
        return _organization
    if any(name in members for name in ACCOUNT):
        return _account
    if any("Type" in fields(resource) for resource in fields(members.get("Resources")).values()):
        return _template
    return _terraform if "terraform_version" in members or "planned_values" in members else None


def policies_of(root: Node, search: Search) -> Iterator[FoundPolicy]:
    """The policies of a file by its format; wherever they are if it has none."""
    read = format_of(root)
    return search.below(root, "", "", Use(None)) if read is None else read(fields(root), search)


def _account(members: Mapping[str, Node], search: Search) -> Iterator[FoundPolicy]:
    """What get-account-authorization-details prints; without AWS's own policies, which nobody there can mend."""
    for list_name, use in ACCOUNT.items():
        for at, item in enumerate(members[list_name].items if list_name in members else ()):
            where = f"/{list_name}/{at}"
            if list_name != "Policies":
                yield from _identity(fields(item), where, use, search)
            elif ":aws:policy/" not in (text(fields(item).get("Arn")) or ""):
                yield from _managed(fields(item), where, use, search)


def _identity(members: Mapping[str, Node], where: str, use: Use, search: Search) -> Iterator[FoundPolicy]:
    sort = next((sort for sort in ("User", "Group", "Role") if f"{sort}Name" in members), "Identity")
    label = f"{sort.lower()}/{text(members.get(f'{sort}Name')) or where}"
    trust = BY_MEMBER["AssumeRolePolicyDocument"]
    here = f"{where}/AssumeRolePolicyDocument"
    yield from search.below(members.get("AssumeRolePolicyDocument"), here, f"{label} trust policy", trust)
    inline = f"{sort}PolicyList"
    for at, item in enumerate(members[inline].items if inline in members else ()):
        name = text(fields(item).get("PolicyName")) or str(at)
        here = f"{where}/{inline}/{at}/PolicyDocument"
        yield from search.below(fields(item).get("PolicyDocument"), here, f"{label} {name}", use)


def _managed(members: Mapping[str, Node], where: str, use: Use, search: Search) -> Iterator[FoundPolicy]:
    """The default version of a managed policy."""
    name = f"policy/{text(members.get('PolicyName')) or where}"
    for at, item in enumerate(members["PolicyVersionList"].items if "PolicyVersionList" in members else ()):
        version = fields(item)
        if "IsDefaultVersion" not in version or version["IsDefaultVersion"].value is True:
            yield from search.below(version.get("Document"), f"{where}/PolicyVersionList/{at}/Document", name, use)


def _organization(members: Mapping[str, Node], search: Search) -> Iterator[FoundPolicy]:
    """An organization file: its own policies."""
    for at, item in enumerate(members["Policies"].items if "Policies" in members else ()):
        summary = fields(fields(item).get("PolicySummary")) or fields(item)
        if "AwsManaged" in summary and summary["AwsManaged"].value is True:
            continue
        name = text(summary.get("Name")) or text(summary.get("Id")) or str(at)
        use = ORGANIZATION.get(text(summary.get("Type")) or "", Use(None))
        yield from search.below(fields(item).get("Content"), f"/Policies/{at}/Content", name, use)


def _template(root: Mapping[str, Node], search: Search) -> Iterator[FoundPolicy]:
    """A CloudFormation template."""
    for resource in root["Resources"].members:
        members = fields(resource.node)
        type_, properties = text(members.get("Type")) or "", members.get("Properties")
        use = CLOUDFORMATION.get(type_, Use(None))
        if type_ == "AWS::Organizations::Policy":
            use = ORGANIZATION.get(text(fields(properties).get("Type")) or "", use)
        where = f"{pointer('/Resources', resource.name)}/Properties"
        yield from search.below(properties, where, resource.name, use, Template())


def _terraform(members: Mapping[str, Node], search: Search) -> Iterator[FoundPolicy]:
    """A plan (`planned_values`) or a state (`values`)."""
    for name in ("planned_values", "values"):
        yield from _module(fields(members.get(name)).get("root_module"), f"/{name}/root_module", search)


def _module(node: Node | None, where: str, search: Search) -> Iterator[FoundPolicy]:
    """A module of a Terraform plan or state, and the modules in it; data sources are what resources are made from."""
    members = fields(node)
    for at, resource in enumerate(members["resources"].items if "resources" in members else ()):
        described = fields(resource)
        type_, values = text(described.get("type")) or "", described.get("values")
        use = TERRAFORM.get(type_, Use(None))
        if type_ == "aws_organizations_policy":
            use = ORGANIZATION.get(text(fields(values).get("type")) or "SERVICE_CONTROL_POLICY", use)
        if text(described.get("mode")) != "data":
            name = text(described.get("address")) or type_
            yield from search.below(values, f"{where}/resources/{at}/values", name, use)
    for at, module in enumerate(members["child_modules"].items if "child_modules" in members else ()):
        yield from _module(module, f"{where}/child_modules/{at}", search)
