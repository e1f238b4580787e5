//! Values of `Principal` and `NotPrincipal` (G-14…17).

use super::action::is_run_of;
use super::elements::kind_name;
use super::reader::{Checked, Reader};
use super::{PolicyKind, PrincipalValue, hint};
use crate::arn::is_account;
use crate::error::{Code, quoted};
use crate::json::{Member, Node, Value};
use crate::profile::Registry;

const KEYS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

impl Reader<'_> {
    /// G-14.
    pub(super) fn principal_values(&mut self, node: &Node<'_>) -> Checked<Vec<PrincipalValue>> {
        let members = match &node.value {
            Value::String(text) if text == "*" => return Ok(vec![PrincipalValue::Everyone]),
            Value::String(text) => {
                return Err(self.report(Code::INVALID_PRINCIPAL_FORMAT, node.span.start, || {
                    format!("principal {}: expected `*` or an object such as {{\"AWS\": …}}", quoted(text))
                }));
            }
            Value::Object(members) => members,
            _ => return Err(self.mismatch(node, "`*` or an object")),
        };
        if members.is_empty() {
            return Err(self.report(Code::EMPTY_OBJECT, node.span.start, || {
                "the principal is an empty object: name at least one".to_owned()
            }));
        }
        let mut values = Ok(Vec::new());
        for member in self.members(members).collect::<Vec<_>>() {
            match (self.principal_member(member), &mut values) {
                (Ok(more), Ok(values)) => values.extend(more),
                (Err(reported), _) => values = Err(reported),
                (Ok(_), Err(_)) => {}
            }
        }
        values
    }

    fn principal_member(&mut self, member: &Member<'_>) -> Checked<Vec<PrincipalValue>> {
        let kind = self.kind;
        match member.name.as_ref() {
            "AWS" => self.list(&member.value, |reader, node| reader.principal(node, aws, AWS_FORMS)),
            "Service" => self.list(&member.value, |reader, node| reader.principal(node, service, SERVICE_FORM)),
            "Federated" if kind == PolicyKind::Trust => {
                self.list(&member.value, |reader, node| reader.principal(node, federated, FEDERATED_FORMS))
            }
            "Federated" => Err(self.report(Code::FEDERATED_PRINCIPAL_NOT_SUPPORTED, member.name_start, || {
                "`Federated` principals are supported in trust policies only".to_owned()
            })),
            "CanonicalUser" if kind == PolicyKind::Resource && self.profile.canonical_user => {
                self.list(&member.value, |reader, node| reader.principal(node, canonical_user, CANONICAL_FORM))
            }
            "CanonicalUser" => Err(self.report(Code::UNSUPPORTED_ELEMENT, member.name_start, || {
                format!("`CanonicalUser` is not supported in {}", kind_name(kind))
            })),
            name => Err(self.report(Code::INVALID_PRINCIPAL_KEY, member.name_start, || {
                let hint = hint::closest(name, KEYS.into_iter());
                format!(
                    "unknown kind of principal {}{hint}: expected `AWS`, `Service`, `Federated` or `CanonicalUser`",
                    quoted(name)
                )
            })),
        }
    }

    /// The order of B-06.
    fn principal(
        &mut self,
        node: &Node<'_>,
        read: fn(&str, &Registry) -> Option<PrincipalValue>,
        forms: &str,
    ) -> Checked<PrincipalValue> {
        let text = self.string(node)?;
        if let Some(value) = read(text, self.registry) {
            return Ok(value);
        }
        let (code, problem) = if text.contains("${") {
            (Code::VARIABLE_UNSUPPORTED_IN_ELEMENT, "variables are not supported here; ")
        } else if text.contains(['*', '?']) {
            (Code::UNSUPPORTED_WILDCARD_IN_PRINCIPAL, "wildcards are not supported here; ")
        } else {
            (Code::INVALID_PRINCIPAL, "")
        };
        Err(self.report(code, node.span.start, || format!("principal {}: {problem}expected {forms}", quoted(text))))
    }
}

const AWS_FORMS: &str = "`*`, 12 digits, a unique id, or the ARN of an account's root, a user, a role or a session";
const SERVICE_FORM: &str = "a service such as `lambda.amazonaws.com`";
const FEDERATED_FORMS: &str = "the ARN of a SAML or OIDC provider, or a domain such as `accounts.google.com`";
const CANONICAL_FORM: &str = "64 lower-case hex digits";

