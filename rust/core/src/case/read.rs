//! Reads a case. Documents are cut out as text, so that the policy parser sees what was written (B-45).

use super::{Answer, Case, CaseError, Policies};
use crate::arn::{self, Arn};
use crate::compiled::Compiled;
use crate::context::Context;
use crate::decision::Decision;
use crate::document::{self, PolicyKind};
use crate::error::{Code, PolicyError};
use crate::json::{self, Member, Node, Value};
use crate::policies::Policy;
use crate::pool::Pool;
use crate::principal::{Principal, PrincipalKind};
use crate::profile::{Registry, ServiceProfile, TrustMode};
use crate::text;
use std::borrow::Cow;
use std::sync::Arc;

/// A case nests five levels above its documents, which nest sixteen.
const DEPTH: usize = 64;

const TOP: &[&str] = &["id", "request", "layers", "expect"];
const REQUEST: &[&str] = &[
    "principal",
    "action",
    "resource",
    "resource_account",
    "context",
    "trust_mode",
    "anonymous_allowed",
    "management_account",
    "resource_in_management_account",
];
const LAYERS: &[&str] = &["identity", "boundary", "session", "resource", "scp", "rcp", "endpoint"];
const PRINCIPAL: &[&str] =
    &["kind", "account", "arn", "id", "role_arn", "issuer_arn", "issuer_id", "name", "slr", "canonical_id"];
/// What M-40 calls the `id` of a kind.
const IDS: &[&str] = &["user_id", "role_id"];

type Read<T> = Result<T, CaseError>;

/// Reads a case and hands it on.
pub(super) fn with_case(
    text: &str,
    registry: &Registry,
    decide: impl FnOnce(&Case<'_>) -> Result<Decision, CaseError>,
) -> Answer {
    let limits = json::Limits { max_depth: DEPTH, characters: json::Characters::Any };
    let parsed = json::parse(text, &limits).and_then(|(root, faults)| {
        // Repeated members are for those who read them; a lone surrogate is text that nobody can read.
        match faults.into_iter().find(|fault| fault.code == Code::INVALID_CHARACTER) {
            Some(fault) => Err(PolicyError { code: "JSON_SYNTAX_ERROR", path: String::new(), ..fault.locate(text) }),
            None => Ok(root),
        }
    });
    let root = match parsed {
        Ok(root) => root,
        Err(error) => {
            let error = CaseError {
                code: error.code.to_owned(),
                path: error.path,
                line: Some(error.line),
                column: Some(error.column),
                message: error.message,
                policy: None,
            };
            return Answer { id: None, result: Err(error) };
        }
    };
    let notes = notes(&root);
    let id = member(&root, "id").and_then(|node| text.get(node.span.clone())).map(str::to_owned);
    let top = Object::read(&root, "", &[TOP, &notes]);
    let result = top.and_then(|top| read(text, &top, registry)).and_then(|case| decide(&case));
    Answer { id, result }
}

fn members<'n, 't>(root: &'n Node<'t>) -> &'n [Member<'t>] {
    match &root.value {
        Value::Object(members) => members,
        _ => &[],
    }
}

fn member<'n, 't>(root: &'n Node<'t>, name: &str) -> Option<&'n Node<'t>> {
    members(root).iter().find(|member| member.name == name).map(|member| &member.value)
}

/// Names of the members that say something to people: those whose values are texts, numbers, booleans or lists of them.
/// Anything else is a misspelled member of the case.
fn notes<'n>(root: &'n Node<'_>) -> Vec<&'n str> {
    let is_plain = |node: &Node<'_>| !matches!(node.value, Value::Object(_) | Value::Array(_));
    let is_note = |node: &Node<'_>| match &node.value {
        Value::Array(nodes) => nodes.iter().all(is_plain),
        _ => is_plain(node),
    };
    members(root).iter().filter(|member| is_note(&member.value)).map(|member| member.name.as_ref()).collect()
}

fn read<'n>(text: &str, top: &Object<'_, 'n>, registry: &Registry) -> Read<Case<'n>> {
    let request = Object::read(top.required("request")?, "/request", &[REQUEST])?;
    let principal = read_principal(request.required("principal")?)?;
    let action = request.required_text("action")?;
    let resource = request.required_text("resource")?;
    let trust_mode = match request.text("trust_mode")? {
        None => None,
        Some("default") => Some(TrustMode::Default),
        Some("resource_required") => Some(TrustMode::ResourceRequired),
        Some(other) => {
            let message = format!("trust mode `{other}`: expected `default` or `resource_required`");
            return Err(CaseError::invalid("/request/trust_mode", message));
        }
    };
    let context = match request.get("context") {
        Some(node) => read_context(node)?,
        None => Context::new(),
    };
    let policies = match top.get("layers") {
        Some(node) => {
            let layers = Object::read(node, "/layers", &[LAYERS])?;
            Documents { text, registry, pool: Pool::default() }.read(&layers, resource, action)?
        }
        None => Policies::default(),
    };
    Ok(Case {
        principal,
        action,
        resource,
        resource_account: request.text("resource_account")?,
        context,
        trust_mode,
        anonymous_allowed: request.flag("anonymous_allowed")?,
        from_management_account: request.flag("management_account")?.unwrap_or(false),
        in_management_account: request.flag("resource_in_management_account")?,
        policies,
    })
}

