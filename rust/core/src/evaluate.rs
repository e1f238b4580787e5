//! From layers and a request to a decision (section 5 of the specification).

use crate::action::Action;
use crate::compiled::{Request, Search};
use crate::context::{Facts, View};
use crate::decision::{Decision, Layer, Matched, Outcome, Reason, Verdict};
use crate::document::Effect;
use crate::layer::{self, Record, Said, Set};
use crate::principal::{Grade, Principal, PrincipalKind};
use crate::profile::{ServiceProfile, TrustMode};
use crate::resource::Target;
use crate::text;
use crate::truth::Truth;

/// Everything about a request but the policies.
pub(crate) struct Asked<'a, F> {
    /// Who asks.
    pub(crate) principal: &'a Principal<'a>,
    /// What for.
    pub(crate) action: &'a Action,
    /// On what.
    pub(crate) target: &'a Target<'a>,
    /// Owner of the resource; `None` if not known (B-21).
    pub(crate) resource_account: Option<&'a str>,
    /// What the host says about the request, and what the engine knows itself.
    pub(crate) facts: &'a F,
    /// Profile of the action's service (B-25).
    pub(crate) profile: &'a ServiceProfile,
    /// In place of the profile's (B-24).
    pub(crate) trust_mode: Option<TrustMode>,
    /// In place of the profile's.
    pub(crate) anonymous_allowed: Option<bool>,
    /// The principal's account manages the organization (E-10).
    pub(crate) from_management_account: bool,
    /// The resource's owner manages the organization (E-11).
    pub(crate) in_management_account: bool,
}

/// The policies of a request. `None` is an absent layer.
#[derive(Default)]
pub(crate) struct Layers<'s> {
    /// Absent counts as empty (B-29).
    pub(crate) identity: Option<Set<'s>>,
    pub(crate) boundary: Option<Set<'s>>,
    pub(crate) session: Option<Set<'s>>,
    pub(crate) resource: Option<Set<'s>>,
    pub(crate) endpoint: Option<Set<'s>>,
    /// Root first.
    pub(crate) scp: Option<&'s [Set<'s>]>,
    pub(crate) rcp: Option<&'s [Set<'s>]>,
    /// How candidates are found.
    pub(crate) search: Search,
}

/// What each layer says; `None` where it is absent.
#[derive(Default)]
struct Results {
    identity: Said,
    boundary: Option<Said>,
    session: Option<Said>,
    resource: Said,
    endpoint: Option<Said>,
    scp: Option<Levels>,
    rcp: Option<Levels>,
}

/// What the levels of an organization say (E-03).
#[derive(Clone, Copy)]
struct Levels {
    denies: bool,
    /// Every level has an Allow.
    allows: bool,
}

/// What is decided, without the statements; the same answer as `decide`.
#[must_use]
pub(crate) fn verdict<F: Facts>(asked: &Asked<'_, F>, layers: &Layers<'_>) -> Verdict {
    if let Some(verdict) = before_policies(asked) {
        return verdict;
    }
    let layers = Applicable::of(asked, layers);
    match results_without_deny(&layers, &layers.request(asked)) {
        Ok(results) => combine(asked, &results).verdict,
        Err(verdict) => verdict,
    }
}

/// What the layers say, asked in the order of step 1 of 5.3: the first Deny settles it.
fn results_without_deny<F: Facts>(layers: &Applicable<'_, '_>, request: &Request<'_, F>) -> Result<Results, Verdict> {
    let ask = |set: &Set<'_>, layer| match layer::ask(set, request, layers.search) {
        said if said.denies => Err(Verdict::explicit_deny(layer)),
        said => Ok(said),
    };
    let ask_if_there = |set: Option<&Set<'_>>, layer| set.map(|set| ask(set, layer)).transpose();
    let ask_levels = |levels: Option<&[Set<'_>]>, layer| {
        let all = |levels: &[Set<'_>]| levels.iter().try_fold(true, |all, set| Ok(ask(set, layer)?.allows && all));
        levels.map(|levels| Ok(Levels { denies: false, allows: all(levels)? })).transpose()
    };
    Ok(Results {
        rcp: ask_levels(layers.rcp, Layer::Rcp)?,
        scp: ask_levels(layers.scp, Layer::Scp)?,
        resource: ask_if_there(layers.resource, Layer::Resource)?.unwrap_or_default(),
        endpoint: ask_if_there(layers.endpoint, Layer::Endpoint)?,
        boundary: ask_if_there(layers.boundary, Layer::Boundary)?,
        session: ask_if_there(layers.session, Layer::Session)?,
        identity: ask_if_there(layers.identity, Layer::Identity)?.unwrap_or_default(),
    })
}

