"""The pytest plugin, in processes of its own: one process cannot import PyYAML's extension twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

EXAMPLE = Path(__file__).resolve().parents[1] / "examples/organization"
ANN = "arn:aws:iam::111122223333:user/ann"
REPORT = "arn:aws:s3:::harbor-shipments/2026/1.csv"
SETTINGS = f"""
[pytest]
bailiwick_account = {EXAMPLE}/account.json
bailiwick_organization = {EXAMPLE}/organization.json
bailiwick_resource_policies = {EXAMPLE}/resource-policies.jsonl
bailiwick_services = {EXAMPLE}/services.json
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Runs with this plugin and no other one, whether or not the package's entry point is installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "bailiwick.testing.plugin")
    return pytester


def output(result: pytest.RunResult) -> str:
    return "\n".join(result.outlines)


def test_every_case_of_a_file_is_an_item(run: pytest.Pytester) -> None:
    (run.path / "sub").mkdir()
    for file in ("account.json", "organization.json", "resource-policies.jsonl", "services.json", "people.policytest.yaml"):
        (run.path / "sub" / file).write_text((EXAMPLE / file).read_text(encoding="utf-8"), encoding="utf-8")
    result = run.runpytest_subprocess()
    cases = 93
    result.assert_outcomes(passed=cases)
    chosen = run.runpytest_subprocess("-k", "home and folders", "-v")
    chosen.assert_outcomes(passed=8, deselected=cases - 8)
    assert "sub/people.policytest.yaml::home folders: ann s3:GetObject home/ann/a.txt PASSED" in output(chosen)


def test_the_plugin_collects_what_the_command_finds() -> None:
    from bailiwick.testing import files, plugin

    assert plugin._SUFFIXES == files.SUFFIXES


def test_an_item_can_be_named_on_the_command_line(run: pytest.Pytester) -> None:
    write_layers(run.path, f'cases: [{{principal: {ANN}, action: s3:GetObject, resource: "arn:aws:s3:::b/k", expect: allow}}]')
    name = next(line for line in run.runpytest_subprocess("--collect-only", "-q").outlines if "::" in line)
    run.runpytest_subprocess(name).assert_outcomes(passed=1)


def write_layers(folder: Path, body: str) -> None:
    allow = '{Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:Get*", Resource: "*"}}'
    (folder / "t.policytest.yaml").write_text(f"layers: {{identity: {allow}}}\n{body}\n", encoding="utf-8")


def test_a_failure_explains_itself(run: pytest.Pytester) -> None:
    write_layers(run.path, f'cases: [{{name: n, principal: {ANN}, action: s3:PutObject, resource: "*", expect: allow}}]')
    result = run.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "FAILED t.policytest.yaml:2:9  n",
            "    decision  allow     implicit_deny",
            "  denied: nothing in the identity layer allows it; nearest:",
            "    identity/0, statement 0 (Allow, identity)  t.policytest.yaml:1:20",
        ]
    )
    assert "plugin.py" not in output(result)


def test_a_file_that_cannot_be_used_is_an_error_with_its_place(run: pytest.Pytester) -> None:
    write_layers(run.path, "cases: 7")
    result = run.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["t.policytest.yaml:2:8: `cases`: expected a list, found the number `7`"])


TESTS = f"""
import pytest

def test_allowed(assert_allowed):
    decision = assert_allowed("{ANN}", "s3:GetObject", "{REPORT}", {{"aws:SecureTransport": True}}, reason="identity")
    assert decision.allowed

def test_denied(assert_denied):
    assert_denied("{ANN}", "s3:PutObject", "{REPORT}")
    assert_denied("{ANN}", "s3:PutObject", "{REPORT}", explicit=False)
    assert_denied("{ANN}", "s3:GetObject", "{REPORT}", {{"aws:SecureTransport": False}}, explicit=True, statement="TlsOnly")

def test_engine(bailiwick_engine, bailiwick_snapshot):
    assert bailiwick_engine.is_allowed("{ANN}", "s3:GetObject", "{REPORT}")
    assert bailiwick_snapshot.organization.id == "o-harbor0001"
"""


def test_fixtures_come_from_the_settings(run: pytest.Pytester) -> None:
    run.makeini(SETTINGS)
    run.makepyfile(TESTS)
    run.runpytest_subprocess().assert_outcomes(passed=3)


