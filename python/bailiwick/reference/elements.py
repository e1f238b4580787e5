"""Values of the elements: actions, resources, principals (G-14…29). Each check gives the code of the first rule broken."""

from __future__ import annotations

import re

from bailiwick.models import KNOWN_PARTITIONS, PolicyKind, Registry
from bailiwick.reference.document import PrincipalValue, ResourceValue
from bailiwick.reference.text import fold, glob
from bailiwick.reference.variables import Part, VariableError, parts_of, split_outside

_PREFIX = re.compile(r"[A-Za-z0-9.*?-]+", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_.*?-]+", re.ASCII)
_SERVICE_SEGMENT = re.compile(r"[A-Za-z0-9.-]+", re.ASCII)
_SEGMENT = re.compile(r"[A-Za-z0-9*?-]*", re.ASCII)
_PARTITION = re.compile(r"[A-Za-z0-9*?-]+", re.ASCII)
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_IAM_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+", re.ASCII)
_PATH = re.compile(r"(?:[!-~]+/)*", re.ASCII)
_UNIQUE_ID = re.compile(r"(?:AIDA|AROA)[A-Z0-9]{16,124}", re.ASCII)
_SERVICE_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,127}", re.ASCII)
_DNS = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_CANONICAL = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SAML_NAME = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
#: HOST[/PATH] (G-17).
_OIDC_NAME = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[!-.0-~]+)*", re.ASCII)
IAM_PATHS = (
    "user/",
    "group/",
    "role/",
    "policy/",
    "instance-profile/",
    "mfa/",
    "u2f/",
    "sms-mfa/",
    "server-certificate/",
    "saml-provider/",
    "oidc-provider/",
    "federated-user/",
    "assumed-role/",
    "report/",
    "access-report/",
    "delegation-request/",
)


class Refused(Exception):
    """A value that breaks a rule; its text is the code."""


def action(text: str, kind: PolicyKind, registry: Registry) -> None:
    """Checks one action value (B-06)."""
    if text == "*":
        if kind is PolicyKind.TRUST:
            raise Refused("TRUST_ACTION")
        if kind is PolicyKind.RCP:
            raise Refused("RCP_ACTION")
        return
    colons = text.count(":")
    if colons == 0:
        raise Refused("ACTION_WITHOUT_PREFIX")
    if colons > 1:
        raise Refused("ACTION_MANY_COLONS")
    prefix, name = text.split(":")
    if not _PREFIX.fullmatch(prefix):
        raise Refused("INVALID_ACTION_PREFIX")
    if not _NAME.fullmatch(name):
        raise Refused("INVALID_ACTION_NAME")
    if kind is PolicyKind.TRUST and fold(prefix) != "sts":
        raise Refused("TRUST_ACTION")
    if kind is PolicyKind.RCP and ("*" in prefix or "?" in prefix or not registry.profile(fold(prefix)).rcp):
        raise Refused("RCP_ACTION")


def resource(text: str, registry: Registry, *, variables: bool, kind: PolicyKind) -> ResourceValue:
    """Checks one resource value and splits it into segments (B-06)."""
    if text == "*":
        return ResourceValue(text, None)
    parts = split_outside(text, 6, variables=variables)
    if text.split(":", 1)[0] != "arn":
        raise Refused("RESOURCE_NOT_ARN")
    filled = [*parts, *["*"] * (6 - len(parts))]
    _, partition, service, region, account, rest = filled
    # G-26 looks at the segments that are there, from left to right; what is missing comes after it (G-28).
    rules = (
        ("INVALID_PARTITION", partition, lambda text: _is_partition(text, registry)),
        ("RESOURCE_SERVICE_WILDCARD", service, _SERVICE_SEGMENT.fullmatch),
        ("INVALID_ARN_SEGMENT", region, _SEGMENT.fullmatch),
        ("INVALID_ARN_SEGMENT", account, _SEGMENT.fullmatch),
    )
    for code, segment, legal in rules[: len(parts) - 1]:
        if variables and "${" in segment:
            raise Refused("VARIABLE_UNSUPPORTED_IN_ELEMENT")
        if not legal(segment):
            raise Refused(code)
    if rest == "":
        raise Refused("MISSING_ARN_RESOURCE")
    is_access_point = service == "s3" and rest.startswith("accesspoint/")
    if service in ("iam", "s3") and region != "" and not is_access_point and len(parts) > 3:
        raise Refused("ARN_REGION_NOT_ALLOWED")
    if len(parts) < 6 and (kind is PolicyKind.RCP or not parts[-1].endswith("*") or len(parts) < 2):
        raise Refused("MISSING_ARN_FIELD")
    if service == "iam" and not _is_iam_resource(rest):
        raise Refused("IAM_RESOURCE_PATH")
    try:
        last = parts_of(rest, wild=True, variables=variables)
    except VariableError as error:
        raise Refused(str(error)) from None
    plain = [tuple(parts_of(part, wild=True, variables=False)) for part in filled[:5]]
    return ResourceValue(text, (*plain, tuple(last)))


