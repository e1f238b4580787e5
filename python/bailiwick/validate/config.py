"""The configuration of `bailiwick validate`: what counts, what is known and accepted, what files are."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic import ValidationError as ShapeError

from bailiwick._yaml import pyyaml
from bailiwick.errors import ValidationError
from bailiwick.models import PolicyKind
from bailiwick.validate.access import Access
from bailiwick.validate.catalogue import CATALOGUE, OTHER_NAMES
from bailiwick.validate.finding import FindingType
from bailiwick.validate.patterns import matcher

#: Found without being named, in the directory where the command runs.
DEFAULT_NAME = "bailiwick.toml"


class Level(StrEnum):
    """What a finding counts as; `off` is not reported at all."""

    ERROR = "error"
    SECURITY_WARNING = "security-warning"
    WARNING = "warning"
    SUGGESTION = "suggestion"
    OFF = "off"

    @property
    def type(self) -> FindingType | None:
        """The type of the same name; `None` for `off`."""
        return None if self is Level.OFF else FindingType[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """What the policies of some files are used for, where the files do not say."""

    files: str
    kind: PolicyKind
    resource_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A finding that is known and accepted.

    Attributes:
        codes: Which findings.
        reason: Why they are accepted.
        files: Glob of paths, relative to the configuration; `*` matches `/` as well.
        policy: Glob of names of policies in a file.
        sid: Glob of `Sid`s; findings outside of statements have none.
        until: The last day on which it holds.
    """

    codes: frozenset[str]
    reason: str
    files: str = "*"
    policy: str = "*"
    sid: str | None = None
    until: date | None = None

    def covers(self, code: str, file: str, policy: str, sid: str | None) -> bool:
        """Whether it is about a finding."""
        return (
            code in self.codes
            and matcher(self.files)(file)
            and matcher(self.policy)(policy)
            and (self.sid is None or (sid is not None and matcher(self.sid)(sid)))
        )

    def __str__(self) -> str:
        about = ", ".join(f"`{code}`" for code in sorted(self.codes))
        return f"suppression of {about} in `{self.files}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a project decided about validation.

    Attributes:
        root: Directory that paths are relative to.
        fail_on: The least grave type that fails; `None` if nothing does.
        kind: What files are that do not say; `None` is a guess.
        files: What certain files are; the first that matches counts.
        severity: Types by code, in place of the catalogue's; `None` is off.
        suppressions: What is known and accepted.
        must_not_grant: Access that no policy may grant (V-22).
        audit: The checks that are off by default are on.
        services: File with the services and partitions that the host registers.
        service_references: Files or directories that describe services.
    """

    root: Path = field(default_factory=Path)
    fail_on: FindingType | None = FindingType.WARNING
    kind: PolicyKind | None = None
    files: tuple[FileKind, ...] = ()
    severity: Mapping[str, FindingType | None] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    must_not_grant: tuple[Access, ...] = ()
    audit: bool = False
    services: Path | None = None
    service_references: tuple[Path, ...] = ()

    def type_of(self, code: str) -> FindingType | None:
        """What a finding of a code counts as; `None` is off."""
        if code in self.severity:
            return self.severity[code]
        entry = CATALOGUE[code]
        return entry.type if entry.is_on or self.audit else None

    @property
    def turned_on(self) -> frozenset[str]:
        """Codes of checks that are off by default and wanted."""
        return frozenset(code for code, entry in CATALOGUE.items() if not entry.is_on and self.type_of(code) is not None)


# The file's shape ---------------------------------------------------------------------------------------------------------


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _known(code: str) -> str:
    found = OTHER_NAMES.get(code, code)
    if found not in CATALOGUE:
        raise ValueError(f"there is no finding `{code}`")
    return found


_Texts = Annotated[list[str], BeforeValidator(_listed)]
_Code = Annotated[str, Field(), BeforeValidator(lambda value: _known(value) if isinstance(value, str) else value)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _FileKind(_Shape):
    files: str
    kind: PolicyKind
    resource_type: str | None = None


class _Suppression(_Shape):
    code: Annotated[list[_Code], BeforeValidator(_listed)]
    reason: str = Field(min_length=3)
    files: str = "*"
    policy: str = "*"
    sid: str | None = None
    until: date | None = None


class _Access(_Shape):
    actions: _Texts = []
    resources: _Texts = []


class _File(_Shape):
    fail_on: Level = Level.WARNING
    kind: PolicyKind | None = None
    files: list[_FileKind] = []
    severity: dict[_Code, Level] = {}
    suppress: list[_Suppression] = []
    must_not_grant: list[_Access] = []
    audit: bool = False
    services: Path | None = None
    service_reference: Annotated[list[Path], BeforeValidator(_listed)] = []


def load_config(path: Path) -> Config:
    """Reads the table `validate` of a TOML or YAML file.

    Raises:
        ValidationError: There is no such file, or something in it is not understood; it is named by its place.
    """
    try:
        shape = _File.model_validate(_table(path))
    except ShapeError as error:
        first = error.errors()[0]
        where = "/".join(str(part) for part in ("validate", *first["loc"]) if part != "[key]")
        words = str(first["msg"]).removeprefix("Value error, ").replace("Input should", "should")
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise ValidationError(f"{path}: {words[0].lower()}{words[1:]}{more}", f"/{where}") from None
    root = path.resolve().parent
    return Config(
        root=root,
        fail_on=shape.fail_on.type,
        kind=shape.kind,
        files=tuple(FileKind(**found.model_dump()) for found in shape.files),
        severity={code: level.type for code, level in shape.severity.items()},
        suppressions=tuple(
            Suppression(codes=frozenset(found.code), **found.model_dump(exclude={"code"})) for found in shape.suppress
        ),
        must_not_grant=tuple(Access(tuple(found.actions), tuple(found.resources)) for found in shape.must_not_grant),
        audit=shape.audit,
        services=root / shape.services if shape.services is not None else None,
        service_references=tuple(root / reference for reference in shape.service_reference),
    )


def _table(path: Path) -> Any:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValidationError(f"{path}: {error.strerror or error}") from error
    if path.suffix.lower() in (".yaml", ".yml"):
        whole = _yaml(data, path)
    else:
        try:
            whole = tomllib.loads(data.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValidationError(f"{path}: {str(error).lower()}") from None
    if not isinstance(whole, dict) or "validate" not in whole:
        raise ValidationError(f"{path}: expected a table `validate`")
    return whole["validate"]


def _yaml(data: bytes, path: Path) -> Any:
    try:
        yaml = pyyaml()
    except ImportError:
        raise ValidationError(f"{path}: reading YAML needs PyYAML\nhint: pip install 'bailiwick[yaml]'") from None
    try:
        return yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise ValidationError(f"{path}: {str(error).splitlines()[0]}") from None
