//! The decision table: everything a decision depends on, compiled, at one revision.
//!
//! A table is never changed. The next one is a copy that shares all it can (`persistent`) with one part written anew
//! (`update`).

mod account;
mod build;
mod caller;
mod facts;
mod format;
mod organization;
mod update;

pub use account::{Account, Identity, IdentityKind, Resource, Target};
pub use build::{BuildError, Builder, IdentityInput};
pub use caller::{Caller, CallerInput};
pub use format::FormatError;
pub use organization::{OrganizationInput, TargetInput};
pub use update::{Change, UpdateError};

use crate::action::Action;
use crate::arn::{self, Arn};
use crate::compiled::Search;
use crate::context::{Context, Facts};
use crate::decision::Decision;
use crate::error::PolicyError;
use crate::evaluate::{self, Asked, Layers};
use crate::hash;
use crate::layer::Set;
use crate::persistent::{HashParts, Slots};
use crate::policies::{Policy, PolicyList, PolicyStore};
use crate::profile::{Registry, TrustMode};
use facts::Known;
use smallvec::SmallVec;
use std::sync::Arc;

/// One set for each level of an organization; few are deeper than this.
type LevelSets<'t> = SmallVec<[Set<'t>; 6]>;

/// A compiled snapshot.
#[derive(Debug, Clone)]
pub struct Table {
    revision: u64,
    registry: Arc<Registry>,
    policies: PolicyStore,
    /// How often each policy is attached or is a boundary, by its number.
    attachments: Slots<u32>,
    /// Managed policies: `ACCOUNT ID` and their numbers.
    numbers: HashParts<(Arc<str>, u32)>,
    /// Identities whose lists have an index that must follow changes of a policy.
    holders: HashParts<(u32, Arc<[Box<str>]>)>,
    /// Users, roles and groups under each of `Identity::names`.
    identities: HashParts<Arc<Identity>>,
    accounts: HashParts<Arc<Account>>,
    /// Roots, organizational units and accounts of the organization.
    targets: Slots<Target>,
    resources: HashParts<Arc<Resource>>,
    /// Whether any account stands in an organization, and whether any has a canonical id: else no request has to look.
    has_organization: bool,
    has_canonical_ids: bool,
    search: Search,
}

/// A request to a table.
pub struct Query<'q> {
    /// Who asks.
    pub caller: &'q Caller<'q>,
    /// What for: `prefix:name`.
    pub action: &'q str,
    /// On what: `*` or an ARN.
    pub resource: &'q str,
    /// Owner of the resource, if the host says (M-16).
    pub resource_account: Option<&'q str>,
    /// What the host says about the request.
    pub context: &'q Context<'q>,
    /// Session policies (E-21).
    pub session: Option<&'q [Policy]>,
    /// Endpoint policies (E-28).
    pub endpoint: Option<&'q [Policy]>,
    /// In place of the profile's.
    pub trust_mode: Option<TrustMode>,
    /// In place of the profile's.
    pub anonymous_allowed: Option<bool>,
}

/// Why a request cannot be asked (B-20); the words name what would have worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRequest(pub String);

impl Table {
    /// Number of the snapshot, from 1; goes up with every update.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Profiles and partitions.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// How candidates are found.
    #[must_use]
    pub fn with_search(mut self, search: Search) -> Self {
        self.search = search;
        self
    }

    /// Number of statements of all policies.
    #[must_use]
    pub fn statement_count(&self) -> usize {
        let held = self.policies.iter().flatten().map(|policy| policy.compiled.statements().len());
        let attached = self.resources.iter().filter_map(|resource| resource.policy.as_ref());
        held.sum::<usize>() + attached.map(|policy| policy.compiled.statements().len()).sum::<usize>()
    }

    /// Whether the request is allowed.
    ///
    /// # Errors
    /// A request that is not well formed.
    pub fn is_allowed(&self, query: &Query<'_>) -> Result<bool, InvalidRequest> {
        self.ask(query, IsAllowed)
    }

