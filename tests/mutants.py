"""Mutants of the example's policies against the example's policy tests: `python -m tests.mutants [--out FILE]`.

Every mutant is one document with one change that a person could make by mistake. A mutant is caught if a case of
`examples/organization/*.policytest.yaml` fails on it. One that no request can tell from the original is not a fault of the tests:
`SURVIVORS` says of each why, and a survivor without a reason fails the run.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bailiwick.errors import BailiwickError
from bailiwick.models import Account, Group, Organization, Policy, Role, Snapshot, User
from bailiwick.snapshot_documents import HeldDocument
from bailiwick.testing.coverage.text import short_name
from bailiwick.testing.files import Suite, find_files, load_suite
from bailiwick.testing.run import Runner
from bailiwick.testing.sources import SnapshotSource, Sources

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples/organization"
#: An action of nothing, by the services that a kind of policy allows.
_NOTHING = {"trust": "sts:Nothing", "rcp": "s3:Nothing"}
_OPPOSITE = {"Allow": "Deny", "Deny": "Allow"}
_TWINS = {"Action": "NotAction", "NotAction": "Action", "Resource": "NotResource", "NotResource": "Resource"}
_ACCOUNT = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):(?!root)")

HEAD = """# Policy tests against mutants

Written by `make mutants`; do not edit. Each mutant is one policy of `examples/organization` with one change that a person could
make by mistake (`tests/mutants.py`). A mutant is caught if at least one case of `examples/organization/*.policytest.yaml` fails
on it. Changes that the grammar refuses are no mutants. AWS's own policies and service-linked roles are left alone, as coverage
leaves them alone.
"""


@dataclass(frozen=True)
class Mutant:
    """One change of one document."""

    document: HeldDocument
    operator: str
    what: str
    text: str

    @property
    def name(self) -> str:
        return f"{short_name(self.document.id)}: {self.what}"


@dataclass(frozen=True)
class Survivor:
    """Why a mutant cannot be told from the original: patterns of the policy's short name and of the change."""

    policy: str
    what: str
    why: str

    def explains(self, mutant: Mutant) -> bool:
        return bool(re.fullmatch(self.policy, short_name(mutant.document.id)) and re.search(self.what, mutant.what))


SURVIVORS = (
    Survivor("user/george:invoices", "", "The policy of the group `finance` allows the same and more, this one is redundant"),
    Survivor("role/Deployer:trust", "", "Who may assume the role is of account 444455556666, which is not in `account.json`"),
    Survivor(
        "policy/EditDocs",
        "",
        "People are of the partition `aws`, documents of `app`: no request gets as far as the policy (E-07)",
    ),
    Survivor("policy/RequireMfa", "sts:GetSessionToken", "Users may always ask for a session token (E-26)"),
    Survivor(
        ".*",
        "Equals(IfExists)? .* -> String(Not)?Like(IfExists)?$",
        "The value has no wildcard, so that both operators mean the same",
    ),
    Survivor(".*", "Not[A-Za-z]+ .*-> [A-Za-z]*Not[A-Za-z]+$", "A negated operator holds without its key anyway (C-14)"),
    Survivor(
        "arn:aws:s3:::harbor-shipments",
        "TlsOnly, (Action s3:\\* -> \\*|Resource .* -> (\\*|.*harbor-shipments\\*))$",
        "The policy of a bucket is put to requests for it and for what is in it, and no other service has actions there",
    ),
    Survivor(".*key/k-1", "Action kms:\\* -> \\*", "No other service has actions on keys"),
    Survivor("policy/HomeFolders", "Action s3:\\* -> \\*", "No other service has actions on objects in S3"),
    Survivor(
        "policy/AssumeAuditor",
        "sts:\\*|sts:Assume\\*|role/audit/\\*",
        "The trust policy of the role lets nothing but `sts:AssumeRole` through, and no other role has its path",
    ),
    Survivor(".*", "kms:Decrypt\\*|organizations:Leave\\*", "AWS has no other action whose name begins so"),
)


# Changes --------------------------------------------------------------------------------------------------------------


