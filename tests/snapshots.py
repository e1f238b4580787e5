"""Random snapshots and requests to them, from the words of `tests.drawing`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bailiwick import MalformedPolicyDocument, _core
from bailiwick import models as m
from tests.drawing import ACTIONS, CONTEXT_VALUES, KEYS, RESOURCES, ROLE, STS_ACTIONS, A, B, Draw, Json

Request = tuple[Any, str, str, dict[str, Any]]

USERS = (f"arn:aws:iam::{A}:user/ann", f"arn:aws:iam::{A}:user/x/eve", f"arn:aws:iam::{B}:user/bob")
GROUPS = ("devs", "all")
#: Keys that follow from principals and resources, beside those that only hosts give.
DERIVED = ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:username", "aws:PrincipalTag/team", "aws:ResourceTag/Team")
#: More statements than a document, and more policies than a list, may have without an index of its own.
LONG_DOCUMENT, LONG_LIST = 80, 20


@dataclass
class Drawn:
    """A snapshot, and what it was drawn with."""

    snapshot: m.Snapshot
    draw: Draw

    def request(self) -> Request:
        """Who, what, where, and the context."""
        draw = self.draw
        trust = draw.chance(15)
        principal = draw.of(CALLERS)
        context = {draw.of((*KEYS, *DERIVED)): draw.of(CONTEXT_VALUES) for _ in range(draw.of((0, 1, 2, 4)))}
        if trust:
            return principal, draw.of(STS_ACTIONS), ROLE, context
        return principal, draw.of(ACTIONS), draw.of(RESOURCES), context


CALLERS: tuple[Any, ...] = (
    *USERS,
    *USERS,
    f"arn:aws:iam::{A}:root",
    ROLE,
    f"arn:aws:sts::{A}:assumed-role/App/s1",
    f"arn:aws:sts::{A}:federated-user/Jane",
    m.Principal(
        kind=m.PrincipalKind.FEDERATED_USER,
        account=A,
        arn=f"arn:aws:sts::{A}:federated-user/Jane",
        issuer_arn=USERS[0],
        session_tags={"Team": "ann"},
    ),
    m.Principal(kind=m.PrincipalKind.ROLE_SESSION, account=A, role_arn=ROLE, session_tags={"team": "bob", "TEAM": "ann"}),
    "app.amazonaws.com",
    "anonymous",
)


def text(draw: Draw, kind: str, most: int = 3) -> str:
    """A legal document; now and then one that is long enough to have an index."""
    if draw.chance(5):
        bodies = [body for body in (draw.statement(kind) for _ in range(LONG_DOCUMENT)) if is_legal(document([body]), kind)]
        for number, body in enumerate(bodies):
            if "Sid" in body:
                body["Sid"] = f"S{number}"
        return document(bodies)
    while True:
        policy = draw.document(kind, most) if kind in ("trust", "resource") else draw.policy(kind)
        found = json.dumps(policy.get("document", policy))
        if is_legal(found, kind):
            return found


def document(bodies: list[Json]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": bodies})


def is_legal(text: str, kind: str) -> bool:
    try:
        _core.parse_policy(text.encode(), kind, None)
    except MalformedPolicyDocument:
        return False
    return True


def account(draw: Draw, number: str) -> m.Account:
    """An account with users, groups and a role."""
    ids = [f"arn:aws:iam::{number}:policy/p{at}" for at in range(LONG_LIST + 10)]
    policies = tuple(m.Policy(id=id, document=text(draw, "identity", 2)) for id in ids)

    def attached() -> tuple[str, ...]:
        count = LONG_LIST if draw.chance(15) else draw.of((0, 1, 3))
        return tuple(dict.fromkeys(draw.of(ids) for _ in range(count)))

    def inline() -> tuple[m.Policy, ...]:
        return tuple(m.Policy(id=f"i{at}", document=text(draw, "identity")) for at in range(draw.of((0, 1, 2))))

    def boundary() -> str | None:
        return draw.of(ids) if draw.chance(25) else None

    def tags() -> dict[str, str]:
        return {draw.of(("team", "Team", "TEAM")): draw.of(("ann", "bob")) for _ in range(draw.of((0, 1, 2)))}

    groups = tuple(m.Group(arn=f"arn:aws:iam::{number}:group/{name}", policies=attached(), inline=inline()) for name in GROUPS)
    users = tuple(
        m.User(
            arn=arn,
            id="AIDAANNEXAMPLE0000001" if arn == USERS[0] else None,
            inline=inline(),
            policies=attached(),
            groups=tuple(dict.fromkeys(draw.of(GROUPS) for _ in range(draw.of((0, 1, 2))))),
            boundary=boundary(),
            tags=tags(),
        )
        for arn in USERS
        if f":{number}:" in arn
    )
    roles: tuple[m.Role, ...] = ()
    if number == A:
        roles = (
            m.Role(
                arn=ROLE,
                id="AROAAPPEXAMPLE0000001",
                trust=text(draw, "trust"),
                inline=inline(),
                policies=attached(),
                boundary=boundary(),
                tags=tags(),
            ),
        )
    return m.Account(id=number, users=users, groups=groups, roles=roles, policies=policies)


def organization(draw: Draw) -> m.Organization:
    """A root, a unit and both accounts, with control policies on each."""
    scps = tuple(m.Policy(id=f"p-s{at}", document=text(draw, "scp")) for at in range(6))
    rcps = tuple(m.Policy(id=f"p-r{at}", document=text(draw, "rcp")) for at in range(4))

    def some(policies: tuple[m.Policy, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(draw.of(policies).id for _ in range(draw.of((1, 2)))))

    parents = (("r-ab12", None), ("ou-ab12-cdef3456", "r-ab12"), (A, "ou-ab12-cdef3456"), (B, "r-ab12"))
    targets = tuple(m.OrganizationTarget(id=id, parent=up, scps=some(scps), rcps=some(rcps)) for id, up in parents)
    return m.Organization(
        id="o-ab12cdef34",
        management_account=draw.of((A, B, B)),
        targets=targets,
        scps=scps,
        rcps=rcps,
        scp_enabled=draw.chance(80),
        rcp_enabled=draw.chance(50),
    )


def snapshot(draw: Draw) -> Drawn:
    """Two accounts, perhaps an organization, and a few resources."""
    bucket_owner = draw.of((A, A, B))
    held = (
        ("arn:aws:s3:::b", bucket_owner),
        ("arn:aws:s3:::b/home/ann/x", bucket_owner),
        (f"arn:aws:kms:eu-west-1:{A}:key/k1", A),
    )
    resources = tuple(
        m.Resource(arn=arn, account=owner, policy=text(draw, "resource") if draw.chance(70) else None, tags={"Team": "ann"})
        for arn, owner in held
        if draw.chance(70)
    )
    made = m.Snapshot(
        accounts=(account(draw, A), account(draw, B)),
        organization=organization(draw) if draw.chance(50) else None,
        resources=resources,
    )
    return Drawn(made, draw)
