//! Self-contained cases: a request and its layers in one JSON text (`bailiwick simulate`).

mod read;

use crate::action::Action;
use crate::arn::{self, Arn};
use crate::compiled::Search;
use crate::context::Context;
use crate::decision::Decision;
use crate::evaluate::{self, Asked, Layers};
use crate::layer::Set;
use crate::policies::Policy;
use crate::principal::{Principal, PrincipalKind};
use crate::profile::{Registry, TrustMode};

/// The answer to a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The case's `id`, as JSON text.
    pub id: Option<String>,
    /// The decision, or why there is none.
    pub result: Result<Decision, CaseError>,
}

/// Why a case has no decision (B-45).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    /// Code of the policy error, `JSON_SYNTAX_ERROR` of the case, or `ValidationError`.
    pub code: String,
    /// JSON pointer: inside the policy's document if `policy` is given, else inside the case.
    pub path: String,
    /// Line, from 1, if known.
    pub line: Option<u32>,
    /// Column, from 1, if known.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// Id of the policy that does not parse.
    pub policy: Option<String>,
}

impl CaseError {
    fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: "ValidationError".to_owned(),
            path: path.into(),
            line: None,
            column: None,
            message: message.into(),
            policy: None,
        }
    }
}

/// A case as it stands in the text.
struct Case<'t> {
    principal: Principal<'t>,
    action: &'t str,
    resource: &'t str,
    resource_account: Option<&'t str>,
    context: Context<'t>,
    trust_mode: Option<TrustMode>,
    anonymous_allowed: Option<bool>,
    from_management_account: bool,
    in_management_account: Option<bool>,
    policies: Policies,
}

/// Compiled policies of a case by layer.
#[derive(Default)]
struct Policies {
    identity: Option<Vec<Policy>>,
    boundary: Option<Vec<Policy>>,
    session: Option<Vec<Policy>>,
    resource: Option<Vec<Policy>>,
    scp: Option<Vec<Vec<Policy>>>,
    rcp: Option<Vec<Vec<Policy>>>,
    endpoint: Option<Vec<Policy>>,
}

/// Decides one case.
#[must_use]
pub fn simulate(text: &str, registry: &Registry, search: Search) -> Answer {
    read::with_case(text, registry, |case| decide(case, registry, search))
}

fn decide(case: &Case<'_>, registry: &Registry, search: Search) -> Result<Decision, CaseError> {
    let invalid = |path: &str, message: String| CaseError::invalid(format!("/request/{path}"), message);
    let Some(action) = Action::parse(case.action) else {
        return Err(invalid("action", format!("action `{}`: expected `service:Name`", case.action)));
    };
    let target = match case.resource {
        "*" => None,
        text => Some(Arn::parse(text).ok_or_else(|| {
            invalid("resource", format!("resource `{text}`: expected `*` or an ARN of six segments"))
        })?),
    };
    let named = target.as_ref().map(Arn::account).filter(|account| arn::is_account(account));
    if let Some(account) = case.resource_account {
        if !arn::is_account(account) {
            return Err(invalid("resource_account", format!("resource account `{account}`: expected 12 digits")));
        }
        if named.is_some_and(|named| named != account) {
            let message = format!("resource account `{account}` differs from that in the resource's ARN");
            return Err(invalid("resource_account", message));
        }
    }
    let owner = case.resource_account.or(named).filter(|_| target.is_some()).or(case.principal.account); // E-07, B-21
    let same_account = case.principal.account.is_some() && owner == case.principal.account;
    let profile = registry.profile(action.prefix());
    let role = role_without_path(&case.principal);
    let principal = Principal { role_arn: case.principal.role_arn.or(role.as_deref()), ..case.principal };
    let asked = Asked {
        principal: &principal,
        profile,
        action: &action,
        target: &target,
        resource_account: owner,
        facts: &case.context,
        trust_mode: case.trust_mode,
        anonymous_allowed: case.anonymous_allowed,
        from_management_account: case.from_management_account,
        in_management_account: case.in_management_account.unwrap_or(case.from_management_account && same_account),
    };
    let (scp, rcp) = (levels(case.policies.scp.as_deref()), levels(case.policies.rcp.as_deref()));
    Ok(evaluate::decide(&asked, &case.policies.layers(scp.as_deref(), rcp.as_deref(), search)))
}

/// B-27: the role of a session that is known by its own ARN alone.
fn role_without_path(principal: &Principal<'_>) -> Option<String> {
    if principal.kind != PrincipalKind::RoleSession || principal.role_arn.is_some() {
        return None;
    }
    let arn = Arn::parse(principal.arn?)?;
    let (role, _session) = arn.resource().strip_prefix("assumed-role/")?.split_once('/')?;
    Some(format!("arn:{}:iam::{}:role/{role}", arn.partition(), arn.account()))
}

/// B-31.
pub(crate) fn may_have_session_policies(kind: PrincipalKind) -> bool {
    matches!(kind, PrincipalKind::Root | PrincipalKind::RoleSession | PrincipalKind::FederatedUser)
}

impl Policies {
    fn layers<'p>(&'p self, scp: Option<&'p [Set<'p>]>, rcp: Option<&'p [Set<'p>]>, search: Search) -> Layers<'p> {
        Layers {
            identity: self.identity.as_deref().map(Set::Given),
            boundary: self.boundary.as_deref().map(Set::Given),
            session: self.session.as_deref().map(Set::Given),
            resource: self.resource.as_deref().map(Set::Given),
            endpoint: self.endpoint.as_deref().map(Set::Given),
            scp,
            rcp,
            search,
        }
    }
}

fn levels(levels: Option<&[Vec<Policy>]>) -> Option<Vec<Set<'_>>> {
    Some(levels?.iter().map(|policies| Set::Given(policies)).collect())
}