    /// The whole decision.
    ///
    /// # Errors
    /// A request that is not well formed.
    pub fn decide(&self, query: &Query<'_>) -> Result<Decision, InvalidRequest> {
        self.ask(query, Decide)
    }

    fn ask<E: Evaluation>(&self, query: &Query<'_>, evaluation: E) -> Result<E::Answer, InvalidRequest> {
        let action = Action::parse(query.action).ok_or_else(|| InvalidRequest::action(query.action))?;
        let target = parse_target(query.resource)?;
        let caller = query.caller;
        if query.session.is_some() && !crate::case::may_have_session_policies(caller.principal.kind) {
            return Err(InvalidRequest("session policies: this kind of principal has none".to_owned())); // B-31
        }
        let resource = target.as_ref().and_then(|arn| self.resource_of(arn));
        let named = target.as_ref().map_or("", Arn::account);
        let owner = match (query.resource_account, &target) {
            (Some(account), _) => Some(check_owner(account, named)?),
            (None, None) => caller.principal.account,
            (None, Some(_)) => match resource {
                Some(resource) => Some(resource.account.as_ref()),
                None if arn::is_account(named) => Some(named),
                None => caller.principal.account,
            },
        };
        let organized = |id: Option<&str>| id.filter(|_| self.has_organization).and_then(|id| self.account(id));
        let account = organized(caller.principal.account);
        let owner_account = if owner == caller.principal.account { account } else { organized(owner) };
        let identity_target =
            target.as_ref().filter(|arn| arn.service() == "iam").and_then(|arn| self.identity(arn.text()));
        let asked_of_sts = action.prefix() == "sts";
        let trust = identity_target.filter(|_| asked_of_sts).and_then(|identity| identity.trust.as_ref());
        let profile = self.registry.profile_of_folded(action.prefix());
        let facts = Known {
            caller,
            account,
            owner: if target.is_some() { owner } else { None },
            owner_account: if target.is_some() { owner_account } else { None },
            resource,
            identity_target,
        };
        let lists = caller.identity.map(|identity| self.lists_of(identity));
        let scp_targets = account.and_then(|account| account.scps.as_deref());
        let rcp_targets = owner_account.and_then(|account| account.rcps.as_deref());
        let scps = self.levels(scp_targets, |target| &target.scps);
        let rcps = self.levels(rcp_targets, |target| &target.rcps);
        let layers = Layers {
            identity: lists.as_deref().map(|lists| Set::Lists(&self.policies, lists)),
            // A boundary whose policy is gone is a boundary that allows nothing.
            boundary: caller
                .identity
                .and_then(|identity| identity.boundary)
                .map(|number| self.policies.get(number).and_then(Option::as_ref).map_or(Set::Given(&[]), Set::One)),
            session: query.session.map(Set::Given),
            resource: trust.or_else(|| resource.and_then(|resource| resource.policy.as_ref())).map(Set::One),
            endpoint: query.endpoint.map(Set::Given),
            scp: scp_targets.map(|_| scps.as_slice()),
            rcp: rcp_targets.map(|_| rcps.as_slice()),
            search: self.search,
        };
        let asked = Asked {
            principal: &caller.principal,
            action: &action,
            target: &target,
            resource_account: owner,
            context: query.context,
            facts: &facts,
            profile,
            trust_mode: query.trust_mode,
            anonymous_allowed: query.anonymous_allowed,
            from_management_account: facts.account.is_some_and(|account| account.manages_organization),
            in_management_account: owner_account.is_some_and(|account| account.manages_organization),
        };
        Ok(evaluation.of(&asked, &layers))
    }