/// An object whose members are known.
struct Object<'t, 'n> {
    path: Cow<'n, str>,
    members: &'n [Member<'t>],
}

impl<'t, 'n> Object<'t, 'n> {
    fn read(node: &'n Node<'t>, path: impl Into<Cow<'n, str>>, known: &[&[&str]]) -> Read<Self> {
        let path = path.into();
        let Value::Object(members) = &node.value else {
            return Err(CaseError::invalid(path, "expected an object"));
        };
        for (at, member) in members.iter().enumerate() {
            let here = || format!("{path}/{}", escaped(&member.name));
            if !known.iter().any(|names| names.contains(&member.name.as_ref())) {
                return Err(CaseError::invalid(here(), format!("unknown member `{}`", member.name)));
            }
            if members.iter().take(at).any(|other| other.name == member.name) {
                return Err(CaseError::invalid(here(), format!("member `{}` is given twice", member.name)));
            }
        }
        Ok(Self { path, members })
    }

    fn get(&self, name: &str) -> Option<&'n Node<'t>> {
        self.members.iter().find(|member| member.name == name).map(|member| &member.value)
    }

    fn required(&self, name: &str) -> Read<&'n Node<'t>> {
        self.get(name).ok_or_else(|| CaseError::invalid(self.path.clone(), format!("member `{name}` is missing")))
    }

    /// A text member; `null` is as good as absent.
    fn text(&self, name: &str) -> Read<Option<&'n str>> {
        match self.get(name).map(|node| &node.value) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(CaseError::invalid(format!("{}/{name}", self.path), "expected a string")),
        }
    }

    fn required_text(&self, name: &str) -> Read<&'n str> {
        self.text(name)?.ok_or_else(|| CaseError::invalid(self.path.clone(), format!("member `{name}` is missing")))
    }

    fn flag(&self, name: &str) -> Read<Option<bool>> {
        match self.get(name).map(|node| &node.value) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(CaseError::invalid(format!("{}/{name}", self.path), "expected `true` or `false`")),
        }
    }
}

/// RFC 6901.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A principal object, or its ARN or name.
fn read_principal<'n>(node: &'n Node<'_>) -> Read<Principal<'n>> {
    const PATH: &str = "/request/principal";
    let refuse = |message: String| Err(CaseError::invalid(PATH, message));
    if let Value::String(name) = &node.value {
        return match named_principal(name) {
            Some(principal) => Ok(principal),
            None => refuse(format!(
                "principal `{name}`: expected the ARN of a root, user, role, assumed-role or federated-user, a service name or `anonymous`"
            )),
        };
    }
    let object = Object::read(node, PATH, &[PRINCIPAL, IDS])?;
    let kind = match object.required_text("kind")? {
        "root" => PrincipalKind::Root,
        "user" => PrincipalKind::User,
        "role_session" => PrincipalKind::RoleSession,
        "federated_user" => PrincipalKind::FederatedUser,
        "service" => PrincipalKind::Service,
        "federated_caller" => PrincipalKind::FederatedCaller,
        "anonymous" => PrincipalKind::Anonymous,
        other => return refuse(format!("unknown kind `{other}` of principal")),
    };
    let arn = object.text("arn")?;
    let role_arn = object.text("role_arn")?;
    let principal = Principal {
        kind,
        account: object.text("account")?.or_else(|| account_of(arn.or(role_arn)?)),
        arn,
        id: id_of(&object, kind)?,
        role_arn,
        issuer_arn: object.text("issuer_arn")?,
        issuer_id: object.text("issuer_id")?,
        name: object.text("name")?,
        service_linked: object.flag("slr")?.unwrap_or(false),
        canonical_id: object.text("canonical_id")?,
    };
    complete(principal)
}

