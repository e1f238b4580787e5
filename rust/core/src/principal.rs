//! Who asks, and how a principal element names them (M-40…47).

use crate::document::{Effect, PrincipalElement, PrincipalValue, Sense};
use serde::{Deserialize, Serialize};

/// Kinds of request principals (M-40).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum PrincipalKind {
    Root,
    User,
    RoleSession,
    FederatedUser,
    Service,
    FederatedCaller,
    Anonymous,
}

impl PrincipalKind {
    /// Kinds whose requests are judged by their own account as well (E-07).
    #[must_use]
    pub fn has_account(self) -> bool {
        matches!(self, Self::Root | Self::User | Self::RoleSession | Self::FederatedUser)
    }
}

/// The caller (M-40). Fields that a kind does not have are `None`.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Principal<'a> {
    pub kind: PrincipalKind,
    pub account: Option<&'a str>,
    /// `None` for a role session of unknown name (B-26).
    pub arn: Option<&'a str>,
    pub id: Option<&'a str>,
    pub role_arn: Option<&'a str>,
    pub issuer_arn: Option<&'a str>,
    pub issuer_id: Option<&'a str>,
    /// Service, provider ARN or provider name.
    pub name: Option<&'a str>,
    /// Session of a service-linked role (E-25).
    pub service_linked: bool,
    pub canonical_id: Option<&'a str>,
}

impl<'a> Principal<'a> {
    /// A principal of a kind with nothing known about it.
    #[must_use]
    pub fn new(kind: PrincipalKind) -> Self {
        Self {
            kind,
            account: None,
            arn: None,
            id: None,
            role_arn: None,
            issuer_arn: None,
            issuer_id: None,
            name: None,
            service_linked: false,
            canonical_id: None,
        }
    }

    /// The caller as denial messages name it (E-42).
    #[must_use]
    pub fn label(&self) -> &'a str {
        self.arn.or(self.role_arn).or(self.name).unwrap_or("anonymous")
    }

    /// The caller's ARN, or that of its provider: what has a partition (B-22).
    #[must_use]
    pub fn named_arn(&self) -> Option<&'a str> {
        self.arn.or(self.role_arn).or(self.name).filter(|text| text.starts_with("arn:"))
    }
}

/// How closely an Allow names the caller (M-41, M-42), best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Grade {
    Direct,
    Wildcard,
    Role,
    Issuer,
    Account,
}

/// Grades that have an applying Allow (E-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grants(u8);

impl Grants {
    /// Adds a grade.
    pub fn insert(&mut self, grade: Grade) {
        self.0 |= 1 << grade as u8;
    }

    /// Whether a grade is there.
    #[must_use]
    pub fn contains(self, grade: Grade) -> bool {
        self.0 & (1 << grade as u8) != 0
    }

