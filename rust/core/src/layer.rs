//! One layer's policies and what they say on their own (E-03, E-04).

use crate::compiled::{Request, Search, Statement};
use crate::context::Facts;
use crate::decision::Layer;
use crate::document::Effect;
use crate::index::Index;
use crate::policies::{Policy, PolicyList, PolicyStore};
use crate::principal::{Grade, Grants};
use crate::truth::Truth;
use smallvec::SmallVec;
use std::sync::Arc;

/// A set of policies that count as one (E-02).
#[derive(Default)]
pub struct Set<'s> {
    members: SmallVec<[Member<'s>; 4]>,
}

enum Member<'s> {
    Policy(&'s Policy),
    /// A list, policy by policy.
    List(&'s PolicyList, &'s PolicyStore),
    /// A long list through its own index.
    Indexed(&'s Index, &'s PolicyStore),
}

/// What is asked of a candidate: its policy, its number, itself.
struct Candidate<'s> {
    policy: &'s Policy,
    number: u32,
    statement: &'s Statement,
}

impl<'s> Set<'s> {
    /// No policies: the layer is there, and says nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a policy.
    pub fn push(&mut self, policy: &'s Policy) {
        self.members.push(Member::Policy(policy));
    }

    /// Adds the policies of a list.
    pub(crate) fn push_list(&mut self, list: &'s PolicyList, store: &'s PolicyStore, search: Search) {
        match list.index() {
            Some(index) if search == Search::Indexed => self.members.push(Member::Indexed(index, store)),
            _ => self.members.push(Member::List(list, store)),
        }
    }

    fn candidates<F: Facts>(&self, request: &Request<'_, F>, search: Search, mut offer: impl FnMut(Candidate<'s>)) {
        let of_policy = |policy: &'s Policy, offer: &mut dyn FnMut(Candidate<'s>)| {
            policy.compiled.candidates(request, search, |number, statement| {
                offer(Candidate { policy, number, statement });
            });
        };
        for member in &self.members {
            match member {
                Member::Policy(policy) => of_policy(policy, &mut offer),
                Member::List(list, store) => {
                    for policy in list.numbers().iter().filter_map(|number| store.get(*number)?.as_ref()) {
                        of_policy(policy, &mut offer);
                    }
                }
                Member::Indexed(index, store) => index.candidates(&request.question(&request.several()), |row| {
                    if let Some(Some(policy)) = store.get(row.policy)
                        && let Some(statement) = policy.compiled.statements().get(row.statement as usize)
                    {
                        offer(Candidate { policy, number: row.statement, statement });
                    }
                }),
            }
        }
    }
}

impl<'s> FromIterator<&'s Policy> for Set<'s> {
    fn from_iter<I: IntoIterator<Item = &'s Policy>>(policies: I) -> Self {
        Self { members: policies.into_iter().map(Member::Policy).collect() }
    }
}

/// What a set says (E-03).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Said {
    /// A Deny applies.
    pub denies: bool,
    /// An Allow applies.
    pub allows: bool,
    /// Grades of the applying Allows (E-04).
    pub grants: Grants,
}

/// A statement that applies, or one whose keys are of interest.
pub struct Record {
    /// Where it stands.
    pub layer: Layer,
    /// Index of the level, 0 elsewhere.
    pub level: u32,
    /// Policy id.
    pub policy: Arc<str>,
    /// Position in the document.
    pub statement: u32,
    /// G-11.
    pub sid: Option<Box<str>>,
    /// Allow or Deny, if it applies.
    pub applies: Option<(Effect, Truth)>,
    /// Keys that it reads and the request lacks, in document order.
    pub missing: Vec<String>,
}

/// Asks a set for its answer only: stops at the first Deny that applies.
pub fn ask<F: Facts>(set: &Set<'_>, request: &Request<'_, F>, search: Search) -> Said {
    let mut said = Said::default();
    set.candidates(request, search, |Candidate { statement, .. }| {
        if said.denies {
            return;
        }
        let Some((parts, grade)) = statement.concerns(request) else {
            return;
        };
        match statement.effect() {
            Effect::Deny => said.denies = parts.and(statement.condition(request)) != Truth::F,
            Effect::Allow if parts == Truth::T && !said.grants.contains(grade) => {
                if statement.condition(request) == Truth::T {
                    said.allow(grade);
                }
            }
            Effect::Allow => {}
        }
    });
    said
}

/// Asks a set for everything it has to say: all applying statements, and the missing keys of relevant ones.
pub fn ask_all<F: Facts>(
    set: &Set<'_>,
    request: &Request<'_, F>,
    search: Search,
    (layer, level): (Layer, u32),
    records: &mut Vec<Record>,
) -> Said {
    let mut said = Said::default();
    set.candidates(request, search, |Candidate { policy, number, statement }| {
        let Some((parts, grade)) = statement.concerns(request) else {
            return;
        };
        let truth = parts.and(statement.condition(request));
        let applies = match statement.effect() {
            Effect::Deny => truth != Truth::F,
            Effect::Allow => truth == Truth::T,
        };
        match statement.effect() {
            Effect::Deny => said.denies |= applies,
            Effect::Allow if applies => said.allow(grade),
            Effect::Allow => {}
        }
        let missing = statement.keys().filter(|key| crate::template_match::is_missing(key, &request.view));
        records.push(Record {
            layer,
            level,
            policy: Arc::clone(&policy.id),
            statement: number,
            sid: policy.compiled.label(number).and_then(|label| label.sid.clone()),
            applies: applies.then_some((statement.effect(), truth)),
            missing: missing.map(|key| key.spelling.to_string()).collect(),
        });
    });
    said
}

impl Said {
    fn allow(&mut self, grade: Grade) {
        self.allows = true;
        self.grants.insert(grade);
    }
}
