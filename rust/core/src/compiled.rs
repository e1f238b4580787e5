//! Compiled documents: statements in the form in which requests are compared with them.

use crate::action::{Action, Actions};
use crate::condition::Conditions;
use crate::context::{Facts, Key, View};
use crate::document::{self, Effect, PrincipalElement};
use crate::index::{Index, Question, RowId};
use crate::pool::Pool;
use crate::principal::{self, Grade, Principal};
use crate::resource::{Resources, Target};
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

/// A statement, ready to be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    actions: Actions,
    resources: Resources,
    principal: Option<Arc<PrincipalElement>>,
    conditions: Option<Arc<Conditions>>,
    effect: Effect,
}

/// A compiled document, shared by all who are attached to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Compiled {
    /// Per statement, the bits of `Actions::signature`.
    signatures: Box<[u64]>,
    statements: Box<[Statement]>,
    /// Numbers of the statements that have a Sid (G-11), ascending.
    sids: Box<[(u32, Box<str>)]>,
    #[serde(skip)]
    index: Option<Box<Index>>,
}

/// Up to here passing over the signatures is cheaper than asking an index.
const SCANNED: usize = 64;

impl Statement {
    fn new(statement: &document::Statement, pool: &mut Pool) -> Self {
        Self {
            actions: Actions::new(&statement.action, pool),
            resources: Resources::new(statement.resource.as_ref()),
            principal: statement.principal.clone().map(|element| pool.principal(element)),
            conditions: Conditions::new(&statement.tests).map(|conditions| pool.conditions(conditions)),
            effect: statement.effect,
        }
    }

    /// Allow or Deny.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    pub(crate) fn actions(&self) -> &Actions {
        &self.actions
    }

    pub(crate) fn resources(&self) -> &Resources {
        &self.resources
    }

    pub(crate) fn principal(&self) -> Option<&PrincipalElement> {
        self.principal.as_deref()
    }

    pub(crate) fn resource_keys(&self) -> impl Iterator<Item = &Key> {
        self.resources.keys()
    }

    /// Keys it reads, resource values first, then the tests in document order (B-42).
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.resources.keys().chain(self.conditions.iter().flat_map(|conditions| conditions.keys()))
    }

    /// Principal, action and resource parts: `None` if one of them is F, else their AND and the grade (N-05, M-42).
    pub fn concerns<F: Facts>(&self, request: &Request<'_, F>) -> Option<(Truth, Grade)> {
        if !self.actions.matches(request.action) {
            return None;
        }
        let grade = match &self.principal {
            None => Grade::Direct, // M-47
            Some(element) => principal::grade(element, self.effect, request.principal, request.has_boundary)?,
        };
        let resource = self.resources.matches(request.target, &request.view);
        (resource != Truth::F).then_some((resource, grade))
    }

    /// The condition part (C-01).
    pub fn condition<F: Facts>(&self, request: &Request<'_, F>) -> Truth {
        self.conditions.as_ref().map_or(Truth::T, |conditions| conditions.holds(&request.view))
    }
}

impl Compiled {
    /// Compiles a parsed document.
    #[must_use]
    pub fn new(document: &document::Document, pool: &mut Pool) -> Self {
        let statements: Box<[Statement]> =
            document.statements.iter().map(|statement| Statement::new(statement, pool)).collect();
        let numbered = document.statements.iter().enumerate();
        let mut compiled = Self {
            signatures: statements.iter().map(|statement| statement.actions.signature()).collect(),
            statements,
            sids: numbered.filter_map(|(at, one)| Some((at as u32, one.sid.as_deref()?.into()))).collect(),
            index: None,
        };
        compiled.build_index();
        compiled
    }

    /// What is written to bytes: all but the index.
    pub(crate) fn without_index(&self) -> Self {
        Self {
            signatures: self.signatures.clone(),
            statements: self.statements.clone(),
            sids: self.sids.clone(),
            index: None,
        }
    }

    /// Makes what is not written to bytes: one copy of equal parts, and the index.
    pub(crate) fn restore(&mut self, pool: &mut Pool) {
        for statement in &mut self.statements {
            statement.actions.share(pool);
            statement.principal = statement.principal.take().map(|one| pool.principal(Arc::unwrap_or_clone(one)));
            statement.conditions = statement.conditions.take().map(|one| pool.conditions(Arc::unwrap_or_clone(one)));
        }
        self.build_index();
    }

    /// An index for a document that is too long to be passed over.
    fn build_index(&mut self) {
        if self.statements.len() > SCANNED {
            let mut index = Index::with_expected(self.statements.len());
            for (number, statement) in self.statements.iter().enumerate() {
                index.insert(RowId { policy: 0, statement: number as u32 }, statement);
            }
            self.index = Some(Box::new(index));
        }
    }

    /// Whether the parts that stand side by side are of equal length, as they are in everything but damaged bytes.
    pub(crate) fn is_whole(&self) -> bool {
        self.signatures.len() == self.statements.len()
    }

    /// The statements in document order.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
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
        mut offer: impl FnMut(u32, &'c Statement),
    ) {
        match (&self.index, search) {
            (_, Search::Everything) => {
                for (number, statement) in self.statements.iter().enumerate() {
                    offer(number as u32, statement);
                }
            }
            (Some(index), Search::Indexed) => index.candidates(&request.question(&request.several()), |row| {
                if let Some(statement) = self.statements.get(row.statement as usize) {
                    offer(row.statement, statement);
                }
            }),
            _ => {
                let wanted = request.action.signature();
                for (number, (signature, statement)) in self.signatures.iter().zip(&self.statements).enumerate() {
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
