//! Who may do what where: all combinations of principals, actions and resources under one context.

use crate::answers::{Codes, Refusal, code_columns, code_fields};
use crate::run::Stopped;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use bailiwick_core::action::Action;
use bailiwick_core::context::Given;
use bailiwick_core::table::{Place, Table};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

/// The names on the three sides.
pub struct Grid<'g> {
    /// ARNs, service names or `anonymous`.
    pub principals: &'g [String],
    /// `service:Name`.
    pub actions: &'g [String],
    /// `*` or ARNs.
    pub resources: &'g [String],
}

/// How often the observer is told.
const TURN: Duration = Duration::from_millis(50);

impl Grid<'_> {
    /// Number of combinations.
    #[must_use]
    pub fn len(&self) -> Option<usize> {
        self.principals.len().checked_mul(self.actions.len())?.checked_mul(self.resources.len())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The answers, resources fastest, then actions, then principals; by each principal as `keep` makes of its codes.
    ///
    /// # Errors
    /// The observer, who is told how many combinations are done, said `false`.
    pub fn decide<T: Send>(
        &self,
        table: &Table,
        given: &(impl Given + Sync),
        threads: NonZeroUsize,
        keep: impl Fn(Vec<Codes>) -> T + Sync,
        observe: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Vec<T>, Stopped> {
        let actions: Vec<Option<Action>> = self.actions.iter().map(|action| Action::parse(action)).collect();
        let places: Vec<Option<Place<'_>>> = self.resources.iter().map(|resource| table.place(resource).ok()).collect();
        let row = |principal: &str, go_on: &dyn Fn(usize) -> bool| -> Option<Vec<Codes>> {
            let asker = table.caller(principal).map(|caller| table.asker(caller));
            let mut codes = Vec::with_capacity(actions.len() * places.len());
            for action in &actions {
                codes.extend(places.iter().map(|place| {
                    match (&asker, action, place) {
                        (None, _, _) => Codes::from(Refusal::UnknownPrincipal),
                        (Some(asker), Some(action), Some(place)) => table
                            .verdict(asker, action, place, None, given)
                            .map_or_else(|_| Refusal::InvalidRequest.into(), Codes::from),
                        _ => Refusal::InvalidRequest.into(),
                    }
                }));
                if !go_on(places.len()) {
                    return None;
                }
            }
            Some(codes)
        };
        let next = Mutex::new(self.principals.iter().enumerate());
        let found = Mutex::new(Vec::with_capacity(self.principals.len()));
        let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let (alive, all_gone) = mpsc::channel::<()>();
            for _ in 0..threads.get().min(self.principals.len()) {
                let alive = alive.clone();
                let (next, found, done, stop, row, keep) = (&next, &found, &done, &stop, &row, &keep);
                scope.spawn(move || {
                    let go_on = |cells: usize| {
                        done.fetch_add(cells, Ordering::Relaxed);
                        !stop.load(Ordering::Relaxed)
                    };
                    let take = || next.lock().unwrap_or_else(PoisonError::into_inner).next();
                    while let Some((at, principal)) = take() {
                        let Some(codes) = row(principal, &go_on) else { break };
                        let kept = keep(codes);
                        found.lock().unwrap_or_else(PoisonError::into_inner).push((at, kept));
                    }
                    drop(alive);
                });
            }
            drop(alive);
            while all_gone.recv_timeout(TURN) == Err(mpsc::RecvTimeoutError::Timeout) {
                if !observe(done.load(Ordering::Relaxed)) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        });
        if stop.into_inner() || !observe(done.into_inner()) {
            return Err(Stopped);
        }
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_unstable_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, kept)| kept).collect())
    }

    /// The answers as a table: `principal`, `action`, `resource` and the columns of decisions.
    ///
    /// # Errors
    /// There are more combinations than a batch can hold.
    pub fn batch(&self, answers: &[Vec<Codes>]) -> Result<RecordBatch, ArrowError> {
        let too_many = || ArrowError::InvalidArgumentError("more combinations than a table can hold".to_owned());
        let rows = self.len().ok_or_else(too_many)?;
        let (actions, resources) = (self.actions.len().max(1), self.resources.len().max(1));
        let side = |names: &[String], number: &dyn Fn(usize) -> usize| -> Result<ArrayRef, ArrowError> {
            i32::try_from(names.len()).map_err(|_| too_many())?;
            let keys: Int32Array = (0..rows).map(|row| number(row) as i32).collect::<Vec<_>>().into();
            let values = Arc::new(StringArray::from_iter_values(names));
            Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, values)?))
        };
        let codes = || answers.iter().flatten();
        let mut columns = vec![
            side(self.principals, &|row| row / (actions * resources))?,
            side(self.actions, &|row| row / resources % actions)?,
            side(self.resources, &|row| row % resources)?,
        ];
        columns.extend(code_columns(
            codes().map(|codes| codes.decision).collect(),
            codes().map(|codes| codes.reason).collect(),
            codes().map(|codes| codes.layer).collect(),
        )?);
        let name = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let mut fields: Vec<Field> =
            ["principal", "action", "resource"].map(|side| Field::new(side, name(), false)).to_vec();
        fields.extend(code_fields());
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
    }
}
