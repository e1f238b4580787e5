"""Checks of what a sibling says already."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bailiwick.reference.text import fold
from bailiwick.validate.patterns import covers, literal_prefix
from bailiwick.validate.policy import Element, Statement, Value
from bailiwick.validate.subject import Draft, Subject


def actions(subject: Subject) -> Iterator[Draft]:
    """Actions that another value of the same element covers."""
    for statement in subject.statements:
        if statement.action is not None:
            for values in _groups(statement.action, fold, covers):
                yield _draft("REDUNDANT_ACTION", statement.action, values)


def resources(subject: Subject) -> Iterator[Draft]:
    """Resources that another value of the same element covers."""
    for statement in subject.statements:
        if statement.resource is not None:
            for values in _groups(statement.resource, _as_it_is, covers_resource):
                yield _draft("REDUNDANT_RESOURCE", statement.resource, values)


def _as_it_is(text: str) -> str:
    return text


def covers_resource(pattern: str, other: str) -> bool:
    """Whether a resource pattern covers another, segment by segment (M-13).

    >>> covers_resource("arn:aws:s3:::b*", "arn:aws:s3:::b/*"), covers_resource("arn:aws:s3:*", "arn:aws:s3:::b")
    (True, False)
    """
    if pattern in ("*", other):
        return True
    one, two = pattern.split(":", 5), other.split(":", 5)
    return len(one) == len(two) == 6 and all(covers(*segments) for segments in zip(one, two, strict=True))


def _draft(code: str, element: Element, values: list[Value]) -> Draft:
    """The first of the values covers the others."""
    covering, *covered = values
    what = ", ".join(f"`{value.text}`" for value in covered[:3]) + (" …" if len(covered) > 3 else "")
    message = f"`{covering.text}` in `{element.name}` already includes {what}"
    places = tuple(value.place for value in (*covered, covering))
    return Draft(code, message, places)


def _groups(element: Element, normal: Callable[[str], str], covering: Callable[[str, str], bool]) -> Iterator[list[Value]]:
    """Values that cover others, each with those it covers; of equal ones the first stays."""
    texts = [normal(value.text) for value in element.values]
    first: dict[str, int] = {}
    same: dict[int, list[int]] = {}
    for at, text in enumerate(texts):
        if text in first:
            same.setdefault(first[text], []).append(at)
        else:
            first[text] = at
    by_prefix: dict[str, list[int]] = {}
    for text, at in first.items():
        if ("*" in text or "?" in text) and "${" not in text:
            by_prefix.setdefault(literal_prefix(text), []).append(at)
    covered: dict[int, list[int]] = {}
    for at in first.values():
        other = _covering(at, texts, by_prefix, covering)
        if other is not None:
            covered.setdefault(other, []).extend([at, *same.pop(at, ())])
    for other in sorted({*same, *covered}):
        members = sorted([*same.get(other, []), *covered.get(other, [])])
        yield [element.values[other], *(element.values[at] for at in members)]


def _covering(at: int, texts: list[str], by_prefix: dict[str, list[int]], covering: Callable[[str, str], bool]) -> int | None:
    """The first other pattern that covers a text; patterns are looked up by the text before their first wildcard."""
    text = texts[at]
    for length in range(len(text) + 1):
        for other in by_prefix.get(text[:length], ()):
            if other != at and covering(texts[other], text) and not (covering(text, texts[other]) and at < other):
                return other
    return None


def statements(subject: Subject) -> Iterator[Draft]:
    """Statements that say the same, their Sids aside."""
    seen: dict[object, Statement] = {}
    for statement in subject.statements:
        content = _content(statement)
        if content in seen:
            message = f"statement {statement.index} says the same as statement {seen[content].index}"
            yield Draft("REDUNDANT_STATEMENT", message, (statement.place, seen[content].place))
        else:
            seen[content] = statement


def _content(statement: Statement) -> object:
    def element(found: Element | None, normal: Callable[[str], str]) -> object:
        return None if found is None else (found.negated, frozenset(normal(value.text) for value in found.values))

    return (
        statement.effect,
        statement.not_principal,
        frozenset((principal.key, principal.value.text) for principal in statement.principals),
        element(statement.action, fold),
        element(statement.resource, _as_it_is),
        frozenset((test.name, test.folded, frozenset(value.text for value in test.values)) for test in statement.tests),
    )


CHECKS = (actions, resources, statements)
