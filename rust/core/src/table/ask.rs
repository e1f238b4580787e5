//! Requests to a table.
//!
//! What follows from the caller alone (`Asker`) and from the resource alone (`Place`) is found first, so that many requests
//! can share it.

use super::Table;
use super::account::{Account, Identity, Resource, Target as Attached};
use super::caller::Caller;
use super::facts::Known;
use crate::action::Action;
use crate::arn::{self, Arn};
use crate::context::{Context, Facts, Given};
use crate::decision::{Decision, Outcome, Verdict};
use crate::evaluate::{self, Asked, Layers};
use crate::layer::Set;
use crate::policies::{Policy, PolicyList};
use crate::profile::TrustMode;
use crate::resource::Target;
use smallvec::SmallVec;

/// One set for each level of an organization; few are deeper than this.
type LevelSets<'t> = SmallVec<[Set<'t>; 6]>;

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

/// A caller with what follows from it alone.
pub struct Asker<'t> {
    caller: Caller<'t>,
    standing: Standing<'t>,
}

/// What follows from a caller alone.
struct Standing<'t> {
    /// The caller's account, if any is in an organization.
    account: Option<&'t Account>,
    lists: Option<SmallVec<[&'t PolicyList; 8]>>,
    boundary: Option<Set<'t>>,
    scps: Option<LevelSets<'t>>,
}

/// A resource with what follows from it alone.
pub struct Place<'t> {
    target: Target<'t>,
    known: Option<&'t Resource>,
    /// The policy that governs it, if it is not a role.
    policy: Option<&'t Policy>,
    /// The user or role that it is.
    identity: Option<&'t Identity>,
}

/// What a request may carry besides.
#[derive(Default)]
struct Options<'q> {
    resource_account: Option<&'q str>,
    session: Option<&'q [Policy]>,
    endpoint: Option<&'q [Policy]>,
    trust_mode: Option<TrustMode>,
    anonymous_allowed: Option<bool>,
}

impl Table {
    /// Whether the request is allowed.
    ///
    /// # Errors
    /// A request that is not well formed.
    pub fn is_allowed(&self, query: &Query<'_>) -> Result<bool, InvalidRequest> {
        self.ask_query(query, IsAllowed)
    }

    /// The whole decision.
    ///
    /// # Errors
    /// A request that is not well formed.
    pub fn decide(&self, query: &Query<'_>) -> Result<Decision, InvalidRequest> {
        self.ask_query(query, Decide)
    }

    /// What is decided of one of many requests that share callers and resources.
    ///
    /// # Errors
    /// A resource account that is none, or not that of the resource.
    pub fn verdict(
        &self,
        Asker { caller, standing }: &Asker<'_>,
        action: &Action,
        place: &Place<'_>,
        resource_account: Option<&str>,
        given: &impl Given,
    ) -> Result<Verdict, InvalidRequest> {
        let options = Options { resource_account, ..Options::default() };
        self.ask(caller, standing, action, place, given, &options, IsDecided)
    }

    /// The whole decision on one of many requests that share callers and resources.
    ///
    /// # Errors
    /// A resource account that is none, or not that of the resource.
    pub fn decision(
        &self,
        Asker { caller, standing }: &Asker<'_>,
        action: &Action,
        place: &Place<'_>,
        resource_account: Option<&str>,
        given: &impl Given,
    ) -> Result<Decision, InvalidRequest> {
        let options = Options { resource_account, ..Options::default() };
        self.ask(caller, standing, action, place, given, &options, Decide)
    }

    /// A caller with what follows from it alone.
    #[must_use]
    pub fn asker<'t>(&'t self, caller: Caller<'t>) -> Asker<'t> {
        Asker { standing: self.standing(&caller), caller }
    }

    #[inline]
    fn standing<'t>(&'t self, caller: &Caller<'t>) -> Standing<'t> {
        let account = self.organized(caller.principal.account);
        let identity = caller.identity;
        Standing {
            account,
            lists: identity.map(|identity| self.lists_of(identity)),
            // A boundary whose policy is gone is a boundary that allows nothing.
            boundary: identity
                .and_then(|identity| identity.boundary)
                .map(|number| self.policies.get(number).and_then(Option::as_ref).map_or(Set::Given(&[]), Set::One)),
            scps: account
                .and_then(|account| account.scps.as_deref())
                .map(|targets| self.levels(targets, |target| &target.scps)),
        }
    }

    /// What follows from a resource alone.
    ///
    /// # Errors
    /// It is neither `*` nor an ARN.
    #[inline]
    pub fn place<'t>(&'t self, resource: &'t str) -> Result<Place<'t>, InvalidRequest> {
        let target = parse_target(resource)?;
        let (known, policy) = target.as_ref().map_or((None, None), |arn| self.resource_of(arn));
        Ok(Place {
            known,
            policy,
            identity: target.as_ref().filter(|arn| arn.service() == "iam").and_then(|arn| self.identity(arn.text())),
            target,
        })
    }

