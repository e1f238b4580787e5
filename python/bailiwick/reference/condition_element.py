"""The `Condition` element (G-32…36)."""

from __future__ import annotations

from typing import Any

from bailiwick.reference import elements, operators
from bailiwick.reference.checks import Checks
from bailiwick.reference.document import ArnValue, Operator, Test
from bailiwick.reference.json_text import Member, Node, pointer
from bailiwick.reference.text import fold
from bailiwick.reference.variables import Part, Variable, VariableError, parts_of


def condition(checks: Checks, member: Member | None, path: str) -> tuple[Test, ...]:
    """The tests of a statement, in document order."""
    if member is None:
        return ()
    node, here = member.node, f"{path}/Condition"
    if node.kind != "object":
        checks.mismatch(node, here, "an object")
        return ()
    found: list[Test] = []
    seen: set[str] = set()
    for entry in node.members:
        if entry.name in seen:
            continue
        seen.add(entry.name)
        place = pointer(here, entry.name)
        operator = _operator(checks, entry, place)
        if entry.node.kind != "object":
            checks.mismatch(entry.node, place, "an object of condition keys")
            continue
        found += _tests(checks, operator, entry.node, place)
    return tuple(found)


def _operator(checks: Checks, member: Member, path: str) -> Operator | None:
    """G-33."""
    operator = operators.named(member.name)
    if operator is None:
        checks.fault("INVALID_CONDITION_OPERATOR", member.start, path, f"unknown condition operator `{member.name}`")
        return None
    if operator.base == "Null" and operator.if_exists:
        checks.fault("NULL_WITH_IFEXISTS", member.start, path, "`Null` has no `IfExists`")
    if operator.base == "Null" and operator.prefix:
        checks.fault("NULL_WITH_QUALIFIER", member.start, path, "`Null` has no set prefix")
    return operator


def _tests(checks: Checks, operator: Operator | None, node: Node, path: str) -> list[Test]:
    found: list[Test] = []
    exact: set[str] = set()
    folded: set[str] = set()
    for member in node.members:
        if member.name in exact:
            continue
        exact.add(member.name)
        here = pointer(path, member.name)
        _check_key(checks, member, here)
        if fold(member.name) in folded:
            message = f"condition key `{member.name}` is given twice"
            checks.fault("DUPLICATE_CONDITION_KEY", member.start, here, message)
        folded.add(fold(member.name))
        texts = _scalars(checks, member.node, here)
        if operator is None:
            continue
        parsed = [_value(checks, operator, *text) for text in texts]
        if operator.base in ("Bool", "Null") and None not in parsed and len(set(parsed)) > 1:
            checks.fault("MULTIPLE_BOOLEAN", member.node.start, here, "expected one of `true` and `false`")
        found.append(Test(operator, member.name, tuple(parsed), tuple(text for _, _, text in texts)))
    return found


def _check_key(checks: Checks, member: Member, path: str) -> None:
    """G-34, B-07."""
    name = member.name
    before, colon, after = name.rpartition(":")
    head = name.split("/", 1)[0]
    bad = (
        not 3 <= len(name) <= 256
        or any(scalar < " " or "\x7f" <= scalar <= "\x9f" for scalar in name)
        or not colon
        or not before
        or not after
        or any(scalar in " \t\n\r" for scalar in head)
    )
    if bad:
        checks.fault("INVALID_CONDITION_KEY", member.start, path, f"condition key `{name[:64]}`: expected `prefix:name`")
    elif name.endswith("/"):
        checks.fault("MISSING_TAG_KEY", member.start, path, f"condition key `{name}`: the tag key is missing")


def _scalars(checks: Checks, node: Node, path: str) -> list[tuple[Node, str, str]]:
    """Condition values as text: strings, lexemes of numbers, booleans (G-05)."""
    items = [(node, path)] if node.kind != "array" else [(item, pointer(path, at)) for at, item in enumerate(node.items)]
    if node.kind == "array" and not items:
        checks.fault("EMPTY_ARRAY", node.start, path, "the list is empty")
    found = []
    for item, place in items:
        if item.kind in ("string", "number"):
            found.append((item, place, str(item.value)))
        elif item.kind == "boolean":
            found.append((item, place, "true" if item.value else "false"))
        else:
            checks.mismatch(item, place, "a string, a number or a boolean")
    return found


def _value(checks: Checks, operator: Operator, node: Node, path: str, text: str) -> Any:
    """One value, parsed for its operator (G-35, B-08)."""
    base, variables = operator.base, checks.variables
    try:
        if base in operators.STRING:
            return tuple(parts_of(text, wild=base in ("StringLike", "StringNotLike"), variables=variables))
        if base in operators.ARN:
            return _arn(text, variables=variables)
    except VariableError as error:
        checks.fault(str(error), node.start, path, f"value `{text}`: malformed variable")
        return None
    except elements.Refused as refused:
        checks.fault(str(refused), node.start, path, f"value `{text}`: expected an ARN pattern, `*` or a variable")
        return None
    if variables and "${" in text:
        message = f"value `{text}`: only String and Arn operators know variables"
        checks.fault("INVALID_VARIABLE_FOR_OPERATOR", node.start, path, message)
        return None
    reader, code = operators.TYPES[base]
    found = reader(text)
    if found is None:
        checks.fault(code, node.start, path, f"value `{text}` is not of the type of `{operator}`")
    return found


def _arn(text: str, *, variables: bool) -> ArnValue:
    """C-11, M-28."""
    if text == "*":
        return ArnValue(("any",), None)
    if variables and text.startswith("${") and text.find("}") == len(text) - 1:
        whole: list[Part] = parts_of(text, wild=True, variables=True)
        if isinstance(whole[0], Variable):
            return ArnValue(whole[0], None)
    segments = elements.arn_segments(text, variables=variables)
    if segments is None:
        raise elements.Refused("TYPE_MISMATCH_ARN")
    return ArnValue(None, segments)
