//! Values of `Action` and `NotAction` (G-20…24).

use super::PolicyKind;
use super::reader::{Checked, Reader};
use crate::error::{Code, quoted};
use crate::json::Node;
use crate::text::starts_with_fold;

impl Reader<'_> {
    /// Checks in the order of B-06.
    pub(super) fn action(&mut self, node: &Node<'_>) -> Checked<String> {
        let action = self.string(node)?;
        match self.find_action_error(action) {
            None => Ok(action.to_owned()),
            Some((code, expected)) => {
                Err(self.report(code, node.span.start, || format!("action {}: {expected}", quoted(action))))
            }
        }
    }

    fn find_action_error(&self, action: &str) -> Option<(Code, &'static str)> {
        if action != "*" {
            let Some((prefix, name)) = action.split_once(':') else {
                return Some((Code::ACTION_WITHOUT_PREFIX, "expected `*` or `service:Name`"));
            };
            if name.contains(':') {
                return Some((Code::ACTION_MANY_COLONS, "expected only one colon; several actions are a list"));
            }
            if !is_run_of(prefix, b".-*?") {
                let expected = "expected a service of letters, digits, `.`, `-`, `*` and `?` before the colon";
                return Some((Code::INVALID_ACTION_PREFIX, expected));
            }
            if !is_run_of(name, b"_.-*?") {
                let expected = "expected a name of letters, digits, `_`, `.`, `-`, `*` and `?` after the colon";
                return Some((Code::INVALID_ACTION_NAME, expected));
            }
        }
        match self.kind {
            PolicyKind::Trust if !starts_with_fold(action, "sts:") => {
                Some((Code::TRUST_ACTION, "the actions of a trust policy begin with `sts:`"))
            }
            PolicyKind::Rcp if !self.grants_full_access && !self.is_rcp_action(action) => {
                Some((Code::RCP_ACTION, "expected `service:Name` of a service that resource control policies cover"))
            }
            _ => None,
        }
    }

    /// B-12.
    fn is_rcp_action(&self, action: &str) -> bool {
        let service = action.split_once(':').map(|(service, _)| service);
        service.is_some_and(|service| !service.contains(['*', '?']) && self.registry.profile(service).rcp)
    }
}

/// One or more ASCII letters, digits and the given bytes.
pub(super) fn is_run_of(text: &str, others: &[u8]) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}
