//! Compiled documents as bytes. What they share is written once and numbered.

use crate::action::{Actions, Value};
use crate::compiled::{Compiled, Parts};
use crate::condition::Conditions;
use crate::document::{Effect, PrincipalElement, Sense};
use crate::index::Index;
use crate::policies::Policy;
use crate::resource::Resources;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// What documents share, and how many of them follow.
#[derive(Serialize, Deserialize)]
pub(super) struct Documents {
    count: usize,
    actions: Vec<Arc<Value>>,
    conditions: Vec<Arc<Conditions>>,
    principals: Vec<Arc<PrincipalElement>>,
}

#[derive(Serialize, Deserialize)]
struct DocumentPart<'b> {
    #[serde(borrow)]
    texts: &'b str,
    sids: Vec<(u32, Box<str>)>,
    statements: Vec<StatementPart>,
}

/// A statement with numbers in place of what it shares.
#[derive(Serialize, Deserialize)]
struct StatementPart {
    actions: ActionsPart,
    resources: Resources,
    principal: Option<u32>,
    conditions: Option<u32>,
    effect: Effect,
}

#[derive(Serialize, Deserialize)]
enum ActionsPart {
    One(u32),
    Many { sense: Sense, exact: Vec<u32>, wild: Vec<u32> },
}

impl Documents {
    /// Reads the documents that follow, and gives the bytes behind them; `None` if they are damaged.
    pub(super) fn read<'b>(&self, mut bytes: &'b [u8]) -> Option<(Vec<Compiled>, &'b [u8])> {
        // A document takes more than a byte, so that a damaged count asks for no more memory than there are bytes.
        let mut documents = Vec::with_capacity(self.count.min(bytes.len()));
        for _ in 0..self.count {
            let (document, rest): (DocumentPart<'_>, _) = postcard::take_from_bytes(bytes).ok()?;
            let DocumentPart { texts, sids, statements } = document;
            let statements = statements.into_iter().map(|part| self.statement(part, texts));
            documents.push(Compiled::of_parts(statements.collect::<Option<_>>()?, texts.into(), sids.into()));
            bytes = rest;
        }
        Some((documents, bytes))
    }

    fn statement(&self, part: StatementPart, texts: &str) -> Option<Parts> {
        let action = |number: &u32| self.actions.get(*number as usize).cloned();
        let actions = |numbers: &[u32]| numbers.iter().map(action).collect::<Option<_>>();
        Some(Parts {
            actions: match &part.actions {
                ActionsPart::One(number) => Actions::One(action(number)?),
                ActionsPart::Many { sense, exact, wild } => Actions::many(*sense, actions(exact)?, actions(wild)?),
            },
            resources: Some(part.resources).filter(|resources| resources.are_whole(texts))?,
            principal: shared(part.principal, &self.principals)?,
            conditions: shared(part.conditions, &self.conditions)?,
            effect: part.effect,
        })
    }
}

/// What a statement shares, if it has such a part; `None` if there is no part of that number.
fn shared<T>(number: Option<u32>, parts: &[Arc<T>]) -> Option<Option<Arc<T>>> {
    number.map_or(Some(None), |number| Some(Some(Arc::clone(parts.get(number as usize)?))))
}

/// Documents to be written; one that is shared is written once.
#[derive(Default)]
pub(super) struct Shared {
    documents: Numbered<Compiled>,
    actions: Numbered<Value>,
    conditions: Numbered<Conditions>,
    principals: Numbered<PrincipalElement>,
}

/// Parts by number, each once.
struct Numbered<T> {
    all: Vec<Arc<T>>,
    numbers: HashMap<*const T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { all: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T> Numbered<T> {
    fn number(&mut self, part: &Arc<T>) -> u32 {
        *self.numbers.entry(Arc::as_ptr(part)).or_insert_with(|| {
            self.all.push(Arc::clone(part));
            self.all.len() as u32 - 1
        })
    }
}

impl Shared {
    /// Id and number of a policy's document.
    pub(super) fn number(&mut self, policy: &Policy) -> (Arc<str>, u32) {
        let number = self.documents.number(&policy.compiled);
        (Arc::clone(&policy.id), number)
    }

    /// What the documents share.
    pub(super) fn documents(&mut self) -> Documents {
        for document in &self.documents.all {
            let (statements, ..) = document.parts();
            for Parts { actions, principal, conditions, .. } in statements {
                for value in actions.values() {
                    self.actions.number(value);
                }
                principal.as_ref().map(|part| self.principals.number(part));
                conditions.as_ref().map(|part| self.conditions.number(part));
            }
        }
        Documents {
            count: self.documents.all.len(),
            actions: self.actions.all.clone(),
            conditions: self.conditions.all.clone(),
            principals: self.principals.all.clone(),
        }
    }

    /// Appends the documents to bytes, once `documents` has numbered what they share.
    pub(super) fn write(&mut self, bytes: &mut Vec<u8>) {
        for document in self.documents.all.clone() {
            let (statements, texts, sids) = document.parts();
            let statements = statements.iter().map(|parts| self.statement(parts)).collect();
            let part = DocumentPart { texts, sids: sids.to_vec(), statements };
            // Writing into memory cannot fail; if it did, reading would refuse what came of it.
            bytes.extend(postcard::to_stdvec(&part).unwrap_or_default());
        }
    }

    fn statement(&mut self, parts: &Parts) -> StatementPart {
        let Parts { actions, resources, principal, conditions, effect } = parts;
        let mut numbers = |values: &[Arc<Value>]| values.iter().map(|value| self.actions.number(value)).collect();
        StatementPart {
            actions: match actions {
                Actions::One(value) => ActionsPart::One(self.actions.number(value)),
                Actions::Many(many) => {
                    let (sense, exact, wild) = many.parts();
                    ActionsPart::Many { sense, exact: numbers(exact), wild: numbers(wild) }
                }
            },
            resources: resources.clone(),
            principal: principal.as_ref().map(|part| self.principals.number(part)),
            conditions: conditions.as_ref().map(|part| self.conditions.number(part)),
            effect: *effect,
        }
    }

    /// The indexes of long documents.
    pub(super) fn indexes(&self) -> impl Iterator<Item = &Index> {
        self.documents.all.iter().filter_map(|document| document.index())
    }
}
