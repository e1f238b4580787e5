"""Every rule of docs/semantics.md and docs/interpretations.md has a case in the corpus, or a test of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests/corpus"

#: Rules that no self-contained case can show, and the test that does; `None` where a later part of the project has them.
ELSEWHERE = {
    "N-07": "tests/test_promises.py::test_an_error_of_the_evaluator_itself_denies",
    "N-08": "rust/core/tests/parser/principals.rs::principals_are_for_some_kinds",
    "N-10": "rust/core/tests/parser_documents.rs::a_registered_partition_is_known",
    "X-01": "tests/test_engine.py::test_context_values_are_text_numbers_dates_and_addresses",
    "X-03": "tests/test_engine.py::test_context_values_are_text_numbers_dates_and_addresses",
    "X-04": "tests/test_snapshots.py::test_every_path_of_the_engine_agrees_with_the_reference",
    "X-05": "tests/test_context.py::test_organization_paths_lead_to_the_unit_above_the_account",
    "X-13": "tests/test_engine.py::test_sessions_carry_mfa_only_where_aws_does",
    "X-14": None,  # codes are checked when a session is issued
    "X-20": "tests/test_context.py::test_keys_that_nobody_knows_are_absent",
    "X-30": None,  # sessions that services forward
    "X-40": None,  # federation
    "X-42": None,
    "E-01": "tests/test_corpus.py::test_cases_have_the_decisions_they_expect",
    "E-27": None,  # the directory's API refuses these, whatever policies say
    "E-41": "tests/test_corpus.py::test_cases_have_the_decisions_they_expect",
    "E-42": "tests/test_engine.py::test_require_raises_with_the_denial_message",
    "B-25": "tests/test_context.py::test_profiles_are_found_under_fold",
    "B-28": "tests/test_context.py::test_a_federated_user_without_issuer_has_no_policies_of_its_own",
    "B-34": "tests/test_hazards.py::test_cedar_a_forbid_that_was_skipped_on_a_type_error",
    "B-70": "tests/test_validate_config.py::test_other_names_of_findings_are_understood",
    "B-71": "tests/test_validate_config.py::test_what_does_not_parse_stays_an_error",
    "B-72": "tests/test_validate.py::test_deny_fails_open_where_the_key_may_be_missing",
    "B-73": "tests/test_validate.py::test_public_means_that_nothing_pins_the_caller",
    "B-74": "tests/test_validate.py::test_services_are_limited_in_policies_of_resources_not_in_roles",
    "B-75": "tests/test_validate.py::test_resources_are_redundant_segment_by_segment",
    "B-76": "tests/test_validate.py::test_a_quota_that_is_known_counts",
    "B-77": "tests/test_validate.py::test_pass_role_is_tamed_by_names_of_roles_or_of_services",
    "B-78": "tests/test_validate.py::test_arns_of_no_resource_type_are_a_warning_and_no_error",
    "B-79": "tests/test_validate.py::test_access_that_must_not_be_granted",
    "B-48": "tests/test_context.py::test_a_known_object_keeps_the_policy_of_its_bucket",
    "B-47": "tests/test_snapshots.py::test_a_key_given_without_values_stands_in_place_of_the_derived_one",
    "S-01": "tests/test_simulation_input.py::test_answers_fit_the_service_model_and_say_what_simulate_says",
    "S-02": "tests/test_simulation_input.py::test_parameters_are_those_of_the_service_model",
    "S-03": "tests/test_simulation_input.py::test_parameters_that_make_no_sense_are_invalid_input",
    "S-04": "tests/test_simulation_input.py::test_context_values_are_of_their_declared_type",
    "S-05": "tests/test_simulation_principal.py::test_attached_policies_are_named_by_kind",
    "S-06": "tests/test_simulation.py::test_details_are_for_requests_across_accounts",
    "S-10": "tests/test_simulation_input.py::test_resource_names_come_from_the_host",
    "S-11": "tests/test_simulation_input.py::test_every_action_is_put_to_every_resource",
    "S-12": "tests/test_simulation_input.py::test_handling_options_need_their_resources",
    "S-20": "tests/test_simulation.py::test_matched_statements_are_those_that_decided",
    "S-21": "tests/test_simulation_principal.py::test_attached_policies_are_named_by_kind",
    "S-22": "tests/test_simulation.py::test_a_policy_over_several_lines_is_placed_as_aws_places_it",
    "S-23": "tests/test_simulation.py::test_a_boundary_says_whether_it_allows",
    "S-24": "tests/test_simulation.py::test_the_organization_says_whether_it_allows",
    "S-25": "tests/test_simulation.py::test_details_are_for_requests_across_accounts",
    "S-31": "tests/test_simulation.py::test_context_keys_of_policies",
    "S-32": "tests/test_simulation_principal.py::test_simulations_are_authorized_before_anything_is_looked_up",
    "S-33": "tests/test_simulation.py::test_the_examples_of_the_command_line_reference",
    "B-50": "tests/test_simulation.py::test_a_caller_without_a_name_crosses_no_accounts",
    "B-51": "tests/test_simulation.py::test_without_a_resource_policy_the_callers_side_alone_is_asked",
    "B-52": "tests/test_simulation_principal.py::test_boundaries_and_control_policies_are_left_out_too",
    "B-53": "tests/test_simulation.py::test_denials_besides_control_policies_are_seen",
    "B-54": "tests/test_simulation_input.py::test_parameters_out_of_shape_are_refused_first",
}


def documented() -> set[str]:
    """Rules in the first columns of docs/semantics.md, and those of docs/interpretations.md."""
    found: set[str] = set()
    for line in (ROOT / "docs/semantics.md").read_text(encoding="utf-8").splitlines():
        first = line.split("|")[1] if line.startswith("|") else ""
        for letter, start, end in re.findall(r"\b([NGMCXES])-(\d\d)(?:…(\d\d))?", first):
            found |= {f"{letter}-{number:02}" for number in range(int(start), int(end or start) + 1)}
    return found | set(re.findall(r"^\*\*(B-\d\d)", (ROOT / "docs/interpretations.md").read_text(encoding="utf-8"), re.MULTILINE))


def cited() -> set[str]:
    cases = [case for path in CORPUS.rglob("*.json") for case in json.loads(path.read_text(encoding="utf-8"))["cases"]]
    return {rule for case in cases for rule in case["rules"]}


def test_every_rule_has_a_case_or_a_test() -> None:
    assert sorted(documented() - cited() - ELSEWHERE.keys()) == []
    assert len(documented()) > 150


def test_no_rule_is_excused_that_has_cases() -> None:
    assert sorted(ELSEWHERE.keys() & cited()) == []


def test_the_tests_that_stand_in_exist() -> None:
    for rule, place in ELSEWHERE.items():
        if place is not None:
            path, _, name = place.partition("::")
            assert re.search(rf"(def|fn) {name}\(", (ROOT / path).read_text(encoding="utf-8")), rule
