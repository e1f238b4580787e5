//! Compiled documents: statements in the form in which requests are compared with them.

use crate::action::{Action, Actions};
use crate::condition::Conditions;
use crate::context::{Facts, Key, View};
use crate::document::{self, Effect, PrincipalElement};
use crate::index::{Index, Question, RowId};
use crate::pool::Pool;
use crate::principal::{self, Grade, Principal};
use crate::resource::{Resources, Runs, Target};
use crate::texts::Texts;
use crate::truth::Truth;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One request, as statements see it.
pub struct Request<'r, F> {
    /// Who asks.
    pub principal: &'r Principal<'r>,
    /// Whether a permissions boundary binds the caller (M-46).
    pub has_boundary: bool,
    /// What for.
    pub action: &'r Action,
    /// On what.
    pub target: &'r Target<'r>,
    /// Under which circumstances.
    pub view: View<'r, F>,
}

/// A compiled statement, without the texts that its document holds for it.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) actions: Actions,
    pub(crate) resources: Resources,
    pub(crate) principal: Option<Arc<PrincipalElement>>,
    pub(crate) conditions: Option<Arc<Conditions>>,
    pub(crate) effect: Effect,
}

/// A statement, ready to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'c> {
    parts: &'c Parts,
    texts: &'c str,
}

/// Number of a statement and its Sid (G-11).
pub(crate) type Sid = (u32, Box<str>);

/// A compiled document, shared by all who are attached to it.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Per statement, the bits of `Actions::signature`.
    signatures: Box<[u64]>,
    statements: Box<[Parts]>,
    /// Texts of the resource patterns.
    texts: Box<str>,
    /// Numbers of the statements that have a Sid (G-11), ascending.
    sids: Box<[Sid]>,
    index: Option<Box<Index>>,
}

/// Up to here passing over the signatures is cheaper than asking an index.
const SCANNED: usize = 64;

impl Parts {
    fn new(statement: &document::Statement, pool: &mut Pool, texts: &mut Texts) -> Self {
        Self {
            actions: Actions::new(&statement.action, pool),
            resources: Resources::new(statement.resource.as_ref(), texts),
            principal: statement.principal.clone().map(|element| pool.principal(element)),
            conditions: Conditions::new(&statement.tests).map(|conditions| pool.conditions(conditions)),
            effect: statement.effect,
        }
    }
}

impl<'c> Statement<'c> {
    /// Allow or Deny.
    #[must_use]
    pub fn effect(self) -> Effect {
        self.parts.effect
    }

    pub(crate) fn actions(self) -> &'c Actions {
        &self.parts.actions
    }

    /// The listed resource patterns as runs of text; `None` when what is not listed may match as well.
    pub(crate) fn resource_runs(self) -> Option<impl Iterator<Item = Runs<'c>>> {
        Some(self.parts.resources.listed()?.iter().map(move |pattern| pattern.runs(self.texts)))
    }

    pub(crate) fn principal(self) -> Option<&'c PrincipalElement> {
        self.parts.principal.as_deref()
    }

    pub(crate) fn resource_keys(self) -> impl Iterator<Item = &'c Key> {
        self.parts.resources.keys()
    }

    /// Keys it reads, resource values first, then the tests in document order (B-42).
    pub fn keys(self) -> impl Iterator<Item = &'c Key> {
        self.resource_keys().chain(self.parts.conditions.iter().flat_map(|conditions| conditions.keys()))
    }

    /// Principal, action and resource parts: `None` if one of them is F, else their AND and the grade (N-05, M-42).
    pub fn concerns<F: Facts>(self, request: &Request<'_, F>) -> Option<(Truth, Grade)> {
        let Parts { actions, resources, principal, effect, .. } = self.parts;
        if !actions.matches(request.action) {
            return None;
        }
        let grade = match principal {
            None => Grade::Direct, // M-47
            Some(element) => principal::grade(element, *effect, request.principal, request.has_boundary)?,
        };
        let resource = resources.matches(self.texts, request.target, &request.view);
        (resource != Truth::F).then_some((resource, grade))
    }

    /// The condition part (C-01).
    pub fn condition<F: Facts>(self, request: &Request<'_, F>) -> Truth {
        self.parts.conditions.as_ref().map_or(Truth::T, |conditions| conditions.holds(&request.view))
    }
}

