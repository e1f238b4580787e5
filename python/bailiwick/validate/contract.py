"""The fewest patterns that stand for given actions and for no others."""

from __future__ import annotations

from collections.abc import Iterable

from bailiwick.errors import ValidationError
from bailiwick.reference.text import fold
from bailiwick.validate.services import Service, ServiceReference


def contract(actions: Iterable[str], services: ServiceReference) -> tuple[str, ...]:
    """The fewest patterns with a `*` at their end that match the given actions and no other action that is known.

    Each pattern is as long as it can be, so that it reaches as few actions of the future as possible.

    Args:
        actions: `service:Name`, or patterns, which are expanded first.
        services: What actions there are.

    Returns:
        Patterns in order.

    Raises:
        ValidationError: An action or a service is not known, so that it cannot be said what a pattern matches.
    """
    wanted: dict[str, set[str]] = {}
    for action in actions:
        found = list(services.matching(action))
        if not found:
            raise ValidationError(f"`{action}` matches no action that is known")
        for service, known in found:
            wanted.setdefault(fold(service.prefix), set()).add(fold(known.name))
    patterns = [pattern for prefix, names in wanted.items() for pattern in _patterns(services.services[prefix], names)]
    return tuple(sorted(patterns, key=fold))


def _patterns(service: Service, wanted: set[str]) -> Iterable[str]:
    """Walks the tree of names: where all below a prefix is wanted, one pattern is enough, and none is shorter."""
    todo = [""]
    names = sorted(service.actions)
    while todo:
        prefix = todo.pop()
        below = [name for name in names if name.startswith(prefix)]
        if not wanted.intersection(below):
            continue
        if wanted.issuperset(below):
            yield f"{service.prefix}:{_pattern(service, below)}"
            continue
        if prefix in wanted:
            yield f"{service.prefix}:{service.actions[prefix].name}"
        todo += {name[: len(prefix) + 1] for name in below if name != prefix}


def _pattern(service: Service, names: list[str]) -> str:
    """The longest pattern for all of some names; `*` for all of a service."""
    if len(names) == 1:
        return service.actions[names[0]].name
    # Sorted: what the first and the last have in common, all have.
    shared = next(at for at in range(len(names[0]) + 1) if names[0][: at + 1] != names[-1][: at + 1] or at == len(names[0]))
    return f"{service.actions[names[0]].name[:shared]}*"