/// `id`, or by the name that M-40 has for it (B-49).
fn id_of<'n>(object: &Object<'_, 'n>, kind: PrincipalKind) -> Read<Option<&'n str>> {
    let own = match kind {
        PrincipalKind::User => "user_id",
        PrincipalKind::RoleSession => "role_id",
        _ => "",
    };
    let given: Vec<&str> = ["id", "user_id", "role_id"].into_iter().filter(|name| object.get(name).is_some()).collect();
    match given.as_slice() {
        [] => Ok(None),
        [name] if *name == "id" || *name == own => object.text(name),
        [.., name] => {
            let message =
                format!("`{name}`: expected one id, as `id` or as `user_id` of a user or `role_id` of a role session");
            Err(CaseError::invalid(object.path.clone(), message))
        }
    }
}

/// Refuses a principal that lacks what its kind must have.
fn complete(principal: Principal<'_>) -> Read<Principal<'_>> {
    let refuse = |message: &str| Err(CaseError::invalid("/request/principal", message));
    if principal.kind.has_account() {
        if !principal.account.is_some_and(arn::is_account) {
            return refuse("this kind of principal has an `account` of 12 digits");
        }
        let named = match principal.kind {
            PrincipalKind::RoleSession => principal.role_arn.or(principal.arn),
            _ => principal.arn,
        };
        if named.is_none() {
            return refuse("this kind of principal has an `arn`");
        }
    } else if principal.kind != PrincipalKind::Anonymous && principal.name.is_none() {
        return refuse("this kind of principal has a `name`");
    }
    Ok(principal)
}

fn account_of(text: &str) -> Option<&str> {
    text.split(':').nth(4).filter(|account| arn::is_account(account))
}

/// B-26…28.
fn named_principal(name: &str) -> Option<Principal<'_>> {
    if name == "anonymous" {
        return Some(Principal::new(PrincipalKind::Anonymous));
    }
    if !name.starts_with("arn:") {
        let service = Principal { name: Some(name), ..Principal::new(PrincipalKind::Service) };
        return name.contains('.').then_some(service);
    }
    let arn = Arn::parse(name)?;
    let (kind, rest) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
    let account = Some(arn.account()).filter(|account| arn::is_account(account));
    let of = |kind| Principal { account, arn: Some(name), ..Principal::new(kind) };
    account?;
    match (arn.service(), kind, rest.is_empty()) {
        ("iam", "root", true) if arn.resource() == "root" => Some(of(PrincipalKind::Root)),
        ("iam", "user", false) => Some(of(PrincipalKind::User)),
        ("iam", "role", false) => Some(Principal { arn: None, role_arn: Some(name), ..of(PrincipalKind::RoleSession) }),
        ("sts", "assumed-role", false) if rest.contains('/') => Some(of(PrincipalKind::RoleSession)),
        ("sts", "federated-user", false) => Some(of(PrincipalKind::FederatedUser)),
        _ => None,
    }
}

/// Keys and values; `null` is an absent key, an empty list too (C-06).
fn read_context<'n>(node: &'n Node<'_>) -> Read<Context<'n>> {
    let Value::Object(members) = &node.value else {
        return Err(CaseError::invalid("/request/context", "expected an object"));
    };
    let mut context = Context::new();
    for member in members {
        let refuse = || {
            let path = format!("/request/context/{}", escaped(&member.name));
            CaseError::invalid(path, "expected a string, a number, `true`, `false`, or a list of these")
        };
        let values = match &member.value.value {
            Value::Null => continue,
            Value::Array(nodes) => nodes.iter().map(|node| scalar(&node.value).ok_or_else(refuse)).collect(),
            value => scalar(value).ok_or_else(refuse).map(|value| vec![value]),
        };
        context.add_all(member.name.as_ref(), values?);
    }
    context.finish();
    Ok(context)
}

fn scalar<'n>(value: &'n Value<'_>) -> Option<Cow<'n, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(lexeme) => Some(Cow::Borrowed(lexeme)),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        _ => None,
    }
}

/// Compiles the documents of a case.
struct Documents<'r> {
    text: &'r str,
    registry: &'r Registry,
    pool: Pool,
}