def mutants_of(document: HeldDocument) -> Iterator[Mutant]:
    """All changes of a document."""
    original = json.loads(document.text)
    lone = isinstance(original["Statement"], dict)
    statements = [original["Statement"]] if lone else original["Statement"]
    for at, statement in enumerate(statements):
        for operator, what, changed in _changes(statement, document, len(statements)):
            found = deepcopy(original)
            rest = deepcopy(statements)
            rest[at : at + 1] = [changed] if changed is not None else []
            found["Statement"] = rest
            name = statement.get("Sid") or f"statement {at}"
            yield Mutant(document, operator, f"{name}, {what}", json.dumps(found, ensure_ascii=False))


Change = tuple[str, str, dict[str, Any] | None]


def _changes(statement: dict[str, Any], document: HeldDocument, count: int) -> Iterator[Change]:
    nothing = _NOTHING.get(str(document.kind), "none:Nothing")
    inert = {name: value for name, value in statement.items() if name != "NotAction"} | {"Action": nothing}
    yield "drop a statement", "dropped", None if count > 1 else inert
    yield "flip the effect", "effect flipped", statement | {"Effect": _OPPOSITE[statement["Effect"]]}
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in statement:
            yield from _of_list(statement, element)
    for element in ("Principal", "NotPrincipal"):
        if element in statement:
            yield from _of_principal(statement, element)
    if "Condition" in statement:
        yield from _of_condition(statement)


def _of_list(statement: dict[str, Any], element: str) -> Iterator[Change]:
    twin = {(_TWINS[element] if name == element else name): value for name, value in statement.items()}
    yield "negate an element", f"{element} -> {_TWINS[element]}", twin
    values = statement[element] if isinstance(statement[element], list) else [statement[element]]
    wider, narrower = (_wider_action, _narrower_action) if "Action" in element else (_wider_resource, _narrower_resource)
    for at, value in enumerate(values):
        if len(values) > 1:
            yield f"drop a value of {element}", f"{element} without {value}", _with(statement, element, values, at, None)
        for other in wider(value):
            yield f"widen {element}", f"{element} {value} -> {other}", _with(statement, element, values, at, other)
        for other in narrower(value):
            yield f"narrow {element}", f"{element} {value} -> {other}", _with(statement, element, values, at, other)


def _with(statement: dict[str, Any], element: str, values: list[str], at: int, other: str | None) -> dict[str, Any]:
    return statement | {element: [*values[:at], *([other] if other is not None else []), *values[at + 1 :]]}


def _wider_action(value: str) -> Iterator[str]:
    if value == "*":
        return
    service, name = value.split(":")
    verb = re.match(r"[A-Z][a-z]*", name)
    if verb is not None and f"{verb.group()}*" != name:
        yield f"{service}:{verb.group()}*"
    if name != "*":
        yield f"{service}:*"
    yield "*"


def _narrower_action(value: str) -> Iterator[str]:
    if value == "*":
        yield "s3:*"
    elif value.endswith("*"):
        yield f"{value[:-1]}Nothing*"
    else:
        yield f"{value}s"


def _wider_resource(value: str) -> Iterator[str]:
    if value == "*":
        return
    if "/" in value and not value.endswith("/*"):
        yield value.rsplit("/", 1)[0] + "/*"
    elif value.endswith("/*"):
        yield value[:-2] + "*"
    else:
        yield f"{value}*"
    yield "*"


def _narrower_resource(value: str) -> Iterator[str]:
    if value == "*":
        yield "arn:aws:s3:::harbor-*"
    elif value.endswith("*"):
        yield f"{value[:-1]}nothing/*"
    else:
        yield f"{value}s"


def _of_principal(statement: dict[str, Any], element: str) -> Iterator[Change]:
    given = statement[element]
    if given == "*":
        yield "narrow Principal", f"{element} * -> one user", statement | {element: {"AWS": "arn:aws:iam::111122223333:user/ann"}}
        return
    for kind, listed in given.items():
        for value in listed if isinstance(listed, list) else [listed]:
            if kind == "AWS" and value != "*":
                yield "widen Principal", f"{element} {value} -> *", statement | {element: {"AWS": "*"}}
            if (found := _ACCOUNT.match(value)) is not None:
                root = f"arn:{found[1]}:iam::{found[2]}:root"
                yield "widen Principal", f"{element} {value} -> {root}", statement | {element: {kind: root}}
            other = f"x{value}" if kind == "Service" else "arn:aws:iam::111122223333:user/george"
            yield "change Principal", f"{element} {value} -> {other}", statement | {element: {kind: other}}


