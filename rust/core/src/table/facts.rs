//! Condition keys that follow from the principal and the resource (4.2, 4.4).

use super::account::{Account, Identity, Resource};
use super::caller::Caller;
use crate::context::{Derived, Facts, Given, Key, Values};
use crate::principal::PrincipalKind as Kind;
use crate::text::fold_eq;
use std::borrow::Cow;

/// What the table knows of one request.
pub(super) struct Known<'k, G> {
    /// What the host says.
    pub(super) given: &'k G,
    pub(super) caller: &'k Caller<'k>,
    /// The caller's account.
    pub(super) account: Option<&'k Account>,
    /// Owner of the resource, absent for resource `*`.
    pub(super) owner: Option<&'k str>,
    pub(super) owner_account: Option<&'k Account>,
    pub(super) resource: Option<&'k Resource>,
    /// The user or role that the resource is.
    pub(super) identity_target: Option<&'k Identity>,
}

impl<G: Given> Given for Known<'_, G> {
    fn given(&self, key: &Key) -> Option<Values<'_>> {
        self.given.given(key)
    }
}

impl<G: Given> Facts for Known<'_, G> {
    fn derived(&self, key: Derived, tag: &str) -> Values<'_> {
        match key {
            Derived::PrincipalTag(_) => self.principal_tag(tag),
            Derived::ResourceTag(_) => self.resource_tag(tag),
            Derived::IamResourceTag(_) => self.identity_tag(tag),
            Derived::ResourceAccount => one(self.owner),
            Derived::ResourceOrgId => one(self.owner_account.and_then(|account| account.organization.as_deref())),
            Derived::ResourceOrgPaths => {
                one(self.owner_account.and_then(|account| account.organization_path.as_deref()))
            }
            _ => self.of_principal(key),
        }
    }
}

impl<G> Known<'_, G> {
    fn of_principal(&self, key: Derived) -> Values<'_> {
        let principal = &self.caller.principal;
        let kind = principal.kind;
        let signed = kind.has_account();
        match key {
            Derived::PrincipalType => one(match kind {
                Kind::Root => Some("Account"),
                Kind::User => Some("User"),
                Kind::RoleSession => Some("AssumedRole"),
                Kind::FederatedUser => Some("FederatedUser"),
                Kind::Service => Some("Service"),
                Kind::Anonymous => Some("Anonymous"),
                Kind::FederatedCaller => None,
            }),
            // the role, with its path, not the session.
            Derived::PrincipalArn => one(match kind {
                Kind::RoleSession => principal.role_arn,
                _ if signed => principal.arn,
                _ => None,
            }),
            Derived::PrincipalAccount if kind == Kind::Anonymous => one(Some("anonymous")),
            Derived::PrincipalAccount => one(principal.account.filter(|_| signed)),
            Derived::UserId => self.user_id(),
            Derived::Username => one(self.caller.identity.filter(|_| kind == Kind::User).map(Identity::name)),
            Derived::PrincipalIsAwsService => one(match kind {
                Kind::Service => Some("true"),
                _ => signed.then_some("false"),
            }),
            Derived::PrincipalServiceName | Derived::PrincipalServiceNamesList => {
                one(principal.name.filter(|_| kind == Kind::Service))
            }
            Derived::PrincipalOrgId => one(self.account.and_then(|account| account.organization.as_deref())),
            Derived::PrincipalOrgPaths => one(self.account.and_then(|account| account.organization_path.as_deref())),
            // X-10…13: absent with a long-term key; GetSessionToken sessions are told by the host.
            Derived::MultiFactorAuthPresent => {
                one(matches!(kind, Kind::RoleSession | Kind::FederatedUser).then_some("false"))
            }
            _ => Values::Missing,
        }
    }

    fn user_id(&self) -> Values<'_> {
        let principal = &self.caller.principal;
        let name = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
        match (principal.kind, principal.arn) {
            (Kind::Root, _) => one(principal.account),
            (Kind::User, _) => one(principal.id),
            (Kind::Anonymous, _) => one(Some("anonymous")),
            (Kind::RoleSession, Some(arn)) => match principal.id {
                Some(id) => Values::One(Cow::Owned(format!("{id}:{}", name(arn)))),
                None => Values::Missing,
            },
            (Kind::FederatedUser, Some(arn)) => match principal.account {
                Some(account) => Values::One(Cow::Owned(format!("{account}:{}", name(arn)))),
                None => Values::Missing,
            },
            _ => Values::Missing,
        }
    }

    /// L-63: tags of the session stand over those of the role or user.
    fn principal_tag(&self, tag: &str) -> Values<'_> {
        let session = self.caller.session_tags.iter().filter(|(key, _)| fold_eq(key, tag));
        let session = sorted(session.map(|(key, value)| (*key, *value)).collect());
        match (session, self.caller.identity) {
            (Values::Missing, Some(identity)) => tagged(&identity.tags, tag),
            (session, _) => session,
        }
    }

    fn resource_tag(&self, tag: &str) -> Values<'_> {
        match self.resource {
            Some(resource) => tagged(&resource.tags, tag),
            None => self.identity_tag(tag),
        }
    }

    fn identity_tag(&self, tag: &str) -> Values<'_> {
        self.identity_target.map_or(Values::Missing, |identity| tagged(&identity.tags, tag))
    }
}

fn one(value: Option<&str>) -> Values<'_> {
    value.map_or(Values::Missing, |value| Values::One(Cow::Borrowed(value)))
}

fn tagged<'t>(tags: &'t [(Box<str>, Box<str>)], tag: &str) -> Values<'t> {
    let same = tags.iter().filter(|(key, _)| fold_eq(key, tag));
    sorted(same.map(|(key, value)| (key.as_ref(), value.as_ref())).collect())
}

/// Spellings that are equal under fold are one key, values in the byte order of the spellings (C-05).
fn sorted<'t>(mut tags: smallvec::SmallVec<[(&'t str, &'t str); 2]>) -> Values<'t> {
    tags.sort_unstable();
    match tags.as_slice() {
        [] => Values::Missing,
        [(_, value)] => Values::One(Cow::Borrowed(value)),
        _ => Values::Several(tags.iter().map(|(_, value)| Cow::Borrowed(*value)).collect()),
    }
}
