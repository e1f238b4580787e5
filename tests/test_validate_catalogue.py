"""The catalogue: every entry has an example that it is found in, every code has an entry, the manual page is current."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bailiwick.models import PolicyKind
from bailiwick.reference.codes import CODES
from bailiwick.reference.json_text import Fault
from bailiwick.validate import Access, validate_policy
from bailiwick.validate.catalogue import CATALOGUE, OTHER_NAMES, UNCHECKED, Entry
from bailiwick.validate.manual import findings_page
from bailiwick.validate.syntax import code_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "python/bailiwick/validate"
ENTRIES = list(CATALOGUE.values())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_the_example_of_an_entry_is_an_example_of_it(entry: Entry) -> None:
    forbidden = [Access(("s3:DeleteObject",), ("arn:aws:s3:::payroll/*",))] if entry.needs == "configuration" else []
    found = [
        one
        for one in validate_policy(
            entry.example,
            kind=entry.kind,
            resource_type=entry.resource_type,
            turned_on={entry.code},
            must_not_grant=forbidden,
        )
        if one.code == entry.code
    ]
    assert found, "the example does not show it"
    assert {one.type for one in found} == {entry.type}
    assert {one.mend for one in found} == {entry.mend}
    assert all(one.parse_error is None or one.parse_error in entry.parse_errors for one in found)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_words_are_whole_sentences(entry: Entry) -> None:
    for words in (entry.title, entry.why, entry.mend):
        assert re.fullmatch(r"[`A-Z\[].*[.)`]", words, re.DOTALL), words
        assert "\n" not in words


def test_checks_report_what_the_catalogue_holds_and_nothing_in_it_is_unreported() -> None:
    """Codes that stand in checks as texts, whole or as the start of families."""
    texts: set[str] = set()
    for path in (*PACKAGE.glob("checks/*.py"), PACKAGE / "syntax.py", PACKAGE / "run.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
    named = {text for text in texts if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", text)}
    parts = {"NOT_RESOURCE", "NOT_ACTION_AND_NOT_RESOURCE", "PASS_ROLE", "CREATE_SLR"}
    unknown = {text for text in named if text not in CATALOGUE and text not in CODES} - parts
    assert {text for text in unknown if not text.startswith("STAR_IN_")} == set()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", list(PolicyKind))
def test_every_parse_error_is_a_finding_of_type_error(code: str, kind: PolicyKind) -> None:
    for path in (
        "",
        "/Statement/0/Principal/AWS",
        "/Statement/0/NotAction",
        "/Statement/0/Condition/StringEquals/a:b",
        "/Statement/0/Resource",
    ):
        entry = CATALOGUE[code_of(Fault(code, 0, path, ""), kind, "arn:aws:sqs:eu_1:1:x")]
        assert entry.type == "ERROR"
        assert entry.parse_errors


def test_other_names_are_no_codes() -> None:
    assert not OTHER_NAMES.keys() & CATALOGUE.keys()
    assert not UNCHECKED.keys() & CATALOGUE.keys()


def test_the_manual_page_is_current() -> None:
    page = (ROOT / "docs/findings.md").read_text(encoding="utf-8")
    assert page == findings_page(), "run `make findings`"


#: All codes of the table in V-06.
SPECIFIED = re.findall(
    r"\w+",
    """
