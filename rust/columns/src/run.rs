//! Rows over threads.

use crate::answers::{Answers, Refusal};
use crate::details::Details;
use crate::request::{Layout, Part};
use crate::worker::{Task, Worker};
use bailiwick_core::action::Action;
use bailiwick_core::context::Given;
use bailiwick_core::decision::Decision;
use bailiwick_core::table::{Caller, Table};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What is wanted of a run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// At most this many threads.
    pub threads: NonZeroUsize,
    /// Whether the statements that matched are wanted.
    pub matched: bool,
    /// Whether the missing keys are wanted.
    pub missing_keys: bool,
}

/// The observer wanted no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Rows a thread takes at a time.
const TASK: usize = 16 * 1024;

/// How often the observer is told.
const TURN: Duration = Duration::from_millis(50);

/// Answers all rows. The observer is told on the calling thread how many rows are answered; on `false` all threads stop.
///
/// # Errors
/// The observer said `false`.
pub fn decide(
    table: &Table,
    layout: &Layout,
    parts: &[Part<'_>],
    options: &Options,
    observe: &mut dyn FnMut(usize) -> bool,
) -> Result<(Vec<Answers>, Details), Stopped> {
    let details = Details::new(options.matched, options.missing_keys);
    let mut answers: Vec<Answers> = parts.iter().map(|part| Answers::new(part.rows(), details.are_wanted())).collect();
    let tasks: Vec<Task<'_>> =
        answers.iter_mut().zip(parts).flat_map(|(answers, part)| answers.tasks(part, TASK)).collect();
    let threads = options.threads.get().min(tasks.len()).max(1);
    let worker = || Worker::new(table, layout, parts, &details, threads);
    // A few rows are answered before a thread has started.
    if tasks.len() <= 1 { alone(tasks, worker(), observe) } else { together(tasks, worker, threads, observe) }?;
    Ok((answers, details))
}

/// The whole decision on one row.
///
/// # Errors
/// The row cannot be decided.
pub fn decision(
    table: &Table,
    caller: Caller<'_>,
    action: &str,
    resource: &str,
    resource_account: Option<&str>,
    given: &impl Given,
) -> Result<Decision, Refusal> {
    let action = Action::parse(action).ok_or(Refusal::InvalidRequest)?;
    let place = table.place(resource).map_err(|_| Refusal::InvalidRequest)?;
    let decided = table.decision(&table.asker(caller), &action, &place, resource_account, given);
    decided.map_err(|_| Refusal::InvalidRequest)
}

fn alone<'b>(
    tasks: Vec<Task<'b>>,
    mut worker: Worker<'b>,
    observe: &mut dyn FnMut(usize) -> bool,
) -> Result<(), Stopped> {
    let mut done = 0;
    let mut go_on = |rows: usize| {
        done += rows;
        observe(done)
    };
    if tasks.into_iter().all(|task| worker.run(task, &mut go_on)) { Ok(()) } else { Err(Stopped) }
}

fn together<'b>(
    tasks: Vec<Task<'b>>,
    worker: impl Fn() -> Worker<'b>,
    threads: usize,
    observe: &mut dyn FnMut(usize) -> bool,
) -> Result<(), Stopped> {
    let tasks = Mutex::new(tasks.into_iter());
    let (done, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (alive, all_gone) = mpsc::channel::<()>();
        for _ in 0..threads {
            let (alive, mut worker) = (alive.clone(), worker());
            let (tasks, done, stop) = (&tasks, &done, &stop);
            scope.spawn(move || {
                let mut go_on = |rows: usize| {
                    done.fetch_add(rows, Ordering::Relaxed);
                    !stop.load(Ordering::Relaxed)
                };
                let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
                while let Some(task) = next() {
                    if !worker.run(task, &mut go_on) {
                        break;
                    }
                }
                drop(alive);
            });
        }
        drop(alive);
        while all_gone.recv_timeout(TURN) == Err(RecvTimeoutError::Timeout) {
            if !observe(done.load(Ordering::Relaxed)) {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    if !stop.into_inner() && observe(done.into_inner()) { Ok(()) } else { Err(Stopped) }
}
