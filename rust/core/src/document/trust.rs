//! Whether the actions and the principals of a trust statement fit together (G-19, B-13).

use super::elements::Elements;
use super::principal::{self, Provider};
use super::reader::Reader;
use crate::error::Code;
use crate::json::{Node, Value};
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
    /// Reports a statement of which no principal can use any action. Values that are refused by themselves do not
    /// count.
    pub(super) fn check_trust_pairs(&mut self, elements: &Elements<'_, '_>) {
        let (Some(principal), Some(action)) = (elements.principal, elements.action) else {
            return;
        };
        // At most four of each differ, so this is no product of the lists.
        let asks = distinct(texts(&action.value).map(asks).collect(), |ask| ask as u8);
        let offers = distinct(self.offers(&principal.value), |offer| offer as u8);
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

    fn offers(&self, node: &Node<'_>) -> Vec<Offers> {
        let Value::Object(members) = &node.value else {
            return Vec::new();
        };
        let offers = self.members(members).flat_map(|member| {
            texts(&member.value).filter_map(|text| match member.name.as_ref() {
                "AWS" => principal::aws(text, self.registry).map(|_| Offers::Role),
                "Service" => principal::service(text, self.registry).map(|_| Offers::Role),
                "Federated" => principal::provider(text, self.registry).map(federated),
                _ => None,
            })
        });
        offers.collect()
    }
}

/// A string, or those of a list.
fn texts<'n>(node: &'n Node<'_>) -> impl Iterator<Item = &'n str> + use<'n> {
    let nodes = match &node.value {
        Value::Array(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(node),
    };
    nodes.iter().filter_map(|node| match &node.value {
        Value::String(text) => Some(text.as_ref()),
        _ => None,
    })
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

fn federated(provider: Provider) -> Offers {
    match provider {
        Provider::Saml => Offers::Saml,
        Provider::OpenId | Provider::DomainName => Offers::WebIdentity,
    }
}

fn distinct<T: Copy>(mut values: Vec<T>, number: impl Fn(T) -> u8) -> Vec<T> {
    values.sort_unstable_by_key(|value| number(*value));
    values.dedup_by_key(|value| number(*value));
    values
}
