"""The condition keys that every service shares, and what validation has to know of them (X rules)."""

from __future__ import annotations

from dataclasses import dataclass

from bailiwick.reference.text import fold
from bailiwick.validate.services import ConditionKey


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalKey:
    """A key that starts with `aws:`.

    Attributes:
        key: Name, type and arity; the key of a tag ends in `/${TagKey}`.
        always: Every request has it (4.2, 4.4).
    """

    key: ConditionKey
    always: bool = False


def _keys(type_: str, *names: str, multivalued: bool = False, always: bool = False) -> list[GlobalKey]:
    return [GlobalKey(key=ConditionKey(name=name, type=type_, multivalued=multivalued), always=always) for name in names]


_ALL = (
    *_keys("Date", "aws:CurrentTime", "aws:EpochTime", always=True),
    *_keys("Date", "aws:TokenIssueTime"),
    *_keys("Bool", "aws:SecureTransport", always=True),
    *_keys(
        "Bool",
        "aws:AssumedRoot",
        "aws:IsMcpServiceAction",
        "aws:MultiFactorAuthPresent",
        "aws:PrincipalIsAWSService",
        "aws:ViaAWSMCPService",
        "aws:ViaAWSService",
    ),
    *_keys("Numeric", "aws:MultiFactorAuthAge"),
    *_keys("IPAddress", "aws:Ec2InstanceSourcePrivateIPv4", "aws:SourceIp", "aws:VpcSourceIp"),
    *_keys("ARN", "aws:ChatbotSourceArn", "aws:PrincipalArn", "aws:SignInSessionArn", "aws:SourceArn", "aws:SourceVpcArn"),
    *_keys("String", "aws:RequestedRegion", "aws:UserAgent", always=True),
    *_keys(
        "String",
        "aws:CalledViaAWSMCP",
        "aws:CalledViaFirst",
        "aws:CalledViaLast",
        "aws:Ec2InstanceSourceVpc",
        "aws:FederatedProvider",
        "aws:PrincipalAccount",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgMasterAccountId",
        "aws:PrincipalServiceName",
        "aws:PrincipalTag/${TagKey}",
        "aws:PrincipalType",
        "aws:referer",
        "aws:RequestTag/${TagKey}",
        "aws:ResourceAccount",
        "aws:ResourceOrgID",
        "aws:ResourceTag/${TagKey}",
        "aws:SourceAccount",
        "aws:SourceIdentity",
        "aws:SourceOrgID",
        "aws:SourceOwner",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:userid",
        "aws:username",
        "aws:VpceAccount",
        "aws:VpceOrgID",
    ),
    *_keys(
        "String",
        "aws:CalledVia",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceNamesList",
        "aws:ResourceOrgPaths",
        "aws:SourceOrgPaths",
        "aws:TagKeys",
        "aws:VpceOrgPaths",
        multivalued=True,
    ),
)
_EXACT = {fold(found.key.name): found for found in _ALL}
_TAGS = {fold(found.key.name).partition("${")[0]: found for found in _ALL if "${" in found.key.name}

#: Keys of tags, without the tag key.
TAG_KEYS = frozenset(_TAGS)
#: Keys that say where a call on behalf of a resource comes from.
SOURCE_KEYS = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
#: Keys whose values the caller chooses freely.
CALLER_KEYS = frozenset({"aws:referer", "aws:useragent"})


def global_key(name: str) -> GlobalKey | None:
    """The global key of a name in any case; keys of tags have a tag key after the slash."""
    folded = fold(name)
    found = _EXACT.get(folded)
    if found is not None:
        return found
    head, slash, tag = folded.partition("/")
    return _TAGS.get(head + slash) if tag else None


def global_key_names() -> tuple[str, ...]:
    """Names of all global keys."""
    return tuple(found.key.name for found in _ALL)


#: Keys of every request that an identity signs.
_SIGNED = frozenset(
    f"aws:{name}"
    for name in (
        "principalaccount",
        "principalarn",
        "principalisawsservice",
        "principaltype",
        "resourceaccount",
        "userid",
        "viaawsservice",
    )
)


def is_always_present(name: str, *, signed: bool = False) -> bool:
    """Whether every request has a key, or every request that an identity signs; of keys of services that is never known."""
    found = global_key(name)
    if found is None:
        return signed and fold(name) == "s3:resourceaccount"
    return found.always or (signed and fold(name) in _SIGNED)