JSON_SYNTAX_ERROR DATA_TYPE_MISMATCH INVALID_POLICY_ELEMENT INVALID_VERSION MISSING_STATEMENT MISSING_EFFECT
MISSING_ACTION MISSING_RESOURCE MISSING_PRINCIPAL INVALID_EFFECT UNSUPPORTED_ELEMENT_COMBINATION UNSUPPORTED_PRINCIPAL
INVALID_PRINCIPAL_FORMAT INVALID_PRINCIPAL_KEY UNSUPPORTED_WILDCARD_IN_PRINCIPAL INVALID_SERVICE_PRINCIPAL_FORMAT
FEDERATED_PRINCIPAL_NOT_SUPPORTED ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL
ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE
INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY MISMATCHED_ACTION_FOR_PRINCIPAL
MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY UNSUPPORTED_SID UNIQUE_SIDS_REQUIRED INVALID_ACTION INVALID_SERVICE
INVALID_SERVICE_IN_ACTION UNSUPPORTED_ACTION_IN_POLICY INVALID_ARN_PREFIX MISSING_ARN_FIELD INVALID_PARTITION
INVALID_ARN_SERVICE_CASE INVALID_ARN_REGION MISSING_ARN_REGION ARN_REGION_NOT_ALLOWED INVALID_ARN_ACCOUNT
ARN_ACCOUNT_NOT_ALLOWED INVALID_ARN_RESOURCE UNSUPPORTED_RESOURCE_ARN_IN_POLICY INVALID_REGION
INVALID_CONDITION_OPERATOR NULL_WITH_IF_EXISTS INVALID_CONDITION_KEY_FORMAT INVALID_GLOBAL_CONDITION_KEY
INVALID_SERVICE_CONDITION_KEY UNSUPPORTED_GLOBAL_CONDITION_KEY DUPLICATE_KEYS_WITH_DIFFERENT_CASE
INVALID_CONDITION_DATA_TYPE INVALID_CONDITION_MULTIPLE_BOOLEAN MISSING_QUALIFIER MISSING_TAG_KEY_IN_CONDITION
MISSING_ACTION_FOR_CONDITION_KEY UNSUPPORTED_ACTION_FOR_CONDITION_KEY UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL
INVALID_VPC_FORMAT INVALID_VPCE_FORMAT PRIVATE_IP_ADDRESS PRIVATE_NOT_IP_ADDRESS INVALID_VARIABLE_FOR_OPERATOR
VARIABLE_UNSUPPORTED_IN_ELEMENT VARIABLE_UNSUPPORTED_IN_VERSION MISSING_BRACE_IN_VARIABLE MISSING_QUOTE_IN_VARIABLE
UNSUPPORTED_SPACE_IN_VARIABLE EMPTY_VARIABLE SCP_SYNTAX_ERROR_PRINCIPAL POLICY_SIZE_EXCEEDS_SCP_QUOTA
SCP_SYNTAX_ERROR_ACTION_WILDCARD SCP_SYNTAX_ERROR_ALLOW_CONDITION SCP_SYNTAX_ERROR_ALLOW_NOTACTION
SCP_SYNTAX_ERROR_ALLOW_RESOURCE SCP_SYNTAX_ERROR_NOTRESOURCE RCP_SYNTAX_ERROR_EFFECT RCP_SYNTAX_ERROR_PRINCIPAL
RCP_SYNTAX_ERROR_ACTION RCP_SYNTAX_ERROR_NOTACTION RCP_SYNTAX_ERROR_NOTPRINCIPAL ALLOW_WITH_NOTPRINCIPAL
FORALLVALUES_WITH_SINGLE_VALUED_KEY PASS_ROLE_WITH_STAR_IN_RESOURCE PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE
PASS_ROLE_WITH_NOTRESOURCE PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOTRESOURCE PASS_ROLE_WITH_NOTACTION_AND_NOTRESOURCE
PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOTACTION MISSING_PAIRED_CONDITION_KEYS
DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL MISSING_GITHUB_REPO_CONDITION_KEY
TRUST_ANY_AWS_PRINCIPAL DENY_FAILS_OPEN_ON_MISSING_KEY ALLOW_NOTRESOURCE_WITH_VARIABLE
ALLOW_NEGATED_TEST_ON_OPTIONAL_KEY CREATE_SLR_WITH_STAR_IN_RESOURCE CREATE_SLR_WITH_NOTRESOURCE
CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOTRESOURCE
CREATE_SLR_WITH_NOTACTION_AND_NOTRESOURCE CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOTACTION
DEPRECATED_GLOBAL_CONDITION_KEY INVALID_DATE_VALUE INVALID_ROLE_REFERENCE INVALID_USER_REFERENCE MISSING_VERSION
UNIQUE_SIDS_RECOMMENDED WILDCARD_WITHOUT_LIKE_OPERATOR POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA
POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA TYPE_MISMATCH
TYPE_MISMATCH_BOOLEAN TYPE_MISMATCH_DATE TYPE_MISMATCH_IP_RANGE TYPE_MISMATCH_NUMBER TYPE_MISMATCH_STRING
SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED ID_IN_IDENTITY_POLICY EMPTY_ARRAY_ACTION EMPTY_ARRAY_RESOURCE
EMPTY_ARRAY_PRINCIPAL EMPTY_ARRAY_CONDITION EMPTY_ARRAY_CONDITION_FORALLVALUES EMPTY_ARRAY_CONDITION_FORANYVALUE
EMPTY_ARRAY_CONDITION_IFEXISTS EMPTY_OBJECT_CONDITION EMPTY_OBJECT_PRINCIPAL EMPTY_SID_VALUE IMPROVE_IP_RANGE
NULL_WITH_QUALIFIER PRIVATE_IP_ADDRESS_SUBSET PRIVATE_NOT_IP_ADDRESS_SUBSET REDUNDANT_ACTION REDUNDANT_RESOURCE
REDUNDANT_STATEMENT REDUNDANT_CONDITION_VALUE_NUM REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY WILDCARD_IN_SERVICE_NAME
ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE
RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL IRRELEVANT_CONDITION_KEY_IN_POLICY CONFIRM_AUDIENCE_CLAIM_TYPE
""",
)


@pytest.mark.parametrize("code", SPECIFIED)
def test_every_check_that_is_specified_is_made_or_explained(code: str) -> None:
    """V-06."""
    assert OTHER_NAMES.get(code, code) in CATALOGUE or code in UNCHECKED