/// The whole decision.
#[must_use]
pub(crate) fn decide<F: Facts>(asked: &Asked<'_, F>, layers: &Layers<'_>) -> Decision {
    if let Some(verdict) = before_policies(asked) {
        return Decision { verdict, matched: Vec::new(), missing_keys: Vec::new(), indeterminate: false };
    }
    let layers = Applicable::of(asked, layers);
    let request = layers.request(asked);
    let mut records = Vec::new();
    let mut results = Results::default();
    let ask =
        |set: &Set<'_>, place, records: &mut Vec<Record>| layer::ask_all(set, &request, layers.search, place, records);
    for (levels, place) in [(layers.rcp, Layer::Rcp), (layers.scp, Layer::Scp)] {
        if let Some(levels) = levels {
            let said: Vec<Said> =
                levels.iter().enumerate().map(|(at, set)| ask(set, (place, at as u32), &mut records)).collect();
            let levels = Some(Levels::of(said.into_iter()));
            if place == Layer::Rcp { results.rcp = levels } else { results.scp = levels }
        }
    }
    for (set, single, layer) in layers.singles() {
        if let Some(set) = set {
            results.put(single, ask(set, (layer, 0), &mut records));
        }
    }
    let judgement = match first_deny(&results) {
        Some(layer) => Judgement { verdict: Verdict::explicit_deny(layer), rests_on: &[] },
        None => combine(asked, &results),
    };
    report(judgement, records)
}

/// Layers that are one set.
#[derive(Clone, Copy)]
enum Single {
    Resource,
    Endpoint,
    Boundary,
    Session,
    Identity,
}

impl Results {
    fn put(&mut self, place: Single, said: Said) {
        match place {
            Single::Resource => self.resource = said,
            Single::Endpoint => self.endpoint = Some(said),
            Single::Boundary => self.boundary = Some(said),
            Single::Session => self.session = Some(said),
            Single::Identity => self.identity = said,
        }
    }
}

impl Levels {
    fn of(levels: impl Iterator<Item = Said>) -> Self {
        let start = Self { denies: false, allows: true };
        levels.fold(start, |all, level| Self { denies: all.denies || level.denies, allows: all.allows && level.allows })
    }
}

/// Decisions that need no policy (E-07, E-26, B-22, B-23).
fn before_policies<F>(asked: &Asked<'_, F>) -> Option<Verdict> {
    let verdict = |outcome, reason, layer| Some(Verdict { outcome, reason, layer });
    if let (Some(mine), Some(target)) = (asked.principal.named_arn(), asked.target)
        && !target.shares_partition(mine)
    {
        return verdict(Outcome::ImplicitDeny, Reason::PartitionMismatch, None);
    }
    let kind = asked.principal.kind;
    match (asked.action.folded(), kind) {
        ("sts:getcalleridentity", PrincipalKind::Anonymous) => {
            verdict(Outcome::ImplicitDeny, Reason::Anonymous, Some(Layer::Resource))
        }
        ("sts:getcalleridentity", PrincipalKind::FederatedCaller) => None,
        ("sts:getcalleridentity", _) | ("sts:getsessiontoken", PrincipalKind::User | PrincipalKind::Root) => {
            verdict(Outcome::Allow, Reason::AlwaysAllowed, None)
        }
        _ => None,
    }
}

/// The layers that bind this request (5.2, E-10, E-11).
struct Applicable<'l, 's> {
    identity: Option<&'l Set<'s>>,
    boundary: Option<&'l Set<'s>>,
    session: Option<&'l Set<'s>>,
    resource: Option<&'l Set<'s>>,
    endpoint: Option<&'l Set<'s>>,
    scp: Option<&'l [Set<'s>]>,
    rcp: Option<&'l [Set<'s>]>,
    search: Search,
}

impl<'l, 's> Applicable<'l, 's> {
    fn of<F>(asked: &Asked<'_, F>, layers: &'l Layers<'s>) -> Self {
        use PrincipalKind as Kind;
        let kind = asked.principal.kind;
        let by_service = asked.principal.service_linked;
        let with_policies = matches!(kind, Kind::User | Kind::RoleSession | Kind::FederatedUser);
        let retires_grant = asked.action.folded() == "kms:retiregrant";
        let scp = kind.has_account() && !by_service && !asked.from_management_account;
        let rcp = !by_service && !asked.in_management_account && asked.profile.rcp && !retires_grant;
        let endpoint = !matches!(kind, Kind::Service | Kind::FederatedCaller);
        let session = matches!(kind, Kind::Root | Kind::RoleSession | Kind::FederatedUser);
        Self {
            identity: layers.identity.as_ref().filter(|_| with_policies),
            boundary: layers.boundary.as_ref().filter(|_| with_policies),
            session: layers.session.as_ref().filter(|_| session),
            resource: layers.resource.as_ref(),
            endpoint: layers.endpoint.as_ref().filter(|_| endpoint),
            scp: layers.scp.filter(|_| scp),
            rcp: layers.rcp.filter(|_| rcp),
            search: layers.search,
        }
    }