/// The account and the sixth segment of `arn:P:SERVICE::ACCOUNT:…` with a known partition.
fn account_arn<'t>(text: &'t str, wanted: &str, registry: &Registry) -> Option<(&'t str, &'t str)> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    let (arn, partition, service, region, account, resource) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let fits = arn == "arn"
        && registry.knows_partition(partition)
        && service == wanted
        && region.is_empty()
        && is_account(account);
    fits.then_some((account, resource))
}

/// User, role and session names.
fn is_name(text: &str) -> bool {
    is_run_of(text, b"_+=,.@-")
}

/// One part of a path.
fn is_path_part(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| matches!(byte, 0x21..=0x7E) && !matches!(byte, b'*' | b'?'))
        && !text.contains("${")
}

/// `PART/PART/NAME`.
fn is_path_and_name(text: &str) -> bool {
    match text.rsplit_once('/') {
        Some((path, name)) => is_name(name) && path.split('/').all(is_path_part),
        None => is_name(text),
    }
}

/// G-15.
pub(super) fn aws(text: &str, registry: &Registry) -> Option<PrincipalValue> {
    if text == "*" {
        return Some(PrincipalValue::Everyone);
    }
    if is_account(text) {
        return Some(PrincipalValue::Account(text.to_owned()));
    }
    if text.starts_with("AIDA") || text.starts_with("AROA") {
        let is_id = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        return (is_id && (20..=128).contains(&text.len())).then(|| PrincipalValue::UniqueId(text.to_owned()));
    }
    if let Some((account, resource)) = account_arn(text, "iam", registry) {
        let named = |kind: &str| resource.strip_prefix(kind).is_some_and(is_path_and_name);
        return if resource == "root" {
            Some(PrincipalValue::Account(account.to_owned()))
        } else if named("user/") {
            Some(PrincipalValue::User(text.to_owned()))
        } else if named("role/") {
            Some(PrincipalValue::Role(text.to_owned()))
        } else {
            None
        };
    }
    let (_, resource) = account_arn(text, "sts", registry)?;
    if let Some(session) = resource.strip_prefix("assumed-role/") {
        let (role, session) = session.split_once('/')?;
        return (is_name(role) && is_name(session)).then(|| PrincipalValue::RoleSession(text.to_owned()));
    }
    let is_federated = resource.strip_prefix("federated-user/").is_some_and(is_name);
    is_federated.then(|| PrincipalValue::FederatedUser(text.to_owned()))
}

/// G-16.
pub(super) fn service(text: &str, _: &Registry) -> Option<PrincipalValue> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let starts_plain = text.bytes().next().is_some_and(is_plain);
    let is_service = starts_plain
        && text.len() <= 128
        && text.bytes().all(|byte| is_plain(byte) || matches!(byte, b'.' | b'-'))
        && text.contains('.');
    is_service.then(|| PrincipalValue::Service(text.to_owned()))
}

/// Kinds of identity providers (G-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    Saml,
    OpenId,
    DomainName,
}

/// Which provider a `Federated` value names.
pub(super) fn provider(text: &str, registry: &Registry) -> Option<Provider> {
    if is_domain_name(text) {
        return Some(Provider::DomainName);
    }
    let (_, resource) = account_arn(text, "iam", registry)?;
    if let Some(name) = resource.strip_prefix("saml-provider/") {
        return is_run_of(name, b"_.-").then_some(Provider::Saml);
    }
    let url = resource.strip_prefix("oidc-provider/")?;
    let (host, path) = url.split_once('/').map_or((url, None), |(host, path)| (host, Some(path)));
    let is_url = is_domain_name(host) && path.is_none_or(|path| path.split('/').all(is_path_part));
    is_url.then_some(Provider::OpenId)
}

/// Two or more labels of letters, digits and hyphens.
fn is_domain_name(text: &str) -> bool {
    text.contains('.') && text.split('.').all(|label| is_run_of(label, b"-"))
}

fn federated(text: &str, registry: &Registry) -> Option<PrincipalValue> {
    provider(text, registry).map(|_| PrincipalValue::Federated(text.to_owned()))
}

/// G-17.
fn canonical_user(text: &str, _: &Registry) -> Option<PrincipalValue> {
    let is_id = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_id.then(|| PrincipalValue::CanonicalUser(text.to_owned()))
}
