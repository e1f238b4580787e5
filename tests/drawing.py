"""Cases drawn from a few words, so that policies and requests meet; the choices come from outside.

The same code draws for Hypothesis, which shrinks what it finds, and for long campaigns, which need speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

A, B = "111122223333", "444455556666"
Json = dict[str, Any]


class Chooser(Protocol):
    """Where choices come from."""

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1; small ones are simpler."""
        ...


class Draw:
    """Draws cases by asking a chooser."""

    def __init__(self, chooser: Chooser) -> None:
        self._below = chooser.below

    def of(self, options: Sequence[T]) -> T:
        return options[self._below(len(options))]

    def chance(self, percent: int) -> bool:
        return self._below(100) >= 100 - percent

    def some(self, options: Sequence[T], most: int) -> list[T]:
        return [self.of(options) for _ in range(1 + self._below(most))]

    def one_or_list(self, options: Sequence[str], most: int = 3) -> Any:
        values = self.some(options, most)
        return values[0] if len(values) == 1 and self.chance(70) else values

    # Statements -----------------------------------------------------------------------------------------------------

    def action_element(self, patterns: Sequence[str] = (), *, negatable: bool = True) -> Json:
        name = "NotAction" if negatable and self.chance(8) else "Action"
        return {name: self.one_or_list(patterns or ACTION_PATTERNS)}

    def resource_element(self) -> Json:
        name = "NotResource" if self.chance(8) else "Resource"
        if self.chance(45):
            return {name: "*"}
        return {name: self.one_or_list(RESOURCE_PATTERNS)}

    def condition(self) -> Json:
        if not self.chance(35):
            return {}
        block: Json = {}
        for _ in range(1 + self._below(2)):
            operator, key, values = self.test()
            block.setdefault(operator, {})[key] = values
        # Two spellings of one key in one operator are refused (G-04).
        folded = [(operator, key.lower()) for operator, tests in block.items() for key in tests]
        return {"Condition": block} if len(set(folded)) == len(folded) else {}

    def test(self) -> tuple[str, str, Any]:
        if self.chance(10):
            return "Null", self.of(KEYS), self.of(["true", "false", True, False])
        operators, values = self.of(FAMILIES)
        prefix = self.of(["", "", "", "ForAllValues:", "ForAnyValue:"])
        suffix = self.of(["", "", "IfExists"])
        operator = self.of(operators)
        value: Any = self.of(values) if operator == "Bool" else self.one_or_list(values)
        return prefix + operator + suffix, self.of(KEYS), value

    def principal_element(self) -> Json:
        value: Any = self.of(["*", {"AWS": "*"}]) if self.chance(35) else self.principal_map()
        return {"Principal": value}

    def principal_map(self) -> Json:
        kind = self.of(["AWS", "AWS", "AWS", "Service", "both"])
        found: Json = {}
        if kind in ("AWS", "both"):
            found["AWS"] = self.one_or_list(AWS_PRINCIPALS)
        if kind in ("Service", "both"):
            found["Service"] = self.one_or_list(SERVICES, 2)
        return found

    def effect(self, denies: int = 55) -> str:
        return "Deny" if self.chance(denies) else "Allow"

    def statement(self, kind: str) -> Json:
        effect = self.effect()
        body: Json = {"Sid": self.of(SIDS)} if self.chance(30) else {}
        body["Effect"] = effect
        if kind == "rcp":
            body |= {"Effect": "Deny", "Principal": "*", **self.action_element(RCP_PATTERNS, negatable=False)}
            return body | self.resource_element() | self.condition()
        if kind == "trust":
            body |= self.trust_principal() | self.action_element(STS_PATTERNS, negatable=False)
            return body | self.condition()
        if kind == "resource":
            if effect == "Deny" and self.chance(30):
                body["NotPrincipal"] = self.of([{"AWS": self.some(AWS_PRINCIPALS, 4)}, "*", self.principal_map()])
            else:
                body |= self.principal_element()
        if kind == "endpoint" and self.chance(40):
            body |= self.principal_element()
        return body | self.action_element() | self.resource_element() | self.condition()

    def trust_principal(self) -> Json:
        options: list[Json] = [{"AWS": "*"}, {"AWS": self.some(AWS_PRINCIPALS, 2)}, {"Service": self.of(SERVICES)}]
        return {"Principal": self.of([*options, {"Federated": self.of(PROVIDERS), "AWS": A}])}

    def document(self, kind: str, most: int = 3) -> Json:
        statements = [self.statement(kind) for _ in range(1 + self._below(most))]
        seen: set[str] = set()
        for body in statements:
            if body.get("Sid", "") in seen:
                body.pop("Sid", None)  # equal Sids are refused (G-11)
            seen.add(body.get("Sid", ""))
        version: Json = {"Version": self.of(["2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17"])}
        if version["Version"] == "2008-10-17" and self.chance(30):
            version = {}
        lone = len(statements) == 1 and self.chance(20)
        return version | {"Statement": statements[0] if lone else statements}

    def policy(self, kind: str) -> Json:
        if kind == "rcp" and self.chance(30):
            full = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
            return {"Version": "2012-10-17", "Statement": [full]}
        if kind in ("scp", "boundary", "session", "endpoint", "identity") and self.chance(60):
            return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        document = self.document(kind)
        return {"id": self.of(["p", "q", "r"]), "document": document} if self.chance(25) else document

    def policies(self, kind: str, most: int = 3) -> list[Json]:
        return [self.policy(kind) for _ in range(self._below(most + 1))]

    def levels(self, kind: str) -> list[list[Json]]:
        return [[self.policy(kind), *self.policies(kind, 1)] for _ in range(1 + self._below(2))]

    # Requests -------------------------------------------------------------------------------------------------------

    def context(self) -> Json:
        found: Json = {}
        for _ in range(self._below(6)):
            found[self.of(KEYS)] = self.of(CONTEXT_VALUES)
        return found

    def request(self, *, trust: bool, principal: Any) -> Json:
        found: Json = {"principal": principal, "context": self.context()}
        if trust:
            found |= {"action": self.of(STS_ACTIONS), "resource": ROLE}
        else:
            # A role's resource policy is read as a trust policy, so roles are asked for with `sts` actions alone.
            found |= {"action": self.of(ACTIONS), "resource": self.of(RESOURCES)}
        if self.chance(15) and found["resource"].split(":")[4:5] in ([""], []):
            found["resource_account"] = self.of([A, B])
        for name, percent in (("anonymous_allowed", 30), ("management_account", 10)):
            if self.chance(percent):
                found[name] = self.chance(70)
        if self.chance(8):
            found["trust_mode"] = self.of(["default", "resource_required"])
        return found

    def layers(self, kind: str, *, trust: bool) -> Json:
        found: Json = {"identity": [self.policy("identity"), *self.policies("identity", 2)]}
        if self.chance(15):
            del found["identity"]
        if self.chance(25):
            found["boundary"] = self.policy("boundary")
        if kind in ("root", "role_session", "federated_user") and self.chance(60 if kind == "federated_user" else 25):
            found["session"] = self.policies("session", 2)
        if self.chance(55) or trust:
            found["resource"] = self.document("trust" if trust else "resource")
        if self.chance(20):
            found["scp"] = self.levels("scp")
        if self.chance(15):
            found["rcp"] = self.levels("rcp")
        if self.chance(7):
            found["endpoint"] = self.policies("endpoint", 2)
        return found

    def group(self, requests: int) -> tuple[list[Json], Json]:
        """Several requests of one principal to one set of layers."""
        trust = self.chance(8)
        principal = self.of(PRINCIPALS[:4] if self.chance(72) else PRINCIPALS)
        kind = principal["kind"] if isinstance(principal, dict) else NAMED_KINDS[principal]
        layers = self.layers(kind, trust=trust)
        return [self.request(trust=trust, principal=principal) for _ in range(requests)], layers