    /// The layers that are one set, in the order of step 1 of 5.3.
    fn singles(&self) -> [(Option<&'l Set<'s>>, Single, Layer); 5] {
        [
            (self.resource, Single::Resource, Layer::Resource),
            (self.endpoint, Single::Endpoint, Layer::Endpoint),
            (self.boundary, Single::Boundary, Layer::Boundary),
            (self.session, Single::Session, Layer::Session),
            (self.identity, Single::Identity, Layer::Identity),
        ]
    }

    fn request<'r, F>(&self, asked: &'r Asked<'r, F>) -> Request<'r, F> {
        Request {
            principal: asked.principal,
            has_boundary: self.boundary.is_some(),
            action: asked.action,
            target: asked.target,
            view: View(asked.facts),
        }
    }
}

/// A verdict and, for an Allow, the layers besides the guardrails that it rests on (B-41).
struct Judgement {
    verdict: Verdict,
    rests_on: &'static [Layer],
}

const RESOURCE: &[Layer] = &[Layer::Resource];
const RESOURCE_AND_GATE: &[Layer] = &[Layer::Resource, Layer::Boundary, Layer::Session];
const OWN: &[Layer] = &[Layer::Identity, Layer::Boundary, Layer::Session];
const OWN_AND_RESOURCE: &[Layer] = &[Layer::Resource, Layer::Identity, Layer::Boundary, Layer::Session];

/// The algorithm of 5.3 from step 2 on, over what the layers say when none denies.
fn combine<F>(asked: &Asked<'_, F>, results: &Results) -> Judgement {
    let verdict = |outcome, reason, layer| Verdict { outcome, reason, layer: Some(layer) };
    let allow = |reason, layer, rests_on| Judgement { verdict: verdict(Outcome::Allow, reason, layer), rests_on };
    let deny = |reason, layer| Judgement { verdict: verdict(Outcome::ImplicitDeny, reason, layer), rests_on: &[] };

    // Step 2: guardrails. RCPFullAWSAccess is implied at every level, so an RCP layer without a Deny allows (E-03).
    if results.scp.is_some_and(|levels| !levels.allows) {
        return deny(Reason::Scp, Layer::Scp);
    }
    if results.endpoint.is_some_and(|said| !said.allows) {
        return deny(Reason::Endpoint, Layer::Endpoint);
    }
    // Step 3: kinds without an account.
    let grants = results.resource.grants;
    let kind = asked.principal.kind;
    match kind {
        PrincipalKind::Service | PrincipalKind::FederatedCaller if grants.contains(Grade::Direct) => {
            return allow(Reason::Resource, Layer::Resource, RESOURCE);
        }
        PrincipalKind::Service | PrincipalKind::FederatedCaller => {
            return deny(Reason::NoResourceAllow, Layer::Resource);
        }
        PrincipalKind::Anonymous => {
            let reachable = asked.anonymous_allowed.unwrap_or(asked.profile.anonymous_allowed);
            return if reachable && grants.contains(Grade::Wildcard) {
                allow(Reason::Resource, Layer::Resource, RESOURCE)
            } else {
                deny(Reason::Anonymous, Layer::Resource)
            };
        }
        _ => {}
    }
    // Step 4: what the principal's own account lets it do.
    let identity = results.identity.allows || has_implicit_identity(asked.principal);
    let boundary = results.boundary.is_none_or(|said| said.allows);
    let session = match results.session {
        Some(said) => said.allows,
        None => kind != PrincipalKind::FederatedUser, // E-21, E-22
    };
    let own = identity && boundary && session;
    let first_failing = || {
        if !identity {
            deny(Reason::Identity, Layer::Identity)
        } else if !boundary {
            deny(Reason::Boundary, Layer::Boundary)
        } else {
            deny(Reason::Session, Layer::Session)
        }
    };
    // Step 5: cross-account.
    let owner = if asked.target.is_none() { asked.principal.account } else { asked.resource_account };
    if owner != asked.principal.account {
        if grants.is_empty() {
            return deny(Reason::NoResourceAllow, Layer::Resource);
        }
        return if own { allow(Reason::CrossAccount, Layer::Resource, OWN_AND_RESOURCE) } else { first_failing() };
    }
    // Step 6: grants by the resource policy.
    let direct = grants.contains(Grade::Direct) || grants.contains(Grade::Wildcard);
    let is_root = kind == PrincipalKind::Root;
    if direct && (!is_root || session) {
        // Only an AssumeRoot session has a session layer here; its task policy limits every grant (E-30).
        return allow(Reason::Resource, Layer::Resource, if is_root { RESOURCE_AND_GATE } else { RESOURCE });
    }
    let named = grants.contains(Grade::Role) || grants.contains(Grade::Issuer);
    if named && boundary && session {
        return allow(Reason::Resource, Layer::Resource, RESOURCE_AND_GATE);
    }
    // Step 7: the identity path.
    let required = trust_mode(asked) == TrustMode::ResourceRequired;
    if own && (!required || grants.contains(Grade::Account)) {
        return allow(Reason::Identity, Layer::Identity, if required { OWN_AND_RESOURCE } else { OWN });
    }
    // Step 8: explain.
    if required && grants.is_empty() {
        return deny(Reason::NoResourceAllow, Layer::Resource);
    }
    if named {
        // E-13: the role or issuer is named, so the missing piece is not an identity Allow.
        return if boundary { deny(Reason::Session, Layer::Session) } else { deny(Reason::Boundary, Layer::Boundary) };
    }
    first_failing()
}