# Changes of conditions ------------------------------------------------------------------------------------------------


def _of_condition(statement: dict[str, Any]) -> Iterator[Change]:
    condition = statement["Condition"]
    without = {name: value for name, value in statement.items() if name != "Condition"}
    yield "drop the condition", "without Condition", without
    for operator, keys in condition.items():
        for key, given in keys.items():
            rest = {name: {k: v for k, v in held.items() if (name, k) != (operator, key)} for name, held in condition.items()}
            rest = {name: held for name, held in rest.items() if held}
            if rest:
                yield "drop a test", f"without {operator} {key}", statement | {"Condition": rest}
            for other in _other_operators(operator):
                changed = {**rest, other: {**rest.get(other, {}), key: given}}
                yield "change an operator", f"{operator} {key} -> {other}", statement | {"Condition": changed}
            for words, values in _other_values(operator, given):
                changed = {**rest, operator: {**rest.get(operator, {}), key: values}}
                yield "change a value", f"{operator} {key}: {words}", statement | {"Condition": changed}


def _other_operators(operator: str) -> Iterator[str]:
    base, suffix = operator.removesuffix("IfExists"), "IfExists" if operator.endswith("IfExists") else ""
    if base == "Null":
        return
    yield base if suffix else f"{base}IfExists"
    negated = {"IpAddress": "NotIpAddress", "NotIpAddress": "IpAddress"}
    if base.startswith(("String", "Arn", "Numeric", "Date")):
        family = next(name for name in ("String", "Arn", "Numeric", "Date") if base.startswith(name))
        rest = base.removeprefix(family)
        negated[base] = f"{family}{rest.removeprefix('Not')}" if rest.startswith("Not") else f"{family}Not{rest}"
        if rest.endswith("Like"):
            yield f"{family}{rest.replace('Like', 'Equals')}{suffix}"
        if rest.endswith("Equals") and family == "String":
            yield f"{family}{rest.replace('Equals', 'Like')}{suffix}"
    if base in negated:
        yield f"{negated[base]}{suffix}"


def _other_values(operator: str, given: Any) -> Iterator[tuple[str, Any]]:
    values = given if isinstance(given, list) else [given]
    for at, value in enumerate(values):
        rest = [*values[:at], *values[at + 1 :]]
        if rest:
            yield f"without `{value}`", rest
        if value in ("true", "false"):
            yield f"`{value}` -> opposite", "false" if value == "true" else "true"
        elif "Ip" in operator:
            address, _, bits = value.partition("/")
            yield (
                f"`{value}` -> /0",
                [*values[:at], f"{address.split(':')[0]}::/0" if ":" in address else "0.0.0.0/0", *rest[at:]],
            )
            yield f"`{value}` -> half of it", [*values[:at], f"{address}/{int(bits) + 1}", *rest[at:]]
        else:
            yield f"`{value}` -> another", [*values[:at], f"{value}x", *rest[at:]]
            if "Like" in operator:
                yield f"`{value}` -> *", [*values[:at], "*", *rest[at:]]


# Runs -----------------------------------------------------------------------------------------------------------------


