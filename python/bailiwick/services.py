"""`services.json`: the partitions and services that the host registers."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic import ValidationError as ShapeError

from bailiwick._json import read_file
from bailiwick.errors import ValidationError
from bailiwick.models import Registry, ServiceProfile, TrustMode


class _Profile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    trust_mode: TrustMode = "default"
    implicit_resource: bool = False
    canonical_user: bool = False
    rcp: bool = True
    anonymous_allowed: bool = False
    policy_depth: int = 0


class _Services(BaseModel):
    model_config = ConfigDict(extra="forbid")

    partitions: list[str] = []
    services: dict[str, _Profile] = {}


def load_registry(path: str | os.PathLike[str]) -> Registry:
    """Reads a file of partitions and services.

    Raises:
        ValidationError: There is none, or it is not of the shape.
    """
    try:
        found = _Services.model_validate_json(read_file(Path(path)))
    except ShapeError as error:
        first = error.errors()[0]
        where = "/".join(str(part) for part in first["loc"])
        raise ValidationError(f"{os.fspath(path)}: {first['msg'].lower()}", f"/{where}") from None
    services = {name.lower(): ServiceProfile(**profile.model_dump()) for name, profile in found.services.items()}
    return Registry(partitions=frozenset(found.partitions), services=services)