SIDS = ("One", "Two", "")
ROLE = f"arn:aws:iam::{A}:role/team/App"
SERVICES = ("app.amazonaws.com", "logs.amazonaws.com")
PROVIDERS = ("accounts.google.com", f"arn:aws:iam::{A}:oidc-provider/id.example.com")
ACTIONS = ("s3:GetObject", "S3:getobject", "s3:PutObject", "app:Get", "kms:Decrypt", "iam:PassRole")
ACTION_PATTERNS = ("*", "s3:*", "s3:Get*", "S3:GetObject", "s3:PutObject", "app:*", "*:Get*", "k?s:Decrypt", "iam:PassRole")
RCP_PATTERNS = ("s3:*", "s3:Get*", "kms:Decrypt", "app:Get")
STS_ACTIONS = ("sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithWebIdentity")
STS_PATTERNS = ("sts:AssumeRole", "sts:*", "sts:Tag*", "STS:assumerole*")
RESOURCES = (
    "*",
    "arn:aws:s3:::b/home/ann/x",
    "arn:aws:s3:::b/home/bob/x",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/*",
    f"arn:aws:app:eu-west-1:{A}:q:{A}:z",
    f"arn:aws:kms:eu-west-1:{A}:key/k1",
    f"arn:aws:kms:eu-west-1:{B}:alias/k",
)
RESOURCE_PATTERNS = (
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b/home/${aws:username}/*",
    "arn:aws:s3:::b/home/${app:tags, 'ann'}/x",
    "arn:aws:s3:::b/${*}",
    "arn:aws:s3:::b/home/???/x",
    f"arn:aws:app:*:{A}:z",
    f"arn:aws:app:*:*:q:{A}:z",
    "arn:aws:kms:*",
    f"arn:aws:kms:eu-*:{A}:key/*",
    f"arn:*:iam::{A}:role/*",
    "arn:aws:s3:::b/home/${app:missing}/x",
)
KEYS = ("aws:username", "app:tags", "App:Tags", "app:num", "app:date", "app:ip", "app:arn", "app:flag", "app:missing")
STRINGS = ("ann", "Ann", "bob", "a*", "*", "${aws:username}", "${app:tags}", "${app:missing, 'ann'}", "${*}", "", "7", "É", "é")
NUMBERS = ("7", "7.0", "-3", "10", "0.1", "900719925474099300001", 7, -3)
DATES = ("2024-03-01", "2024-03-01T00:00:00Z", "2024-03-01T00:00:00.5+01:00", "1709251200", "2024", "2024-03")
IPS = ("203.0.113.0/24", "203.0.113.7", "::ffff:203.0.113.0/120", "2001:db8::/32", "0.0.0.0/0", "::1")
ARNS = (
    f"arn:aws:iam::{A}:role/*",
    f"arn:aws:iam::{A}:user/${{aws:username}}",
    "*",
    "${app:arn}",
    "arn:aws:s3:::b",
    f"arn:aws:app:*:{A}:z",
    "arn:${app:tags}:s3:::b",
)
BYTES = ("YQ==", "YWI=", "")
FAMILIES: tuple[tuple[tuple[str, ...], tuple[Any, ...]], ...] = (
    (
        (
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ),
        STRINGS,
    ),
    (
        (
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ),
        NUMBERS,
    ),
    (
        (
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ),
        DATES,
    ),
    (("Bool",), ("true", "false", True, "TRUE")),
    (("BinaryEquals",), BYTES),
    (("IpAddress", "NotIpAddress"), IPS),
    (("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"), ARNS),
)
CONTEXT_VALUES: tuple[Any, ...] = (
    "ann",
    "bob",
    "",
    "*",
    "a*",
    [],
    ["ann", "bob"],
    ["ann", "ann"],
    None,
    7,
    True,
    "7.00",
    "lots",
    "2024-03-01",
    "1709251200",
    "203.0.113.7",
    "::ffff:203.0.113.7",
    "2001:db8::1",
    f"arn:aws:iam::{A}:role/team/App",
    "arn:aws:s3:::b",
    f"arn:aws:app:eu-west-1:{A}:q:{A}:z",
    "YQ==",
    "aws",
    "é",
)
AWS_PRINCIPALS = (
    "*",
    A,
    f"arn:aws:iam::{A}:root",
    B,
    f"arn:aws:iam::{A}:user/ann",
    f"arn:aws:iam::{B}:user/bob",
    f"arn:aws:iam::{A}:role/team/App",
    f"arn:aws:iam::{A}:role/App",
    f"arn:aws:sts::{A}:assumed-role/App/s1",
    f"arn:aws:sts::{A}:federated-user/Jane",
    "AIDAANNEXAMPLE0000001",
    "AROAAPPEXAMPLE0000001",
)
PRINCIPALS: tuple[Any, ...] = (
    {"kind": "user", "account": A, "arn": f"arn:aws:iam::{A}:user/ann", "id": "AIDAANNEXAMPLE0000001"},
    f"arn:aws:iam::{A}:user/ann",
    {"kind": "root", "account": A, "arn": f"arn:aws:iam::{A}:root"},
    {
        "kind": "role_session",
        "account": A,
        "arn": f"arn:aws:sts::{A}:assumed-role/App/s1",
        "role_arn": f"arn:aws:iam::{A}:role/team/App",
        "id": "AROAAPPEXAMPLE0000001",
    },
    {"kind": "user", "account": B, "arn": f"arn:aws:iam::{B}:user/bob"},
    {
        "kind": "federated_user",
        "account": A,
        "arn": f"arn:aws:sts::{A}:federated-user/Jane",
        "issuer_arn": f"arn:aws:iam::{A}:user/ann",
        "issuer_id": "AIDAANNEXAMPLE0000001",
    },
    {
        "kind": "federated_user",
        "account": A,
        "arn": f"arn:aws:sts::{A}:federated-user/Jane",
        "issuer_arn": f"arn:aws:iam::{A}:root",
    },
    {"kind": "service", "name": "app.amazonaws.com"},
    {"kind": "federated_caller", "name": "accounts.google.com"},
    {"kind": "anonymous"},
    {
        "kind": "role_session",
        "account": A,
        "arn": f"arn:aws:sts::{A}:assumed-role/Slr/s1",
        "role_arn": f"arn:aws:iam::{A}:role/aws-service-role/x/Slr",
        "slr": True,
    },
    f"arn:aws:iam::{A}:user/ann",
    f"arn:aws:iam::{A}:role/team/App",
    f"arn:aws:sts::{A}:assumed-role/App/s1",
    "logs.amazonaws.com",
    "anonymous",
    f"arn:aws-cn:iam::{A}:user/ann",
)
NAMED_KINDS = {
    f"arn:aws:iam::{A}:user/ann": "user",
    f"arn:aws:iam::{A}:role/team/App": "role_session",
    f"arn:aws:sts::{A}:assumed-role/App/s1": "role_session",
    "logs.amazonaws.com": "service",
    "anonymous": "anonymous",
    f"arn:aws-cn:iam::{A}:user/ann": "user",
}
