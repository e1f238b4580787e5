//! One thread's work: rows to answers.

use crate::answers::{Codes, Refusal};
use crate::cells::Given;
use crate::details::Details;
use crate::memo::{Memo, Node, Place, Root};
use crate::numbers::{CellNumbers, NULL, TextNumbers};
use crate::request::{Layout, Part};
use crate::worth::Worth;
use bailiwick_core::action::Action;
use bailiwick_core::table::{Asker, Table};
use smallvec::SmallVec;

/// Rows of a part and the places of their answers.
pub(crate) struct Task<'b> {
    pub(crate) part: &'b Part<'b>,
    /// Number of the first row.
    pub(crate) start: usize,
    pub(crate) decision: &'b mut [i8],
    pub(crate) reason: &'b mut [i8],
    pub(crate) layer: &'b mut [i8],
    pub(crate) details: Option<&'b mut [u32]>,
}

/// Rows that are looked up together, so that the memory can be read ahead.
const STRIDE: usize = 512;

/// Answers, texts and values that all threads together may remember. Above it they start anew.
pub(crate) const MOST: usize = 4 << 20;

/// What is remembered of a caller weighs as much as this many answers.
const CALLER_WEIGHT: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answer {
    codes: Codes,
    details: u32,
}

/// A caller or an action by its number.
enum Slot<T> {
    New,
    Refused,
    Found(T),
}

/// One thread's memory.
pub(crate) struct Worker<'b> {
    table: &'b Table,
    layout: &'b Layout,
    parts: &'b [Part<'b>],
    details: &'b Details,
    most: usize,
    worth: Worth,
    known: Known<'b>,
    stride: Stride,
}

/// What was met before.
struct Known<'b> {
    principals: TextNumbers<'b>,
    actions: TextNumbers<'b>,
    resources: TextNumbers<'b>,
    accounts: TextNumbers<'b>,
    values: Vec<CellNumbers<'b>>,
    askers: Vec<Slot<Box<Asker<'b>>>>,
    callers: usize,
    parsed: Vec<Slot<Action>>,
    memo: Memo<Answer>,
}

/// Numbers of the rows of a stride.
#[derive(Default)]
struct Stride {
    principals: Vec<u32>,
    actions: Vec<u32>,
    resources: Vec<u32>,
    accounts: Vec<u32>,
    found: Vec<Option<Node<Answer>>>,
}

impl Stride {
    fn root(&self, at: usize) -> Root {
        [&self.principals, &self.actions, &self.resources, &self.accounts].map(|numbers| number(numbers, at))
    }
}

