//! The members of a statement by name, and which of them a kind of policy may have (1.3, G-06, G-10).

use super::PolicyKind;
use super::reader::{Reader, Reported};
use crate::error::Code;
use crate::json::Member;

/// First member of each name.
#[derive(Default)]
pub(super) struct Elements<'n, 't> {
    pub(super) sid: Option<&'n Member<'t>>,
    pub(super) effect: Option<&'n Member<'t>>,
    pub(super) principal: Option<&'n Member<'t>>,
    pub(super) not_principal: Option<&'n Member<'t>>,
    pub(super) action: Option<&'n Member<'t>>,
    pub(super) not_action: Option<&'n Member<'t>>,
    pub(super) resource: Option<&'n Member<'t>>,
    pub(super) not_resource: Option<&'n Member<'t>>,
    pub(super) condition: Option<&'n Member<'t>>,
    /// A member that has no place here stands for what is missing (B-14).
    unknown: Option<Reported>,
}

const NAMES: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

impl<'n, 't> Elements<'n, 't> {
    fn place(&mut self, name: &str) -> Option<&mut Option<&'n Member<'t>>> {
        Some(match name {
            "Sid" => &mut self.sid,
            "Effect" => &mut self.effect,
            "Principal" => &mut self.principal,
            "NotPrincipal" => &mut self.not_principal,
            "Action" => &mut self.action,
            "NotAction" => &mut self.not_action,
            "Resource" => &mut self.resource,
            "NotResource" => &mut self.not_resource,
            "Condition" => &mut self.condition,
            _ => return None,
        })
    }
}

impl Reader<'_> {
    /// Sorts the members of a statement; unknown ones are errors.
    pub(super) fn elements<'n, 't>(&mut self, members: &'n [Member<'t>]) -> Elements<'n, 't> {
        let mut elements = Elements::default();
        for member in members {
            match elements.place(&member.name) {
                Some(place) => drop(place.get_or_insert(member)),
                None => {
                    elements.unknown = Some(self.unknown_element(&member.name, member.name_start, &NAMES));
                }
            }
        }
        elements
    }

    /// Checks which elements are present, whatever their values are (B-04).
    pub(super) fn check_presence(&mut self, elements: &Elements<'_, '_>, start: usize) {
        self.check_missing(elements, start);
        let pairs = [
            (elements.principal, elements.not_principal),
            (elements.action, elements.not_action),
            (elements.resource, elements.not_resource),
        ];
        for pair in pairs {
            if let (Some(a), Some(b)) = pair {
                let (earlier, later) = if a.name_start < b.name_start { (a, b) } else { (b, a) };
                self.report(Code::UNSUPPORTED_ELEMENT_COMBINATION, later.name_start, || {
                    format!("a statement has either `{}` or `{}`", earlier.name, later.name)
                });
            }
        }
        for member in self.forbidden(elements).into_iter().flatten() {
            let kind = self.kind;
            self.report(Code::UNSUPPORTED_ELEMENT, member.name_start, || {
                format!("`{}` is not supported in {}", member.name, kind_name(kind))
            });
        }
    }

    /// Principal and resource; the rest is checked when it is read.
    fn check_missing(&mut self, elements: &Elements<'_, '_>, start: usize) {
        // A negated twin that is refused for being there is not missing as well (B-14).
        let lacks_principal = matches!(self.kind, PolicyKind::Rcp | PolicyKind::Trust | PolicyKind::Resource)
            && elements.principal.is_none()
            && elements.not_principal.is_none();
        if lacks_principal {
            self.missing(elements, Code::MISSING_PRINCIPAL, start);
        }
        let may_lack_resource = match self.kind {
            PolicyKind::Trust => true,
            PolicyKind::Resource => self.profile.implicit_resource,
            _ => false,
        };
        if elements.resource.is_none() && elements.not_resource.is_none() && !may_lack_resource {
            self.missing(elements, Code::MISSING_RESOURCE, start);
        }
    }

    /// Reports a missing element at the `{` of its statement.
    pub(super) fn missing(&mut self, elements: &Elements<'_, '_>, code: Code, start: usize) -> Reported {
        if let Some(reported) = elements.unknown {
            return reported;
        }
        let name = match code {
            Code::MISSING_PRINCIPAL => "Principal",
            Code::MISSING_ACTION => "Action",
            Code::MISSING_RESOURCE => "Resource",
            _ => "Effect",
        };
        self.report(code, start, || format!("the statement has no `{name}`"))
    }

    /// Elements that are there and must not be. `NotPrincipal` in trust policies has a code of its own (G-18).
    fn forbidden<'n, 't>(&self, elements: &Elements<'n, 't>) -> [Option<&'n Member<'t>>; 2] {
        match self.kind {
            PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session | PolicyKind::Scp => {
                [elements.principal, elements.not_principal]
            }
            PolicyKind::Rcp => [elements.not_principal, elements.not_action],
            PolicyKind::Trust => {
                let first = earlier(elements.resource, elements.not_resource);
                [elements.not_action, first]
            }
            PolicyKind::Resource => [None, None],
            PolicyKind::Endpoint => [elements.not_principal, None],
        }
    }
}

/// The first of two members; the second of them has been reported as a combination.
fn earlier<'n, 't>(a: Option<&'n Member<'t>>, b: Option<&'n Member<'t>>) -> Option<&'n Member<'t>> {
    [a, b].into_iter().flatten().min_by_key(|member| member.name_start)
}

pub(super) fn kind_name(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity => "an identity policy",
        PolicyKind::Boundary => "a permissions boundary",
        PolicyKind::Session => "a session policy",
        PolicyKind::Scp => "a service control policy",
        PolicyKind::Rcp => "a resource control policy",
        PolicyKind::Trust => "a trust policy",
        PolicyKind::Resource => "this resource policy",
        PolicyKind::Endpoint => "an endpoint policy",
    }
}