def test_assertions_fail_with_the_reason(run: pytest.Pytester) -> None:
    run.makeini(SETTINGS)
    run.makepyfile(
        f"""
        def test_denial(assert_allowed):
            assert_allowed("{ANN}", "s3:GetObject", "{REPORT}", {{"aws:SecureTransport": False}})

        def test_allow(assert_denied):
            assert_denied("{ANN}", "s3:GetObject", "{REPORT}")

        def test_kind(assert_denied):
            assert_denied("{ANN}", "s3:PutObject", "{REPORT}", explicit=True)

        def test_reason(assert_allowed):
            assert_allowed("{ANN}", "s3:GetObject", "{REPORT}", reason="resource")
        """
    )
    result = run.runpytest_subprocess()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "E * AssertionError: denied, expected allow",
            "E * s3:GetObject on arn:aws:s3:::harbor-shipments/2026/1.csv",
            "E * denied by arn:aws:s3:::harbor-shipments, statement 0 `TlsOnly` (Deny, resource)*resource-policies.jsonl:1:124",
            "E * AssertionError: allowed, expected deny",
            "E * allowed by arn:aws:iam::111122223333:policy/ReadShipments, statement 0 (Allow, identity)*account.json:671:8",
            "E * AssertionError: denied, expected explicit_deny",
            "E * AssertionError: decided otherwise than expected",
            "E * reason  resource  identity",
        ]
    )
    assert "bailiwick/testing/" not in output(result), "tracebacks end in the test"


def test_the_snapshot_may_be_overridden(run: pytest.Pytester) -> None:
    run.makeconftest(
        f"""
        import pytest
        import bailiwick as bw

        ALLOW = '{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}}'

        @pytest.fixture(scope="session")
        def bailiwick_snapshot():
            user = bw.User(arn="{ANN}", inline=(bw.Policy(id="p", document=ALLOW),))
            return bw.Snapshot(accounts=(bw.Account(id="111122223333", users=(user,)),))
        """
    )
    run.makepyfile(
        f'def test(assert_allowed, assert_denied): assert_allowed("{ANN}", "s3:X", "*"); assert_denied("{ANN}", "ec2:X", "*")'
    )
    run.runpytest_subprocess().assert_outcomes(passed=1)


def test_without_settings_the_error_says_what_to_set(run: pytest.Pytester) -> None:
    run.makepyfile("def test(bailiwick_engine): pass")
    result = run.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*set `bailiwick_account` in the configuration, or override `bailiwick_snapshot`"])


def test_plain_functions_need_no_fixture(run: pytest.Pytester) -> None:
    run.makepyfile(
        f"""
        import pytest
        import bailiwick as bw
        from bailiwick.testing import assert_allowed, assert_denied

        def test():
            engine = bw.Engine.from_account(r"{EXAMPLE}/account.json", registry=bw.Registry(partitions=frozenset({{"app"}})))
            assert_allowed(engine, "{ANN}", "s3:GetObject", "{REPORT}")
            assert_denied(engine, "{ANN}", "s3:PutObject", "{REPORT}")
            with pytest.raises(AssertionError, match="because no identity-based policy allows the s3:PutObject action"):
                assert_allowed(engine, "{ANN}", "s3:PutObject", "{REPORT}")
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_plugin_loads_nothing_heavy_until_it_is_used(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import sys

        def test():
            heavy = {"bailiwick._core", "bailiwick.engine", "bailiwick.reference", "pydantic", "yaml", "rich", "pyarrow"}
            assert heavy & set(sys.modules) == set()
            assert "bailiwick.testing.plugin" in sys.modules
        """
    )
    run.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_entry_point_of_the_package_is_the_plugin(tmp_path: Path) -> None:
    """As an installed package has it: metadata beside the code, and nothing on the command line."""
    import tomllib

    project = tomllib.loads((EXAMPLE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (name, module), *_ = project["entry-points"]["pytest11"].items()
    meta = tmp_path / "site/entrypointtest-1.0.dist-info"
    meta.mkdir(parents=True)
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: entrypointtest\nVersion: 1.0\n", encoding="utf-8")
    (meta / "entry_points.txt").write_text(f"[pytest11]\n{name}_of_test = {module}\n", encoding="utf-8")
    write_layers(tmp_path, f'cases: [{{principal: {ANN}, action: s3:GetObject, resource: "*", expect: allow}}]')
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{EXAMPLE.parents[1] / 'python'}"}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", f"{name}_of_test", str(tmp_path)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert "1 passed" in ran.stdout, ran.stdout + ran.stderr
