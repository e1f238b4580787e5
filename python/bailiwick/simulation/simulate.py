"""SimulateCustomPolicy and SimulatePrincipalPolicy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, Unpack

from bailiwick.context import fold
from bailiwick.errors import InvalidInput
from bailiwick.models import Registry, Snapshot
from bailiwick.simulation.caller import Caller, Identity, identity_of, owner_of
from bailiwick.simulation.decide import Simulation
from bailiwick.simulation.entries import context_of
from bailiwick.simulation.paging import page_of
from bailiwick.simulation.parameters import check, check_snapshot
from bailiwick.simulation.policies import Policies, attached, supplied
from bailiwick.simulation.results import result_of
from bailiwick.simulation.shapes import CustomPolicyRequest, PrincipalPolicyRequest, SimulatePolicyResponse

Authorize: TypeAlias = Callable[[str, str], object]

_INSTANCE = ("instance", "image", "security-group", "network-interface")
#: Types of EC2 resources that have to be among ResourceArns (S-12).
HANDLING: Mapping[str, Sequence[str]] = {
    "EC2-VPC-InstanceStore": _INSTANCE,
    "EC2-VPC-InstanceStore-Subnet": (*_INSTANCE, "subnet"),
    "EC2-VPC-EBS": (*_INSTANCE, "volume"),
    "EC2-VPC-EBS-Subnet": (*_INSTANCE, "subnet", "volume"),
}


def simulate_custom_policy(
    *,
    registry: Registry | None = None,
    account: str | None = None,
    resource_names: Mapping[str, str] | None = None,
    handling_options: Mapping[str, Sequence[str]] | None = None,
    authorize: Authorize | None = None,
    **request: Unpack[CustomPolicyRequest],
) -> SimulatePolicyResponse:
    """Simulates policies that are given as text.

    Args:
        registry: What the host registers besides the built-in services and partitions.
        account: Account of a caller of whom CallerArn says nothing; else nothing crosses accounts (B-50).
        resource_names: `EvalResourceName` of actions, such as `arn:${Partition}:s3:::${BucketName}`; `*` where there is none.
        handling_options: Further values of ResourceHandlingOption, each with the EC2 resource types that it needs.
        authorize: Called with `iam:SimulateCustomPolicy` and `*` before anything is looked up; it raises to refuse (S-32).
        **request: Parameters of the operation, by AWS's names.

    Returns:
        One page of results, as AWS shapes it.

    Raises:
        ValidationError: A parameter is not of its shape, a resource no ARN, or a marker foreign.
        InvalidInput: Parameters make no sense together, or a policy is malformed.

    >>> policy = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
    >>> found = simulate_custom_policy(PolicyInputList=[policy], ActionNames=["s3:GetObject", "s3:PutObject"])
    >>> [result["EvalDecision"] for result in found["EvaluationResults"]]
    ['allowed', 'implicitDeny']

    Source: S-01…30; API reference of IAM, SimulateCustomPolicy.
    """
    check("SimulateCustomPolicy", request)
    if authorize is not None:
        authorize("iam:SimulateCustomPolicy", "*")
    known = registry or Registry()
    named = request.get("CallerArn")
    caller = identity_of(named, known, "CallerArn") if named is not None else None
    options = _Options(known, account, resource_names or {}, {**HANDLING, **(handling_options or {})})
    return _simulate(request, supplied(request), caller, options)


def simulate_principal_policy(
    snapshot: Snapshot,
    /,
    *,
    resource_names: Mapping[str, str] | None = None,
    handling_options: Mapping[str, Sequence[str]] | None = None,
    authorize: Authorize | None = None,
    **request: Unpack[PrincipalPolicyRequest],
) -> SimulatePolicyResponse:
    """Simulates the policies of a user, group or role, with the service control policies of its account.

    Args:
        snapshot: Where the identity is; `Engine.snapshot` gives that of an engine.
        resource_names: As for `simulate_custom_policy`.
        handling_options: As for `simulate_custom_policy`.
        authorize: Called with `iam:SimulatePrincipalPolicy` and PolicySourceArn before anything is looked up (S-32).
        **request: Parameters of the operation, by AWS's names.

    Raises:
        ValidationError: As `simulate_custom_policy`.
        InvalidInput: As `simulate_custom_policy`.
        TypeError: The snapshot is none.
        NoSuchEntity: The snapshot does not hold the identity.

    Source: S-01…30; API reference of IAM, SimulatePrincipalPolicy.
    """
    check_snapshot(snapshot)
    check("SimulatePrincipalPolicy", request)
    if authorize is not None:
        authorize("iam:SimulatePrincipalPolicy", request["PolicySourceArn"])
    registry = snapshot.registry
    identity = identity_of(request["PolicySourceArn"], registry, "PolicySourceArn")
    policies = attached(snapshot, identity, request)
    named = request.get("CallerArn")
    caller = identity_of(named, registry, "CallerArn") if named is not None else identity
    options = _Options(registry, None, resource_names or {}, {**HANDLING, **(handling_options or {})})
    return _simulate(request, policies, caller, options)


class _Options:
    """What the host says, beside the request."""

    def __init__(
        self, registry: Registry, account: str | None, names: Mapping[str, str], handling: Mapping[str, Sequence[str]]
    ) -> None:
        self.registry, self.account, self.handling = registry, account, handling
        self.names = {fold(action): name for action, name in names.items()}


def _simulate(
    request: Mapping[str, Any], policies: Policies, identity: Identity | None, options: _Options
) -> SimulatePolicyResponse:
    if policies.resource is not None and (identity is None or identity.kind != "user"):
        raise InvalidInput("ResourcePolicy: expected a user as CallerArn, for the policy's `Principal` to be compared with")
    resources = request.get("ResourceArns") or ["*"]
    _check_handling(request.get("ResourceHandlingOption"), resources, options.handling)
    caller = Caller(
        identity=identity,
        account=options.account,
        owner=owner_of(request.get("ResourceOwner")),
        is_service_linked=policies.is_service_linked or (identity is not None and ":role/aws-service-role/" in identity.arn),
        is_of_management_account=policies.is_of_management_account,
    )
    context = context_of(request.get("ContextEntries", []))
    actions = request["ActionNames"]
    start, end, marker = page_of(request, len(actions))
    simulation = Simulation(policies, caller, context, options.registry)
    results = []
    for action in actions[start:end]:
        pairs = [simulation.decide(action, resource) for resource in resources]
        name = options.names.get(fold(action), "*")
        results.append(result_of(action, pairs, name, by_resource=resources != ["*"]))
    response: SimulatePolicyResponse = {"EvaluationResults": results, "IsTruncated": marker is not None}
    return response | {"Marker": marker} if marker is not None else response


def _check_handling(option: str | None, resources: Sequence[str], known: Mapping[str, Sequence[str]]) -> None:
    """S-12."""
    if option is None:
        return
    if option not in known:
        raise InvalidInput(f"ResourceHandlingOption `{option}`: expected one of {', '.join(known)}")
    parts = [resource.split(":", 5) for resource in resources]
    types = {part[5].split("/")[0] for part in parts if len(part) == 6 and part[2] == "ec2"}
    lacking = [name for name in known[option] if name not in types]
    if lacking:
        raise InvalidInput(f"ResourceHandlingOption `{option}`: ResourceArns lacks a resource of type `{lacking[0]}`")