    /// An identity's own list of policies and those of its groups.
    fn lists_of<'t>(&'t self, identity: &'t Identity) -> SmallVec<[&'t PolicyList; 8]> {
        let groups = identity.groups.iter().filter_map(|(hash, group)| self.identity_of(*hash, group));
        std::iter::once(identity).chain(groups).map(|identity| &identity.policies).collect()
    }

    /// The sets of an account's place in the organization, root first; none where the policy type is disabled.
    fn levels<'t>(&'t self, targets: Option<&[u32]>, list: impl Fn(&'t Target) -> &'t PolicyList) -> LevelSets<'t> {
        // A target that is gone leaves a level without policies, which denies.
        let level = |number: &u32| {
            self.targets.get(*number).map_or(Set::Given(&[]), |target| Set::List(&self.policies, list(target)))
        };
        targets.unwrap_or_default().iter().map(level).collect()
    }

    /// A user, role or group by ARN, or a role by the start of its sessions' ARNs.
    fn identity(&self, arn: &str) -> Option<&Identity> {
        self.identity_of(hash::text(arn.as_bytes()), arn)
    }

    fn identity_of(&self, hash: u64, name: &str) -> Option<&Identity> {
        self.identities.get(hash, |identity| identity.is_called(name)).map(Arc::as_ref)
    }

    fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(hash::text(id.as_bytes()), |account| account.id.as_ref() == id).map(Arc::as_ref)
    }

    /// The known resource that an ARN names, or lies below (`ServiceProfile::policy_depth`).
    fn resource_of(&self, arn: &Arn<'_>) -> Option<&Resource> {
        if self.resources.len() == 0 {
            return None;
        }
        let known = |text: &str| {
            self.resources.get(hash::text(text.as_bytes()), |resource| resource.arn.as_ref() == text).map(Arc::as_ref)
        };
        known(arn.text()).or_else(|| {
            let depth = usize::from(self.registry.profile(arn.service()).policy_depth);
            let (end, _) = arn.resource().match_indices('/').nth(depth.checked_sub(1)?)?;
            let start = arn.text().len() - arn.resource().len();
            known(arn.text().get(..start + end)?)
        })
    }
}

/// What is wanted of the evaluator.
trait Evaluation {
    type Answer;

    fn of<F: Facts>(self, asked: &Asked<'_, F>, layers: &Layers<'_>) -> Self::Answer;
}

struct IsAllowed;

impl Evaluation for IsAllowed {
    type Answer = bool;

    fn of<F: Facts>(self, asked: &Asked<'_, F>, layers: &Layers<'_>) -> bool {
        evaluate::is_allowed(asked, layers)
    }
}

struct Decide;

impl Evaluation for Decide {
    type Answer = Decision;

    fn of<F: Facts>(self, asked: &Asked<'_, F>, layers: &Layers<'_>) -> Decision {
        evaluate::decide(asked, layers)
    }
}

fn parse_target(resource: &str) -> Result<Option<Arn<'_>>, InvalidRequest> {
    if resource == "*" {
        return Ok(None);
    }
    match Arn::parse(resource) {
        Some(arn) => Ok(Some(arn)),
        None => Err(InvalidRequest(format!(
            "resource `{resource}`: expected `*` or `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`"
        ))),
    }
}

fn check_owner<'a>(account: &'a str, named: &str) -> Result<&'a str, InvalidRequest> {
    if !arn::is_account(account) {
        return Err(InvalidRequest(format!("resource account `{account}`: expected 12 digits")));
    }
    if arn::is_account(named) && named != account {
        return Err(InvalidRequest(format!(
            "resource account `{account}` differs from `{named}` in the resource's ARN"
        )));
    }
    Ok(account)
}

impl InvalidRequest {
    fn action(action: &str) -> Self {
        Self(format!("action `{action}`: expected `service:Name` of letters, digits, `.`, `-` and, in the name, `_`"))
    }
}

impl std::fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A document that does not parse, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPolicy {
    /// Policy id.
    pub policy: String,
    /// What is wrong.
    pub error: PolicyError,
}
