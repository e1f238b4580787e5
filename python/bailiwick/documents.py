"""Pydantic models of policy documents, for people who build policies in code.

They are a way in, not a second parser: they know the shape of a document, and the engine's parser knows what is legal in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StrictBool, StrictInt, StrictStr, model_validator

OneOrMany: TypeAlias = StrictStr | list[StrictStr]


def _lexeme(value: Decimal) -> str:
    return format(value, "f")


ExactDecimal: TypeAlias = Annotated[Decimal, Field(strict=True), PlainSerializer(_lexeme, return_type=str)]
ConditionScalar: TypeAlias = StrictBool | StrictInt | StrictStr | ExactDecimal
ConditionValue: TypeAlias = ConditionScalar | list[ConditionScalar]
Conditions: TypeAlias = dict[str, dict[str, ConditionValue]]


class _Element(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_not_absent(cls, data: Any) -> Any:
        """A `null` that was read as nothing would take a condition away (G-05)."""
        if isinstance(data, Mapping):
            for name in (field.alias for field in cls.model_fields.values()):
                if name in data and data[name] is None:
                    raise ValueError(f"`{name}` is null: leave it out")
        return data


class Principal(_Element):
    """A principal map (G-14…17).

    >>> Principal(aws="111122223333").model_dump(by_alias=True, exclude_none=True)
    {'AWS': '111122223333'}
    """

    aws: OneOrMany | None = Field(default=None, alias="AWS")
    service: OneOrMany | None = Field(default=None, alias="Service")
    federated: OneOrMany | None = Field(default=None, alias="Federated")
    canonical_user: OneOrMany | None = Field(default=None, alias="CanonicalUser")


PrincipalElement: TypeAlias = Literal["*"] | Principal


class Statement(_Element):
    """One statement; of two elements that exclude each other, at most one (G-10).

    >>> Statement(effect="Allow", action="s3:GetObject", resource="*").effect
    'Allow'
    """

    sid: str | None = Field(default=None, alias="Sid")
    effect: Literal["Allow", "Deny"] = Field(alias="Effect")
    principal: PrincipalElement | None = Field(default=None, alias="Principal")
    not_principal: PrincipalElement | None = Field(default=None, alias="NotPrincipal")
    action: OneOrMany | None = Field(default=None, alias="Action")
    not_action: OneOrMany | None = Field(default=None, alias="NotAction")
    resource: OneOrMany | None = Field(default=None, alias="Resource")
    not_resource: OneOrMany | None = Field(default=None, alias="NotResource")
    condition: Conditions | None = Field(default=None, alias="Condition")

    @model_validator(mode="after")
    def _one_of_each(self) -> Statement:
        for one, other in (("principal", "not_principal"), ("action", "not_action"), ("resource", "not_resource")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ValueError(f"`{one}` and `{other}` exclude each other")
        return self


class PolicyDocument(_Element):
    """A policy document.

    Built in code it is of version 2012-10-17. One that is read, with `Statement` as its member, is of the version that it
    names; without one it stays without, as which variables are plain text (G-07, M-20).

    >>> allow = Statement(effect="Allow", action="s3:GetObject", resource="arn:aws:s3:::reports/*")
    >>> PolicyDocument(statement=[allow]).to_json()
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::reports/*"}]}'
    """

    version: Literal["2012-10-17", "2008-10-17"] | None = Field(default="2012-10-17", alias="Version")
    id: str | None = Field(default=None, alias="Id")
    statement: Statement | list[Statement] = Field(alias="Statement")

    @model_validator(mode="before")
    @classmethod
    def _keep_what_was_read(cls, data: Any) -> Any:
        is_read = isinstance(data, Mapping) and "Statement" in data
        return {**data, "version": None} if is_read and not {"Version", "version"} & set(data) else data

    def to_json(self) -> str:
        """The canonical text that the parsers read: members in the order of AWS's grammar, nothing that is absent."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


def text_of(document: object) -> str:
    """The text of a document given as text, as a model or as a mapping.

    Raises:
        TypeError: It is none of these.
    """
    if isinstance(document, str):
        return document
    if isinstance(document, PolicyDocument):
        return document.to_json()
    if isinstance(document, Mapping):
        return json.dumps(_plain(document), ensure_ascii=False)
    raise TypeError(f"policy document: expected str, PolicyDocument or a mapping, found {type(document).__name__}")


def _plain(value: Any) -> Any:
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value