impl Compiled {
    /// Compiles a parsed document.
    #[must_use]
    pub fn new(document: &document::Document, pool: &mut Pool) -> Self {
        let mut texts = Texts::default();
        let parts = document.statements.iter().map(|statement| Parts::new(statement, pool, &mut texts)).collect();
        let numbered = document.statements.iter().enumerate();
        let sids = numbered.filter_map(|(at, one)| Some((at as u32, one.sid.as_deref()?.into()))).collect();
        let mut compiled = Self::of_parts(parts, texts.finish(), sids);
        compiled.build_index();
        compiled
    }

    /// A document of its parts, without an index.
    pub(crate) fn of_parts(statements: Box<[Parts]>, texts: Box<str>, sids: Box<[Sid]>) -> Self {
        let signatures = statements.iter().map(|parts| parts.actions.signature()).collect();
        Self { signatures, statements, texts, sids, index: None }
    }

    /// The statements without their texts, the texts, and the Sids with their numbers.
    pub(crate) fn parts(&self) -> (&[Parts], &str, &[Sid]) {
        (&self.statements, &self.texts, &self.sids)
    }

    /// An index for a document that is too long to be passed over.
    fn build_index(&mut self) {
        if self.statements.len() > SCANNED {
            let mut index = Index::with_expected(self.statements.len());
            for (number, statement) in self.statements().enumerate() {
                index.insert(RowId { policy: 0, statement: number as u32 }, statement);
            }
            self.index = Some(Box::new(index));
        }
    }

    pub(crate) fn index(&self) -> Option<&Index> {
        self.index.as_deref()
    }

    /// Whether it has to have an index.
    pub(crate) fn is_long(&self) -> bool {
        self.statements.len() > SCANNED
    }

    pub(crate) fn set_index(&mut self, index: Index) {
        self.index = Some(Box::new(index));
    }

    /// Number of statements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether there is no statement, which the parser does not let through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The statements in document order.
    pub fn statements(&self) -> impl Iterator<Item = Statement<'_>> {
        self.statements.iter().map(|parts| Statement { parts, texts: &self.texts })
    }

    /// A statement by its number.
    #[must_use]
    pub fn statement(&self, number: u32) -> Option<Statement<'_>> {
        self.statements.get(number as usize).map(|parts| Statement { parts, texts: &self.texts })
    }

    /// The Sid of a statement (G-11).
    #[must_use]
    pub fn sid(&self, statement: u32) -> Option<&str> {
        let place = self.sids.binary_search_by_key(&statement, |(number, _)| *number).ok()?;
        self.sids.get(place).map(|(_, sid)| sid.as_ref())
    }

    /// Offers every statement that may match.
    pub(crate) fn candidates<'c, F: Facts>(
        &'c self,
        request: &Request<'_, F>,
        search: Search,
        mut offer: impl FnMut(u32, Statement<'c>),
    ) {
        match (&self.index, search) {
            (_, Search::Everything) => {
                for (number, statement) in self.statements().enumerate() {
                    offer(number as u32, statement);
                }
            }
            (Some(index), Search::Indexed) => index.candidates(&request.question(&request.several()), |row| {
                if let Some(statement) = self.statement(row.statement) {
                    offer(row.statement, statement);
                }
            }),
            _ => {
                let wanted = request.action.signature();
                for (number, (signature, statement)) in self.signatures.iter().zip(self.statements()).enumerate() {
                    if signature & wanted == wanted {
                        offer(number as u32, statement);
                    }
                }
            }
        }
    }
}

impl<F: Facts> Request<'_, F> {
    /// Whether a key has two or more values (M-27).
    pub(crate) fn several(&self) -> impl Fn(&Key) -> bool {
        |key| self.view.values(key).as_slice().len() > 1
    }

    pub(crate) fn question<'q>(&'q self, has_several: &'q dyn Fn(&Key) -> bool) -> Question<'q> {
        Question { action: self.action, target: self.target, principal: self.principal, has_several }
    }
}

/// How candidates are found. The answers are the same; tests hold that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Search {
    /// Indexes where they exist, signatures elsewhere.
    #[default]
    Indexed,
    /// Signatures only.
    Signatures,
    /// Every statement is a candidate.
    Everything,
}
