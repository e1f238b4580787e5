//! One layer's policies and what they say on their own (E-03, E-04).

use crate::compiled::{Request, Search, Statement};
use crate::context::Facts;
use crate::decision::Layer;
use crate::document::Effect;
use crate::policies::{Policy, PolicyList, PolicyStore};
use crate::principal::{Grade, Grants};
use crate::truth::Truth;
use std::sync::Arc;

/// A set of policies that count as one (E-02).
#[derive(Clone, Copy)]
pub(crate) enum Set<'s> {
    /// A single policy.
    One(&'s Policy),
    /// Policies that come with the request; none: the layer is there, and says nothing.
    Given(&'s [Policy]),
    /// The list of one level of an organization.
    List(&'s PolicyStore, &'s PolicyList),
    /// The lists of an identity and its groups.
    Lists(&'s PolicyStore, &'s [&'s PolicyList]),
}

/// What is asked of a candidate: its policy, its number, itself.
struct Candidate<'s> {
    policy: &'s Policy,
    number: u32,
    statement: Statement<'s>,
}

impl<'s> Set<'s> {
    fn candidates<F: Facts>(&self, request: &Request<'_, F>, search: Search, mut offer: impl FnMut(Candidate<'s>)) {
        match self {
            Self::One(policy) => of_policy(policy, request, search, &mut offer),
            Self::Given(policies) => policies.iter().for_each(|policy| of_policy(policy, request, search, &mut offer)),
            Self::List(store, list) => of_list(list, store, request, search, &mut offer),
            Self::Lists(store, lists) => {
                lists.iter().for_each(|list| of_list(list, store, request, search, &mut offer));
            }
        }
    }
}

fn of_policy<'s, F: Facts>(
    policy: &'s Policy,
    request: &Request<'_, F>,
    search: Search,
    offer: &mut impl FnMut(Candidate<'s>),
) {
    policy.compiled.candidates(request, search, |number, statement| offer(Candidate { policy, number, statement }));
}

fn of_list<'s, F: Facts>(
    list: &PolicyList,
    store: &'s PolicyStore,
    request: &Request<'_, F>,
    search: Search,
    offer: &mut impl FnMut(Candidate<'s>),
) {
    let Some(index) = list.index().filter(|_| search == Search::Indexed) else {
        for policy in list.numbers().iter().filter_map(|number| store.get(*number)?.as_ref()) {
            of_policy(policy, request, search, offer);
        }
        return;
    };
    index.candidates(&request.question(&request.several()), |row| {
        if let Some(Some(policy)) = store.get(row.policy)
            && let Some(statement) = policy.compiled.statement(row.statement)
        {
            offer(Candidate { policy, number: row.statement, statement });
        }
    });
}

/// What a set says (E-03).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// A Deny applies.
    pub(crate) denies: bool,
    /// An Allow applies.
    pub(crate) allows: bool,
    /// Grades of the applying Allows (E-04).
    pub(crate) grants: Grants,
}

/// A statement that applies, or one whose keys are of interest.
pub(crate) struct Record {
    /// Where it stands.
    pub(crate) layer: Layer,
    /// Index of the level, 0 elsewhere.
    pub(crate) level: u32,
    /// Policy id.
    pub(crate) policy: Arc<str>,
    /// Position in the document.
    pub(crate) statement: u32,
    /// G-11.
    pub(crate) sid: Option<Box<str>>,
    /// Allow or Deny, if it applies.
    pub(crate) applies: Option<(Effect, Truth)>,
    /// Keys that it reads and the request lacks, in document order.
    pub(crate) missing: Vec<String>,
}

/// Asks a set for its answer only: stops at the first Deny that applies.
pub(crate) fn ask<F: Facts>(set: &Set<'_>, request: &Request<'_, F>, search: Search) -> Said {
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
pub(crate) fn ask_all<F: Facts>(
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
            sid: policy.compiled.sid(number).map(Into::into),
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