def changed_snapshot(snapshot: Snapshot, document: HeldDocument, text: str) -> Snapshot:
    """The snapshot with another text for one document."""

    def policy(one: Policy, prefix: str = "") -> Policy:
        return replace(one, document=text) if f"{prefix}{one.id}" == document.id else one

    def holder(one: Any) -> Any:
        return replace(one, inline=tuple(policy(inline, f"{one.arn}:") for inline in one.inline))

    def role(one: Role) -> Role:
        held: Role = holder(one)
        return replace(held, trust=text if f"{one.arn}:trust" == document.id else one.trust)

    def account(one: Account) -> Account:
        users: tuple[User, ...] = tuple(holder(user) for user in one.users)
        groups: tuple[Group, ...] = tuple(holder(group) for group in one.groups)
        policies = tuple(policy(managed) for managed in one.policies)
        return replace(one, users=users, groups=groups, roles=tuple(role(held) for held in one.roles), policies=policies)

    def organization(one: Organization | None) -> Organization | None:
        if one is None:
            return None
        return replace(one, scps=tuple(policy(scp) for scp in one.scps), rcps=tuple(policy(rcp) for rcp in one.rcps))

    return replace(
        snapshot,
        accounts=tuple(account(one) for one in snapshot.accounts),
        resources=tuple(replace(one, policy=text) if one.arn == document.id else one for one in snapshot.resources),
        organization=organization(snapshot.organization),
    )


def example_suites() -> list[Suite]:
    """The policy tests of the example."""
    sources = Sources()
    return [load_suite(file, sources) for file in find_files([EXAMPLE])]


def all_mutants(suites: list[Suite]) -> Iterator[Mutant]:
    """The mutants of the example's documents that bind somebody and are its own."""
    for document in suites[0].source.documents:
        if document.binds and not document.vendor:
            yield from mutants_of(document)


def catches(suites: list[Suite], mutant: Mutant) -> str | None:
    """The name of a case that fails on a mutant; `None` if none does.

    Raises:
        BailiwickError: The mutant is no legal policy.
    """
    original = suites[0].source
    if not isinstance(original, SnapshotSource):
        raise TypeError("the example names a snapshot")
    source = SnapshotSource("mutant", changed_snapshot(original.snapshot, mutant.document, mutant.text))
    runner = Runner()
    for suite in suites:
        for result in runner.run(replace(suite, source=source)):
            if result.status != "passed":
                return result.case.name
    return None


def run() -> tuple[str, int]:
    """All mutants; the report, and how many survivors nothing explains."""
    suites = example_suites()
    asked, caught, illegal = Counter[str](), Counter[str](), 0
    explained: list[tuple[Mutant, str]] = []
    unexplained: list[Mutant] = []
    for mutant in all_mutants(suites):
        try:
            case = catches(suites, mutant)
        except BailiwickError:
            illegal += 1
            continue
        asked[mutant.operator] += 1
        if case is not None:
            caught[mutant.operator] += 1
            continue
        why = next((one.why for one in SURVIVORS if one.explains(mutant)), None)
        if why is None:
            unexplained.append(mutant)
        else:
            explained.append((mutant, why))
    cases = sum(len(suite.cases) for suite in suites)
    return _report(asked, caught, illegal, explained, unexplained, cases), len(unexplained)


def _report(
    asked: Counter[str],
    caught: Counter[str],
    illegal: int,
    explained: list[tuple[Mutant, str]],
    unexplained: list[Mutant],
    cases: int,
) -> str:
    total, found = asked.total(), caught.total()
    lines = [
        HEAD,
        f"{cases} cases caught {found} of {total} mutants ({100 * found / total:.1f}%); of the {total - found} that survived, "
        f"{len(explained)} have a reason below. {illegal} changes were refused by the grammar.",
        "",
        "| change | mutants | caught |",
        "|---|--:|--:|",
        *(f"| {operator} | {count} | {caught[operator]} |" for operator, count in sorted(asked.items())),
        f"| all | {total} | {found} |",
        "",
        "## Survivors",
        "",
    ]
    for why in dict.fromkeys(why for _mutant, why in explained):
        lines += [f"{why}:", "", *(f"- {mutant.name}" for mutant, reason in explained if reason == why), ""]
    if unexplained:
        lines += ["Without a reason:", "", *(f"- {mutant.name}" for mutant in unexplained), ""]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutants of the example's policies against its policy tests.")
    parser.add_argument("--out", type=Path, help="write the report here as well")
    options = parser.parse_args()
    start = time.perf_counter()
    report, unexplained = run()
    print(report)
    print(f"{time.perf_counter() - start:.1f} s", file=sys.stderr)
    if options.out is not None:
        options.out.write_text(report, encoding="utf-8")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
