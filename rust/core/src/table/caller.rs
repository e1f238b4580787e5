//! From the name of a principal to what the table knows of it (M-40, B-26…28).

use super::Table;
use super::account::{Identity, IdentityKind};
use crate::arn::is_account;
use crate::principal::{Principal, PrincipalKind};

/// A principal with its policies.
#[derive(Clone)]
pub struct Caller<'c> {
    /// As policies see it.
    pub principal: Principal<'c>,
    /// Whose identity policies and boundary bind it.
    pub(super) identity: Option<&'c Identity>,
    /// Tags passed to the session, over those of the identity (L-63).
    pub(super) session_tags: &'c [(&'c str, &'c str)],
}

/// A principal given field by field.
pub struct CallerInput<'c> {
    /// Fields as in M-40.
    pub principal: Principal<'c>,
    /// L-63.
    pub session_tags: &'c [(&'c str, &'c str)],
}

impl Table {
    /// The caller that an ARN, a service name or `anonymous` names; `None` if the table does not know it.
    #[must_use]
    pub fn caller<'c>(&'c self, name: &'c str) -> Option<Caller<'c>> {
        if let Some(identity) = self.identity(name) {
            return self.caller_of(identity, name);
        }
        if name == "anonymous" {
            return Some(Caller::without_identity(Principal::new(PrincipalKind::Anonymous)));
        }
        if !name.starts_with("arn:") {
            let principal = Principal { name: Some(name), ..Principal::new(PrincipalKind::Service) };
            return is_service(name).then(|| Caller::without_identity(principal));
        }
        if let Some((sessions, session)) = name.rsplit_once('/')
            && sessions.contains(":assumed-role/")
        {
            let role = self.identity(sessions).filter(|_| !session.is_empty())?;
            return Some(self.session_of(role, Some(name)));
        }
        let parts: Vec<&str> = name.split(':').collect();
        let [_, partition, service, "", account, resource] = parts.as_slice() else {
            return None;
        };
        let known = self.account(account).filter(|known| known.is_held && *known.partition == **partition)?;
        let kind = match (*service, resource.split_once('/')) {
            ("iam", None) if *resource == "root" => PrincipalKind::Root,
            ("sts", Some(("federated-user", user))) if !user.is_empty() => PrincipalKind::FederatedUser,
            _ => return None,
        };
        let canonical_id = known.canonical_id.as_deref();
        let principal = Principal { account: Some(&known.id), arn: Some(name), canonical_id, ..Principal::new(kind) };
        Some(Caller::without_identity(principal))
    }

    /// The caller that is given field by field; `None` if the table does not know its account or identity.
    #[must_use]
    pub fn caller_from<'c>(&'c self, input: CallerInput<'c>) -> Option<Caller<'c>> {
        let given = input.principal;
        let known = match given.kind {
            PrincipalKind::Root => self.caller(given.arn?)?,
            PrincipalKind::User => self.caller(given.arn?).filter(|caller| caller.identity.is_some())?,
            PrincipalKind::RoleSession => match (given.role_arn, given.arn) {
                (Some(role), arn) => {
                    let role = self.identity(role).filter(|role| *role.arn == *given.role_arn.unwrap_or_default())?;
                    if arn.is_some_and(|arn| !role.has_session(arn)) {
                        return None; // grants to another role's session would be this one's
                    }
                    self.session_of(role, arn)
                }
                (None, Some(arn)) => self.caller(arn)?,
                (None, None) => return None,
            },
            PrincipalKind::FederatedUser => {
                let caller = self.caller(given.arn?)?;
                match given.issuer_arn {
                    // Who issued the session is of its account (L-57).
                    Some(issuer) if issuer.ends_with(":root") => {
                        self.caller(issuer).filter(|root| root.principal.account == caller.principal.account)?;
                        caller
                    }
                    Some(issuer) => {
                        let user = self.identity(issuer).filter(|user| user.kind == IdentityKind::User)?;
                        if caller.principal.account != Some(&*user.account) {
                            return None;
                        }
                        Caller { identity: Some(user), ..caller }
                    }
                    None => caller,
                }
            }
            PrincipalKind::Service | PrincipalKind::FederatedCaller => {
                let name = Some(given.name?);
                return Some(Caller::without_identity(Principal { name, ..Principal::new(given.kind) }));
            }
            PrincipalKind::Anonymous => return Some(Caller::without_identity(Principal::new(given.kind))),
        };
        let found = known.principal;
        if found.kind != given.kind || given.account.is_some_and(|account| found.account != Some(account)) {
            return None;
        }
        let issuer = known.identity.filter(|_| given.kind == PrincipalKind::FederatedUser);
        let principal = Principal {
            id: given.id.or(found.id),
            issuer_arn: given.issuer_arn,
            issuer_id: given.issuer_id.or(issuer.and_then(|user| user.id.as_deref())),
            name: given.name,
            service_linked: given.service_linked || found.service_linked,
            canonical_id: given.canonical_id.or(found.canonical_id),
            ..found
        };
        Some(Caller { principal, identity: known.identity, session_tags: input.session_tags })
    }

    fn caller_of<'c>(&'c self, identity: &'c Identity, name: &'c str) -> Option<Caller<'c>> {
        match identity.kind {
            IdentityKind::Group => None, // L-31: groups are not principals
            IdentityKind::Role if *identity.arn == *name => Some(self.session_of(identity, None)), // B-26
            IdentityKind::Role => None,  // the start of a session's ARN is not a principal
            IdentityKind::User => {
                let principal = Principal {
                    account: Some(&identity.account),
                    arn: Some(&identity.arn),
                    id: identity.id.as_deref(),
                    canonical_id: self.canonical_id(identity),
                    ..Principal::new(PrincipalKind::User)
                };
                Some(Caller { principal, identity: Some(identity), session_tags: &[] })
            }
        }
    }

    fn session_of<'c>(&'c self, role: &'c Identity, arn: Option<&'c str>) -> Caller<'c> {
        let principal = Principal {
            account: Some(&role.account),
            arn,
            id: role.id.as_deref(),
            role_arn: Some(&role.arn),
            service_linked: role.service_linked,
            canonical_id: self.canonical_id(role),
            ..Principal::new(PrincipalKind::RoleSession)
        };
        Caller { principal, identity: Some(role), session_tags: &[] }
    }

    fn canonical_id(&self, identity: &Identity) -> Option<&str> {
        if !self.has_canonical_ids {
            return None;
        }
        self.account(&identity.account)?.canonical_id.as_deref()
    }
}

impl<'c> Caller<'c> {
    fn without_identity(principal: Principal<'c>) -> Self {
        Self { principal, identity: None, session_tags: &[] }
    }
}

/// G-16.
fn is_service(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut bytes = name.bytes();
    name.len() <= 128
        && name.contains('.')
        && !is_account(name)
        && bytes.next().is_some_and(legal)
        && bytes.all(|byte| legal(byte) || byte == b'.' || byte == b'-')
}