    fn ask_query<E: Evaluation>(&self, query: &Query<'_>, evaluation: E) -> Result<E::Answer, InvalidRequest> {
        let action = Action::parse(query.action).ok_or_else(|| InvalidRequest::action(query.action))?;
        let place = self.place(query.resource)?;
        if query.session.is_some() && !crate::case::may_have_session_policies(query.caller.principal.kind) {
            return Err(InvalidRequest("session policies: this kind of principal has none".to_owned())); // B-31
        }
        let options = Options {
            resource_account: query.resource_account,
            session: query.session,
            endpoint: query.endpoint,
            trust_mode: query.trust_mode,
            anonymous_allowed: query.anonymous_allowed,
        };
        self.ask(query.caller, &self.standing(query.caller), &action, &place, query.context, &options, evaluation)
    }

    #[inline]
    #[allow(clippy::too_many_arguments, reason = "the parts of a request")]
    fn ask<E: Evaluation>(
        &self,
        caller: &Caller<'_>,
        standing: &Standing<'_>,
        action: &Action,
        place: &Place<'_>,
        given: &impl Given,
        options: &Options<'_>,
        evaluation: E,
    ) -> Result<E::Answer, InvalidRequest> {
        let owner = owner(caller, place, options.resource_account)?;
        let owner_account = if owner == caller.principal.account { standing.account } else { self.organized(owner) };
        let asked_of_sts = action.prefix() == "sts";
        let trust = place.identity.filter(|_| asked_of_sts).and_then(|identity| identity.trust.as_ref());
        let is_one = place.target.is_some();
        let facts = Known {
            given,
            caller,
            account: standing.account,
            owner: owner.filter(|_| is_one),
            owner_account: owner_account.filter(|_| is_one),
            resource: place.known,
            identity_target: place.identity,
        };
        let rcps = owner_account
            .and_then(|account| account.rcps.as_deref())
            .map(|targets| self.levels(targets, |target| &target.rcps));
        let layers = Layers {
            identity: standing.lists.as_deref().map(|lists| Set::Lists(&self.policies, lists)),
            boundary: standing.boundary,
            session: options.session.map(Set::Given),
            resource: trust.or(place.policy).map(Set::One),
            endpoint: options.endpoint.map(Set::Given),
            scp: standing.scps.as_deref(),
            rcp: rcps.as_deref(),
            search: self.search,
        };
        let asked = Asked {
            principal: &caller.principal,
            action,
            target: &place.target,
            resource_account: owner,
            facts: &facts,
            profile: self.registry.profile_of_folded(action.prefix()),
            trust_mode: options.trust_mode,
            anonymous_allowed: options.anonymous_allowed,
            from_management_account: facts.account.is_some_and(|account| account.manages_organization),
            in_management_account: owner_account.is_some_and(|account| account.manages_organization),
        };
        Ok(evaluation.of(&asked, &layers))
    }

    fn organized(&self, id: Option<&str>) -> Option<&Account> {
        id.filter(|_| self.has_organization).and_then(|id| self.account(id))
    }

    /// An identity's own list of policies and those of its groups.
    fn lists_of<'t>(&'t self, identity: &'t Identity) -> SmallVec<[&'t PolicyList; 8]> {
        let groups = identity.groups.iter().filter_map(|(hash, group)| self.identity_of(*hash, group));
        std::iter::once(identity).chain(groups).map(|identity| &identity.policies).collect()
    }

    /// The sets of an account's place in the organization, root first.
    fn levels<'t>(&'t self, targets: &[u32], list: impl Fn(&'t Attached) -> &'t PolicyList) -> LevelSets<'t> {
        // A target that is gone leaves a level without policies, which denies.
        let level = |number: &u32| {
            self.targets.get(*number).map_or(Set::Given(&[]), |target| Set::List(&self.policies, list(target)))
        };
        targets.iter().map(level).collect()
    }
}

/// Owner of the resource: as the host says, else as the snapshot, the ARN or the caller says (B-21).
fn owner<'o>(
    caller: &Caller<'o>,
    place: &Place<'o>,
    resource_account: Option<&'o str>,
) -> Result<Option<&'o str>, InvalidRequest> {
    let named = place.target.as_ref().map_or("", Arn::account);
    Ok(match (resource_account, &place.target) {
        (Some(account), Some(_)) => Some(check_owner(account, named)?),
        (given, None) => {
            given.map(|account| check_owner(account, named)).transpose()?;
            caller.principal.account // E-07
        }
        (None, Some(_)) => match place.known {
            Some(resource) => Some(resource.account.as_ref()),
            None if arn::is_account(named) => Some(named),
            None => caller.principal.account,
        },
    })
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
        evaluate::verdict(asked, layers).outcome == Outcome::Allow
    }
}

struct IsDecided;

impl Evaluation for IsDecided {
    type Answer = Verdict;

    fn of<F: Facts>(self, asked: &Asked<'_, F>, layers: &Layers<'_>) -> Verdict {
        evaluate::verdict(asked, layers)
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
