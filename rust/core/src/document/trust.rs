//! Whether the actions and the principals of a trust statement fit together (G-19, B-13).

use super::elements::Elements;
use super::principal::{Provider, provider};
use super::reader::Reader;
use crate::error::Code;
use crate::json::{Node, Value};
use crate::profile::Registry;
use crate::text::fold_eq;

/// What an action needs of a principal.
#[derive(Clone, Copy)]
enum Asks {
    Saml,
    WebIdentity,
    Role,
    /// Anything else, or an action with a wildcard: never a mismatch.
    Anything,
}

/// What a principal value is good for.
#[derive(Clone, Copy)]
enum Offers {
    Saml,
    WebIdentity,
    /// `Federated`, but of no known form.
    Federated,
    Role,
}

fn is_mismatch(action: Asks, value: Offers) -> bool {
    match action {
        Asks::Saml => !matches!(value, Offers::Saml),
        Asks::WebIdentity => !matches!(value, Offers::WebIdentity),
        Asks::Role => !matches!(value, Offers::Role),
        Asks::Anything => false,
    }
}

impl Reader<'_> {
    /// Reports a statement of which no principal can use any action.
    pub(super) fn check_trust_pairs(&mut self, elements: &Elements<'_, '_>) {
        let (Some(principal), Some(action)) = (elements.principal, elements.action) else {
            return;
        };
        let Some(offers) = self.offers(&principal.value) else {
            return;
        };
        let Some(asks) = texts(&action.value).map(|texts| texts.into_iter().map(asks).collect::<Vec<_>>()) else {
            return;
        };
        // At most four of each differ, so this is no product of the lists.
        let offers = distinct(offers, |offer| offer as u8);
        let asks = distinct(asks, |ask| ask as u8);
        let some = !offers.is_empty() && !asks.is_empty();
        if some && asks.iter().all(|ask| offers.iter().all(|offer| is_mismatch(*ask, *offer))) {
            self.report(Code::MISMATCHED_ACTION_FOR_PRINCIPAL, principal.value.span.start, || {
                "none of the principals can use any of the actions: `sts:AssumeRoleWithSAML` needs a SAML provider, \
                 `sts:AssumeRoleWithWebIdentity` an OIDC provider or domain name, `sts:AssumeRole` an AWS or service \
                 principal"
                    .to_owned()
            });
        }
    }

    /// Of a principal map with nothing but texts as values.
    fn offers(&self, node: &Node<'_>) -> Option<Vec<Offers>> {
        let Value::Object(members) = &node.value else {
            return None;
        };
        let mut offers = Vec::new();
        for member in self.members(members) {
            let values = texts(&member.value)?;
            match member.name.as_ref() {
                "Federated" => offers.extend(values.into_iter().map(|text| federated(text, self.registry))),
                "AWS" | "Service" | "CanonicalUser" => offers.extend(values.into_iter().map(|_| Offers::Role)),
                _ => {}
            }
        }
        Some(offers)
    }
}

/// The texts of a string or of a list of strings.
fn texts<'n>(node: &'n Node<'_>) -> Option<Vec<&'n str>> {
    let text = |node: &'n Node<'_>| match &node.value {
        Value::String(text) => Some(text.as_ref()),
        _ => None,
    };
    match &node.value {
        Value::Array(nodes) => nodes.iter().map(text).collect(),
        _ => text(node).map(|text| vec![text]),
    }
}

fn asks(action: &str) -> Asks {
    if fold_eq(action, "sts:AssumeRoleWithSAML") {
        Asks::Saml
    } else if fold_eq(action, "sts:AssumeRoleWithWebIdentity") {
        Asks::WebIdentity
    } else if fold_eq(action, "sts:AssumeRole") {
        Asks::Role
    } else {
        Asks::Anything
    }
}

fn federated(text: &str, registry: &Registry) -> Offers {
    match provider(text, registry) {
        Some(Provider::Saml) => Offers::Saml,
        Some(Provider::OpenId | Provider::DomainName) => Offers::WebIdentity,
        None => Offers::Federated,
    }
}

fn distinct<T: Copy>(mut values: Vec<T>, number: impl Fn(T) -> u8) -> Vec<T> {
    values.sort_unstable_by_key(|value| number(*value));
    values.dedup_by_key(|value| number(*value));
    values
}