impl<'b> Worker<'b> {
    pub(crate) fn new(
        table: &'b Table,
        layout: &'b Layout,
        parts: &'b [Part<'b>],
        details: &'b Details,
        threads: usize,
    ) -> Self {
        let known = Known::new(layout, parts);
        let (worth, stride) = (Worth::default(), Stride::default());
        Self { table, layout, parts, details, most: MOST / threads, worth, known, stride }
    }

    /// Answers all rows of a task, unless `go_on` says no; it is told after each stride how many rows were answered.
    pub(crate) fn run(&mut self, mut task: Task<'b>, go_on: &mut impl FnMut(usize) -> bool) -> bool {
        let rows = task.decision.len();
        let mut start = 0;
        while start < rows {
            let length = STRIDE.min(rows - start);
            if self.known.weight() > self.most {
                self.known = Known::new(self.layout, self.parts);
            }
            self.stride(&mut task, start, length);
            if !go_on(length) {
                return false;
            }
            start += length;
        }
        true
    }

    fn stride(&mut self, task: &mut Task<'b>, start: usize, length: usize) {
        let part = task.part;
        let first = task.start + start;
        let rows = first..first + length;
        let mut stride = std::mem::take(&mut self.stride);
        self.known.principals.fill(&part.principal, rows.clone(), &mut stride.principals);
        self.known.actions.fill(&part.action, rows.clone(), &mut stride.actions);
        match &part.account {
            Some(column) => self.known.accounts.fill(column, rows.clone(), &mut stride.accounts),
            None => {
                stride.accounts.clear();
                stride.accounts.resize(length, NULL);
            }
        }
        let is_worth = self.worth.is_worth(length);
        if is_worth {
            self.known.resources.fill(&part.resource, rows, &mut stride.resources);
            self.known.find_roots(&mut stride);
        }
        let mut misses = 0;
        for at in 0..length {
            let row = first + at;
            let answer = if part.is_bad(row) {
                Answer::from(Refusal::InvalidRequest)
            } else if is_worth {
                let found = stride.found.get(at).copied().flatten();
                self.answer(part, row, stride.root(at), found, &mut misses)
            } else {
                self.decide(part, row, stride.root(at)).0
            };
            let at = start + at;
            put(task.decision, at, answer.codes.decision);
            put(task.reason, at, answer.codes.reason);
            put(task.layer, at, answer.codes.layer);
            if let Some(details) = &mut task.details {
                put(details, at, answer.details);
            }
        }
        if is_worth {
            self.worth.saw(length, misses);
        }
        self.stride = stride;
    }

    /// The answer to a row: one that was given before, or a new one, which is remembered.
    #[inline]
    fn answer(
        &mut self,
        part: &'b Part<'b>,
        row: usize,
        root: Root,
        found: Option<Node<Answer>>,
        misses: &mut usize,
    ) -> Answer {
        let mut walked: SmallVec<[u32; 8]> = SmallVec::new();
        let mut place = Place::Root(root);
        // A root may have come with an earlier row of the stride.
        let mut node = found.or_else(|| self.known.memo.root(root));
        while let Some(found) = node {
            match found {
                Node::Answer(answer) => return answer,
                Node::Looks { column, node: fork } => {
                    let Some(value) = self.known.value(part, column, row) else { break };
                    walked.push(column);
                    place = Place::Below(fork, value);
                    node = self.known.memo.below(fork, value);
                }
            }
        }
        *misses += 1;
        let (answer, seen) = self.decide(part, row, root);
        // The columns that were looked at on the way down are looked at again, in the same order.
        let Some(rest) = seen.strip_prefix(walked.as_slice()) else { return answer };
        for column in rest {
            let fork = self.known.memo.put_fork(place, *column);
            let Some(value) = self.known.value(part, *column, row) else { return answer };
            place = Place::Below(fork, value);
        }
        self.known.memo.put_answer(place, answer);
        answer
    }

    /// Decides a row, and says which columns were looked at.
    fn decide(
        &mut self,
        part: &'b Part<'b>,
        row: usize,
        [principal, action, ..]: Root,
    ) -> (Answer, SmallVec<[u32; 8]>) {
        let given = Given::new(&self.layout.names, &part.context, row);
        let answer = match self.ask(part, row, principal, action, &given) {
            Ok(answer) => answer,
            Err(refusal) => refusal.into(),
        };
        (answer, given.seen())
    }

    fn ask(
        &mut self,
        part: &'b Part<'b>,
        row: usize,
        principal: u32,
        action: u32,
        given: &Given<'b>,
    ) -> Result<Answer, Refusal> {
        let table = self.table;
        let names = (part.principal.get(row), part.action.get(row), part.resource.get(row));
        let (Some(principal_name), Some(action_name), Some(resource)) = names else {
            return Err(Refusal::InvalidRequest);
        };
        let Known { askers, callers, parsed, .. } = &mut self.known;
        let asker = slot(askers, principal, || {
            *callers += 1;
            table.caller(principal_name).map(|caller| Box::new(table.asker(caller)))
        });
        let asker = asker.ok_or(Refusal::UnknownPrincipal)?;
        let action = slot(parsed, action, || Action::parse(action_name)).ok_or(Refusal::InvalidRequest)?;
        let invalid = |_| Refusal::InvalidRequest;
        let place = table.place(resource).map_err(invalid)?;
        let account = part.account.as_ref().and_then(|column| column.get(row));
        if !self.details.are_wanted() {
            let verdict = table.verdict(asker, action, &place, account, given).map_err(invalid)?;
            return Ok(Answer { codes: verdict.into(), details: 0 });
        }
        let decision = table.decision(asker, action, &place, account, given).map_err(invalid)?;
        Ok(Answer { codes: decision.verdict.into(), details: self.details.keep(decision) })
    }
}

impl<'b> Known<'b> {
    fn new(layout: &'b Layout, parts: &'b [Part<'b>]) -> Self {
        let values = |at: usize| CellNumbers::new(parts.iter().filter_map(move |part| part.context.get(at)));
        Self {
            principals: TextNumbers::new(parts.iter().map(|part| &part.principal)),
            actions: TextNumbers::new(parts.iter().map(|part| &part.action)),
            resources: TextNumbers::new(parts.iter().map(|part| &part.resource)),
            accounts: TextNumbers::new(parts.iter().filter_map(|part| part.account.as_ref())),
            values: (0..layout.names.len()).map(values).collect(),
            askers: Vec::new(),
            callers: 0,
            parsed: Vec::new(),
            memo: Memo::new(),
        }
    }

    fn weight(&self) -> usize {
        let texts = self.principals.len() + self.actions.len() + self.resources.len() + self.accounts.len();
        let values: usize = self.values.iter().map(CellNumbers::len).sum();
        texts + values + self.memo.len() + self.callers * CALLER_WEIGHT
    }

    /// Looks all rows of a stride up, in turns that do not wait for each other.
    fn find_roots(&self, stride: &mut Stride) {
        let mut found = std::mem::take(&mut stride.found);
        found.clear();
        found.extend((0..stride.principals.len()).map(|at| self.memo.root(stride.root(at))));
        stride.found = found;
    }

    fn value(&mut self, part: &'b Part<'b>, column: u32, row: usize) -> Option<u32> {
        let at = column as usize;
        Some(self.values.get_mut(at)?.number(part.context.get(at)?, row))
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self { codes: refusal.into(), details: 0 }
    }
}

fn number(numbers: &[u32], at: usize) -> u32 {
    numbers.get(at).copied().unwrap_or(NULL)
}

fn put<T>(column: &mut [T], at: usize, value: T) {
    if let Some(place) = column.get_mut(at) {
        *place = value;
    }
}

/// What stands at a number, found when it is asked for first.
fn slot<T>(slots: &mut Vec<Slot<T>>, number: u32, find: impl FnOnce() -> Option<T>) -> Option<&T> {
    let at = number as usize;
    if at >= slots.len() {
        slots.resize_with(at + 1, || Slot::New);
    }
    let slot = slots.get_mut(at)?;
    if matches!(slot, Slot::New) {
        *slot = find().map_or(Slot::Refused, Slot::Found);
    }
    match slot {
        Slot::Found(found) => Some(found),
        Slot::New | Slot::Refused => None,
    }
}