fn first_deny(results: &Results) -> Option<Layer> {
    let denies = |said: Option<Said>| said.is_some_and(|said| said.denies);
    [
        (results.rcp.is_some_and(|levels| levels.denies), Layer::Rcp),
        (results.scp.is_some_and(|levels| levels.denies), Layer::Scp),
        (results.resource.denies, Layer::Resource),
        (denies(results.endpoint), Layer::Endpoint),
        (denies(results.boundary), Layer::Boundary),
        (denies(results.session), Layer::Session),
        (results.identity.denies, Layer::Identity),
    ]
    .into_iter()
    .find_map(|(denies, layer)| denies.then_some(layer))
}

/// Root, and federated users whose session root issued (E-20, B-28).
fn has_implicit_identity(principal: &Principal<'_>) -> bool {
    match principal.kind {
        PrincipalKind::Root => true,
        PrincipalKind::FederatedUser => principal.issuer_arn.is_some_and(|arn| arn.ends_with(":root")),
        _ => false,
    }
}

/// B-24.
fn trust_mode<F>(asked: &Asked<'_, F>) -> TrustMode {
    let Some(arn) = asked.target else {
        return TrustMode::Default;
    };
    if let Some(mode) = asked.trust_mode {
        return mode;
    }
    if asked.action.prefix() == "sts" && arn.is_role() {
        return TrustMode::ResourceRequired;
    }
    if asked.action.prefix() == "kms" && arn.resource().starts_with("alias/") {
        return TrustMode::Default;
    }
    asked.profile.trust_mode
}

/// Picks the statements and keys that belong to a verdict (B-41…43).
fn report(Judgement { verdict, rests_on }: Judgement, records: Vec<Record>) -> Decision {
    let is_guardrail = |layer| matches!(layer, Layer::Rcp | Layer::Scp | Layer::Endpoint);
    let takes_part = |record: &&Record| match (verdict.outcome, record.applies) {
        (Outcome::ExplicitDeny, Some((Effect::Deny, _))) => true,
        (Outcome::Allow, Some((Effect::Allow, _))) => is_guardrail(record.layer) || rests_on.contains(&record.layer),
        _ => false,
    };
    let deciding: Vec<&Record> = records.iter().filter(takes_part).collect();
    let indeterminate = verdict.outcome == Outcome::ExplicitDeny
        && deciding.iter().any(|record| matches!(record.applies, Some((_, Truth::I))));
    let mut matched: Vec<Matched> = deciding
        .into_iter()
        .map(|record| Matched {
            layer: record.layer,
            level: record.level,
            policy: record.policy.to_string(),
            statement: record.statement,
            sid: record.sid.as_deref().map(Into::into),
        })
        .collect();
    matched.sort();
    matched.dedup(); // an index may offer a statement twice
    Decision { verdict, matched, missing_keys: missing_keys(records), indeterminate }
}

/// B-42: sorted by fold, then exact; the first spelling stands for the key.
fn missing_keys(mut records: Vec<Record>) -> Vec<String> {
    records.retain(|record| matches!(record.layer, Layer::Resource | Layer::Boundary | Layer::Identity));
    records.sort_by(|a, b| (a.layer, &a.policy, a.statement).cmp(&(b.layer, &b.policy, b.statement)));
    let mut keys: Vec<(String, String)> = Vec::new();
    for spelling in records.into_iter().flat_map(|record| record.missing) {
        let folded = text::fold(&spelling).to_string();
        if !keys.iter().any(|(known, _)| *known == folded) {
            keys.push((folded, spelling));
        }
    }
    keys.sort();
    keys.into_iter().map(|(_, spelling)| spelling).collect()
}