impl Documents<'_> {
    fn read(mut self, layers: &Object<'_, '_>, resource: &str, action: &str) -> Read<Policies> {
        let (resource_kind, profile) = self.of_resource(resource, action);
        Ok(Policies {
            identity: self.set(layers, "identity", PolicyKind::Identity)?,
            boundary: self.single(layers, "boundary", PolicyKind::Boundary, &ServiceProfile::default())?,
            session: self.set(layers, "session", PolicyKind::Session)?,
            resource: self.single(layers, "resource", resource_kind, &profile)?,
            scp: self.levels(layers, "scp", PolicyKind::Scp)?,
            rcp: self.levels(layers, "rcp", PolicyKind::Rcp)?,
            endpoint: self.set(layers, "endpoint", PolicyKind::Endpoint)?,
        })
    }

    /// Kind and profile of the `resource` document (B-25).
    fn of_resource(&self, resource: &str, action: &str) -> (PolicyKind, ServiceProfile) {
        let arn = Arn::parse(resource);
        let kind = if arn.is_some_and(|arn| arn.is_role()) { PolicyKind::Trust } else { PolicyKind::Resource };
        let service = match &arn {
            Some(arn) => arn.service(),
            None => action.split(':').next().unwrap_or_default(),
        };
        (kind, self.registry.profile(&text::fold(service)).clone())
    }

    fn set(&mut self, layers: &Object<'_, '_>, layer: &str, kind: PolicyKind) -> Read<Option<Vec<Policy>>> {
        let Some(node) = layers.get(layer) else {
            return Ok(None);
        };
        let path = format!("/layers/{layer}");
        let profile = ServiceProfile::default();
        match &node.value {
            Value::Array(nodes) => self.list(nodes, &path, layer, kind).map(Some),
            _ => Ok(Some(vec![self.policy(node, &path, &format!("{layer}/0"), kind, &profile)?])),
        }
    }

    fn list(&mut self, nodes: &[Node<'_>], path: &str, id: &str, kind: PolicyKind) -> Read<Vec<Policy>> {
        let profile = ServiceProfile::default();
        let numbered = nodes.iter().enumerate();
        numbered
            .map(|(at, node)| self.policy(node, &format!("{path}/{at}"), &format!("{id}/{at}"), kind, &profile))
            .collect()
    }

    fn single(
        &mut self,
        layers: &Object<'_, '_>,
        layer: &str,
        kind: PolicyKind,
        profile: &ServiceProfile,
    ) -> Read<Option<Vec<Policy>>> {
        let Some(node) = layers.get(layer) else {
            return Ok(None);
        };
        let path = format!("/layers/{layer}");
        match &node.value {
            Value::Array(nodes) => match nodes.as_slice() {
                [] => Ok(Some(Vec::new())), // there, and silent (E-02)
                [node] => Ok(Some(vec![self.policy(node, &format!("{path}/0"), layer, kind, profile)?])),
                _ => Err(CaseError::invalid(path, "expected one policy at most")),
            },
            _ => Ok(Some(vec![self.policy(node, &path, layer, kind, profile)?])),
        }
    }

    fn levels(&mut self, layers: &Object<'_, '_>, layer: &str, kind: PolicyKind) -> Read<Option<Vec<Vec<Policy>>>> {
        let Some(node) = layers.get(layer) else {
            return Ok(None);
        };
        let path = format!("/layers/{layer}");
        let Value::Array(levels) = &node.value else {
            return Err(CaseError::invalid(path, "expected a list of levels, root first"));
        };
        if levels.is_empty() {
            let message = "an empty list of levels; leave the member out if there is no organization"; // E-12
            return Err(CaseError::invalid(path, message));
        }
        let level = |(at, node): (usize, &Node<'_>)| match &node.value {
            Value::Array(nodes) => self.list(nodes, &format!("{path}/{at}"), &format!("{layer}/{at}"), kind),
            _ => Err(CaseError::invalid(format!("{path}/{at}"), "expected a list of policies")),
        };
        levels.iter().enumerate().map(level).collect::<Read<_>>().map(Some)
    }

    /// A document, or `{"id": …, "document": …}`; a document is an object, or a string that holds its text.
    fn policy(
        &mut self,
        node: &Node<'_>,
        path: &str,
        id: &str,
        kind: PolicyKind,
        profile: &ServiceProfile,
    ) -> Read<Policy> {
        let mut id = id;
        let mut node = node;
        if let Value::Object(members) = &node.value
            && members.iter().any(|member| member.name == "document")
        {
            let wrapper = Object::read(node, path, &[&["id", "document"]])?;
            id = wrapper.text("id")?.unwrap_or(id);
            node = wrapper.required("document")?;
        }
        let text: &str = match &node.value {
            Value::Object(_) => self.text.get(node.span.clone()).unwrap_or_default(),
            Value::String(text) => text,
            _ => return Err(CaseError::invalid(path, "expected a policy document")),
        };
        let document = document::parse(text.as_bytes(), kind, profile, self.registry).map_err(|error| CaseError {
            code: error.code.to_owned(),
            path: error.path,
            line: Some(error.line),
            column: Some(error.column),
            message: error.message,
            policy: Some(id.to_owned()),
        })?;
        Ok(Policy { id: id.into(), compiled: Arc::new(Compiled::new(&document, &mut self.pool)) })
    }
}
