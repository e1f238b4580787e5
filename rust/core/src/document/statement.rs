//! One statement (1.3).

use super::elements::Elements;
use super::reader::{Checked, Reader, first};
use super::{ActionElement, Effect, PolicyKind, PrincipalElement, ResourceElement, Sense, Statement};
use crate::error::{Code, quoted};
use crate::json::{Member, Node, Value};

impl Reader<'_> {
    pub(super) fn statement(&mut self, node: &Node<'_>, line: u32, column: u32) -> Checked<Statement> {
        let Value::Object(members) = &node.value else {
            return Err(self.mismatch(node, "a statement"));
        };
        let elements = self.elements(members);
        self.check_presence(&elements, node.span.start);
        let sid = elements.sid.map(|member| self.sid(&member.value)).transpose();
        let effect = match elements.effect {
            Some(member) => self.effect(&member.value),
            None => Err(self.missing(&elements, Code::MISSING_EFFECT, node.span.start)),
        };
        let principal = self.principals(&elements, effect.ok());
        let action = self.actions(&elements, node.span.start);
        let resource = self.resources(&elements);
        let tests = elements.condition.map(|member| self.condition(&member.value)).transpose();
        Ok(Statement {
            sid: sid?.flatten(),
            effect: effect?,
            principal: principal?,
            action: action?,
            resource: resource?,
            tests: tests?.unwrap_or_default(),
            line,
            column,
        })
    }

    /// G-11, B-11.
    fn sid(&mut self, node: &Node<'_>) -> Checked<Option<String>> {
        const LONGEST: usize = 256;
        let sid = self.string(node)?;
        let is_free = matches!(self.kind, PolicyKind::Resource | PolicyKind::Endpoint);
        if is_free && sid.chars().nth(LONGEST).is_some() {
            return Err(self.report(Code::UNSUPPORTED_SID, node.span.start, || {
                format!("the `Sid` {} is longer than {LONGEST} characters", quoted(sid))
            }));
        }
        if !is_free && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(self.report(Code::UNSUPPORTED_SID, node.span.start, || {
                format!("the `Sid` {} may only hold letters A to Z, a to z and digits", quoted(sid))
            }));
        }
        Ok(Some(sid.to_owned()).filter(|sid| !sid.is_empty()))
    }

    /// G-12, B-12.
    fn effect(&mut self, node: &Node<'_>) -> Checked<Effect> {
        let effect = match self.string(node)? {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            other => {
                return Err(self.report(Code::INVALID_EFFECT, node.span.start, || {
                    format!("effect {}: expected `Allow` or `Deny`", quoted(other))
                }));
            }
        };
        if self.kind == PolicyKind::Rcp && effect == Effect::Allow && !self.grants_full_access {
            return Err(self
                .report(Code::RCP_EFFECT, node.span.start, || "a resource control policy can only `Deny`".to_owned()));
        }
        Ok(effect)
    }

    fn principals(&mut self, elements: &Elements<'_, '_>, effect: Option<Effect>) -> Checked<Option<PrincipalElement>> {
        if matches!(self.kind, PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp) {
            return Ok(None); // any that is there has been refused
        }
        if self.kind == PolicyKind::Trust {
            self.check_trust_pairs(elements);
        }
        let listed = elements.principal.map(|member| self.listed_principal(&member.value)).transpose();
        let all_but = elements.not_principal.map(|member| self.not_principal(member, effect)).transpose();
        Ok(listed?.or(all_but?))
    }

    fn listed_principal(&mut self, node: &Node<'_>) -> Checked<PrincipalElement> {
        let is_star = matches!(&node.value, Value::String(text) if text == "*");
        if self.kind == PolicyKind::Trust && is_star {
            self.report(Code::TRUST_WILDCARD_PRINCIPAL, node.span.start, || {
                "a trust policy cannot name `*`: write {\"AWS\": \"*\"} to trust every AWS principal".to_owned()
            });
        }
        let has_type = !matches!(node.value, Value::Null | Value::Number(_) | Value::Bool(_)); // G-05 comes first
        if self.kind == PolicyKind::Rcp && has_type && !is_star {
            return Err(self.report(Code::RCP_PRINCIPAL, node.span.start, || {
                "the principal of a resource control policy is the string `*`".to_owned()
            }));
        }
        Ok(PrincipalElement { sense: Sense::Listed, values: self.principal_values(node)? })
    }

    /// G-18.
    fn not_principal(&mut self, member: &Member<'_>, effect: Option<Effect>) -> Checked<PrincipalElement> {
        match self.kind {
            PolicyKind::Trust => {
                self.report(Code::TRUST_NOTPRINCIPAL, member.name_start, || {
                    "a trust policy cannot have `NotPrincipal`: name whom you trust in `Principal`".to_owned()
                });
            }
            PolicyKind::Resource if effect == Some(Effect::Allow) => {
                self.report(Code::NOTPRINCIPAL_WITH_ALLOW, member.name_start, || {
                    "`NotPrincipal` with `Allow` would allow everybody else: use it with `Deny`".to_owned()
                });
            }
            _ => {}
        }
        Ok(PrincipalElement { sense: Sense::AllBut, values: self.principal_values(&member.value)? })
    }

    fn actions(&mut self, elements: &Elements<'_, '_>, start: usize) -> Checked<ActionElement> {
        let listed = elements.action.map(|member| self.list(&member.value, Self::action)).transpose();
        let all_but = elements.not_action.map(|member| self.list(&member.value, Self::action)).transpose();
        let element = |sense| move |values| ActionElement { sense, values };
        let element = listed?.map(element(Sense::Listed)).or(all_but?.map(element(Sense::AllBut)));
        element.ok_or_else(|| self.missing(elements, Code::MISSING_ACTION, start))
    }

    fn resources(&mut self, elements: &Elements<'_, '_>) -> Checked<Option<ResourceElement>> {
        let listed = elements.resource.map(|member| self.list(&member.value, Self::resource)).transpose();
        let all_but = elements.not_resource.map(|member| self.list(&member.value, Self::resource)).transpose();
        let element = |sense| move |values| ResourceElement { sense, values };
        Ok(listed?.map(element(Sense::Listed)).or(all_but?.map(element(Sense::AllBut))))
    }

    /// Whether an RCP is `RCPFullAWSAccess` but for its `Sid`, `Id` and `Version` (B-12).
    pub(super) fn equals_full_access(&self, members: &[Member<'_>]) -> bool {
        let only = |members: &[Member<'_>], names: &[&str]| {
            self.members(members).all(|member| names.contains(&member.name.as_ref()))
        };
        let Some(statement) = first(members, "Statement").and_then(|member| lone(&member.value)) else {
            return false;
        };
        let Value::Object(elements) = &statement.value else {
            return false;
        };
        let is = |name: &str, wanted: &str| {
            first(elements, name).and_then(|member| lone(&member.value)).is_some_and(|node| is_text(node, wanted))
        };
        let is_just = |name: &str, wanted: &str| first(elements, name).is_some_and(|m| is_text(&m.value, wanted));
        only(members, &["Version", "Id", "Statement"])
            && only(elements, &["Sid", "Effect", "Principal", "Action", "Resource"])
            && is_just("Effect", "Allow")
            && is_just("Principal", "*")
            && is("Action", "*")
            && is("Resource", "*")
    }
}

fn is_text(node: &Node<'_>, wanted: &str) -> bool {
    matches!(&node.value, Value::String(text) if text == wanted)
}

/// A value, or the only element of a list.
fn lone<'n, 't>(node: &'n Node<'t>) -> Option<&'n Node<'t>> {
    match &node.value {
        Value::Array(nodes) => nodes.first().filter(|_| nodes.len() == 1),
        _ => Some(node),
    }
}
