"""Simulations whose parameters and answers are checked against the service model of IAM on their way."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

import bailiwick as bw
from bailiwick.simulation import simulate_custom_policy, simulate_principal_policy
from bailiwick.simulation.shapes import EvaluationResult
from tests.drawing import A, B, Json

IAM = botocore.session.get_session().get_service_model("iam")
ANN, BOB = f"arn:aws:iam::{A}:user/ann", f"arn:aws:iam::{B}:user/bob"
ROLE, GROUP = f"arn:aws:iam::{A}:role/team/App", f"arn:aws:iam::{A}:group/devs"
OBJECT = "arn:aws:s3:::b/k"


def allow(action: Any = "s3:*", resource: Any = "*", **more: Any) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "s3:*", resource: Any = "*", **more: Any) -> Json:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def doc(*statements: Json, version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def when(operator: str, key: str, value: Any) -> Json:
    return {"Condition": {operator: {key: value}}}


def custom(*policies: str, **request: Any) -> EvaluationResult:
    """The one result for `s3:GetObject`, checked against the service model on its way in and out."""
    (found,) = results(*policies, ActionNames=["s3:GetObject"], **request)
    return found


def results(*policies: str, **request: Any) -> list[EvaluationResult]:
    asked = {"PolicyInputList": list(policies), **request}
    assert faults("SimulateCustomPolicy", asked) == []
    response = simulate_custom_policy(**asked)
    assert answer_faults("SimulateCustomPolicy", response) == []
    return response["EvaluationResults"]


def principal(snapshot: bw.Snapshot, source: str = ANN, **request: Any) -> EvaluationResult:
    asked = {"PolicySourceArn": source, "ActionNames": ["s3:GetObject"], **request}
    assert faults("SimulatePrincipalPolicy", asked) == []
    response = simulate_principal_policy(snapshot, **asked)
    assert answer_faults("SimulatePrincipalPolicy", response) == []
    (found,) = response["EvaluationResults"]
    return found


def sources(result: Any) -> list[tuple[str, str]]:
    return [(one["SourcePolicyId"], one["SourcePolicyType"]) for one in result["MatchedStatements"]]


def faults(operation: str, request: Any) -> list[str]:
    report = ParamValidator().validate(request, IAM.operation_model(operation).input_shape)
    return [str(error) for error in report._errors]


def answer_faults(operation: str, response: Any) -> list[str]:
    shape = IAM.operation_model(operation).output_shape
    report = ParamValidator().validate(response, shape)
    return [str(error) for error in report._errors] + list(_words_outside(shape, response))


def _words_outside(shape: Any, value: Any) -> list[str]:
    """Values that an enumeration does not have; botocore's validator looks at types and lengths alone."""
    if shape.type_name == "structure":
        return [word for name, item in value.items() for word in _words_outside(shape.members[name], item)]
    if shape.type_name == "list":
        return [word for item in value for word in _words_outside(shape.member, item)]
    if shape.type_name == "map":
        return [word for item in value.values() for word in _words_outside(shape.value, item)]
    return [value] if shape.metadata.get("enum") and value not in shape.metadata["enum"] else []


def entry(key: str, kind: str, *values: str) -> Json:
    return {"ContextKeyName": key, "ContextKeyValues": list(values), "ContextKeyType": kind}