    /// No Allow applies.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The principal part of a statement: the best grade if it is T, `None` if it is F (M-42, M-45, M-46).
///
/// The grade of a Deny has no meaning.
pub(crate) fn grade(
    element: &PrincipalElement,
    effect: Effect,
    principal: &Principal<'_>,
    has_boundary: bool,
) -> Option<Grade> {
    match element.sense {
        Sense::AllBut => (!is_excluded(&element.values, principal, has_boundary)).then_some(Grade::Direct),
        Sense::Listed => element.values.iter().filter_map(|value| value_grade(value, effect, principal)).min(),
    }
}

fn value_grade(value: &PrincipalValue, effect: Effect, principal: &Principal<'_>) -> Option<Grade> {
    use PrincipalKind as Kind;
    match (value, principal.kind) {
        (PrincipalValue::Everyone, Kind::Service | Kind::FederatedCaller) => {
            (effect == Effect::Deny).then_some(Grade::Wildcard)
        }
        (PrincipalValue::Everyone, _) => Some(Grade::Wildcard),
        (PrincipalValue::Account(account), kind) if kind.has_account() => {
            account_grade(kind, principal.account == Some(account))
        }
        (PrincipalValue::CanonicalUser(id), kind) if kind.has_account() => {
            account_grade(kind, principal.canonical_id == Some(id))
        }
        (PrincipalValue::User(arn), Kind::User) => (principal.arn == Some(arn)).then_some(Grade::Direct),
        (PrincipalValue::User(arn), Kind::FederatedUser) => {
            (principal.issuer_arn == Some(arn)).then_some(Grade::Issuer)
        }
        (PrincipalValue::UniqueId(id), Kind::User) => (principal.id == Some(id)).then_some(Grade::Direct),
        (PrincipalValue::UniqueId(id), Kind::RoleSession) => (principal.id == Some(id)).then_some(Grade::Role),
        (PrincipalValue::UniqueId(id), Kind::FederatedUser) => {
            (principal.issuer_id == Some(id)).then_some(Grade::Issuer)
        }
        (PrincipalValue::Role(arn), Kind::RoleSession) => (principal.role_arn == Some(arn)).then_some(Grade::Role),
        (PrincipalValue::RoleSession(arn), Kind::RoleSession)
        | (PrincipalValue::FederatedUser(arn), Kind::FederatedUser) => {
            (principal.arn == Some(arn)).then_some(Grade::Direct)
        }
        (PrincipalValue::Service(name), Kind::Service) | (PrincipalValue::Federated(name), Kind::FederatedCaller) => {
            (principal.name == Some(name)).then_some(Grade::Direct)
        }
        _ => None,
    }
}

fn account_grade(kind: PrincipalKind, same: bool) -> Option<Grade> {
    same.then_some(if kind == PrincipalKind::Root { Grade::Direct } else { Grade::Account })
}

/// Whether `NotPrincipal` leaves the caller out of the denial (M-46).
fn is_excluded(values: &[PrincipalValue], principal: &Principal<'_>, has_boundary: bool) -> bool {
    use PrincipalKind as Kind;
    if has_boundary {
        return false;
    }
    let lists = |wanted: &dyn Fn(&PrincipalValue) -> bool| values.iter().any(wanted);
    if lists(&|value| *value == PrincipalValue::Everyone) {
        return true;
    }
    let account = || {
        lists(&|value| match value {
            PrincipalValue::Account(account) => principal.account == Some(account),
            PrincipalValue::CanonicalUser(id) => principal.canonical_id == Some(id),
            _ => false,
        })
    };
    let user = |arn: Option<&str>, id: Option<&str>| {
        lists(&|value| match value {
            PrincipalValue::User(listed) => arn == Some(listed),
            PrincipalValue::UniqueId(listed) => id == Some(listed),
            _ => false,
        })
    };
    match principal.kind {
        Kind::Service => lists(&|value| matches!(value, PrincipalValue::Service(n) if principal.name == Some(n))),
        Kind::FederatedCaller => {
            lists(&|value| matches!(value, PrincipalValue::Federated(n) if principal.name == Some(n)))
        }
        Kind::Anonymous => false,
        Kind::Root => account(),
        Kind::User => user(principal.arn, principal.id) && account(),
        Kind::RoleSession => {
            let session =
                lists(&|value| matches!(value, PrincipalValue::RoleSession(arn) if principal.arn == Some(arn)));
            let role = lists(&|value| match value {
                PrincipalValue::Role(arn) => principal.role_arn == Some(arn),
                PrincipalValue::UniqueId(id) => principal.id == Some(id),
                _ => false,
            });
            session && role && account()
        }
        Kind::FederatedUser => {
            let session =
                lists(&|value| matches!(value, PrincipalValue::FederatedUser(arn) if principal.arn == Some(arn)));
            let by_root = principal.issuer_arn.is_some_and(|arn| arn.ends_with(":root"));
            session && (by_root || user(principal.issuer_arn, principal.issuer_id)) && account()
        }
    }
}