def _is_partition(text: str, registry: Registry) -> bool:
    """A glob that matches a known partition (N-10)."""
    known = [*KNOWN_PARTITIONS, *registry.partitions]
    return _PARTITION.fullmatch(text) is not None and any(glob(text, name) for name in known)


def _is_iam_resource(text: str) -> bool:
    """G-29."""
    return text in ("*", "root") or text.startswith(IAM_PATHS)


def principal(key: str, text: str, registry: Registry, *, variables: bool = True) -> PrincipalValue:
    """Checks one value of a principal map."""
    found = {"AWS": _aws, "Service": _service, "Federated": _federated, "CanonicalUser": _canonical}[key](text, registry)
    if found is not None:
        return found
    if "${" in text:
        raise Refused("VARIABLE_UNSUPPORTED_IN_ELEMENT")
    if "*" in text or "?" in text:
        raise Refused("UNSUPPORTED_WILDCARD_IN_PRINCIPAL")
    raise Refused("INVALID_PRINCIPAL")


def _aws(text: str, registry: Registry) -> PrincipalValue | None:
    if text == "*":
        return PrincipalValue("everyone", text)
    if _ACCOUNT.fullmatch(text):
        return PrincipalValue("account", text)
    if _UNIQUE_ID.fullmatch(text):
        return PrincipalValue("id", text)
    parts = _iam_arn(text, registry)
    if parts is None:
        return None
    service, account, rest = parts
    kind, slash, name = rest.partition("/")
    if service == "iam" and rest == "root":
        return PrincipalValue("account", account)
    if service == "iam" and kind in ("user", "role") and slash and _with_path(name):
        return PrincipalValue(kind, text)
    if service == "sts" and kind == "assumed-role":
        names = name.split("/")
        legal = len(names) == 2 and all(_IAM_NAME.fullmatch(part) for part in names)
        return PrincipalValue("session", text) if legal else None
    if service == "sts" and kind == "federated-user" and _IAM_NAME.fullmatch(name):
        return PrincipalValue("federated_user", text)
    return None


def _iam_arn(text: str, registry: Registry) -> tuple[str, str, str] | None:
    """Service, account and the rest of an ARN without a region, of a known partition and an account of 12 digits."""
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[3] != "" or not registry.knows_partition(parts[1]):
        return None
    return (parts[2], parts[4], parts[5]) if _ACCOUNT.fullmatch(parts[4]) else None


def _with_path(text: str) -> bool:
    path, slash, name = text.rpartition("/")
    if not _IAM_NAME.fullmatch(name):
        return False
    legal = _PATH.fullmatch(path + slash) is not None and "//" not in text and not text.startswith("/")
    return legal and not set("*?") & set(path) and "${" not in path


def _service(text: str, _registry: Registry) -> PrincipalValue | None:
    return PrincipalValue("service", text) if _SERVICE_NAME.fullmatch(text) and "." in text else None


def _federated(text: str, registry: Registry) -> PrincipalValue | None:
    if _DNS.fullmatch(text):
        return PrincipalValue("federated", text)
    parts = _iam_arn(text, registry)
    if parts is None or parts[0] != "iam":
        return None
    kind, _, name = parts[2].partition("/")
    legal = {"saml-provider": _SAML_NAME, "oidc-provider": _OIDC_NAME}.get(kind)
    if legal is None or not legal.fullmatch(name) or set("*?") & set(name) or "${" in name:
        return None
    return PrincipalValue("federated", text)


def _canonical(text: str, _registry: Registry) -> PrincipalValue | None:
    return PrincipalValue("canonical_user", text) if _CANONICAL.fullmatch(text) else None


def is_saml(value: PrincipalValue) -> bool:
    """A SAML provider's ARN."""
    return value.kind == "federated" and ":saml-provider/" in value.text


def mismatched(action_text: str, value: PrincipalValue) -> bool:
    """Whether an action of a trust policy can never be used by a principal (G-19, B-13)."""
    folded = fold(action_text)
    if "*" in folded or "?" in folded:
        return False
    if folded == "sts:assumerolewithsaml":
        return not is_saml(value)
    if folded == "sts:assumerolewithwebidentity":
        return value.kind != "federated" or is_saml(value)
    return folded == "sts:assumerole" and value.kind == "federated"


def arn_segments(text: str, *, variables: bool) -> tuple[tuple[Part, ...], ...] | None:
    """The six segments of an Arn operator's value; `None` if it is no such value (C-11)."""
    parts = split_outside(text, 6, variables=variables)
    if len(parts) < 6 or not glob(parts[0], "arn"):  # a first segment with a variable matches nothing
        return None
    return tuple(tuple(parts_of(part, wild=True, variables=variables)) for part in parts)
