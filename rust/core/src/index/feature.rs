//! Features: what a text must have for a pattern to match it.

use crate::compiled::Statement;
use crate::context::Key;
use crate::document::{PrincipalElement, PrincipalValue, Sense};
use crate::hash::mix;
use crate::principal::Principal;
use crate::resource::Runs;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// Which element of a statement a feature is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Resource,
    Action,
}

/// Kinds of features an index holds of one dimension; a query asks for no others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Side {
    pub(super) exact: bool,
    pub(super) tokens: bool,
    pub(super) long_runs: bool,
    pub(super) short_runs: bool,
    pub(super) prefixes: Lengths,
}

/// A set of prefix lengths, 1 to 255 bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lengths([u64; 4]);

impl Lengths {
    const LONGEST: usize = 255;

    fn of(length: usize) -> Self {
        let mut words = [0; 4];
        if let Some(word) = words.get_mut(length / 64) {
            *word = 1 << (length % 64);
        }
        Self(words)
    }

    pub(super) fn join(self, other: Self) -> Self {
        let mut words = self.0;
        for (word, more) in words.iter_mut().zip(other.0) {
            *word |= more;
        }
        Self(words)
    }

    fn has(self, length: usize) -> bool {
        self.0.get(length / 64).is_some_and(|word| word >> (length % 64) & 1 == 1)
    }
}

/// What a feature says of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It is the whole text.
    Exact,
    /// The text starts with it.
    Prefix,
    /// It stands between `:`, `/` or the ends of the text.
    Token,
    /// Eight bytes anywhere in the text.
    LongRun,
    /// Four bytes anywhere in the text.
    ShortRun,
}

const LONG: usize = 8;
const SHORT: usize = 4;
const BASE: u64 = 0x0000_0100_0000_01B3;

/// Powers of `BASE`, for cutting what stands before off a hash.
const POWERS: [u64; 256] = {
    let mut powers = [1_u64; 256];
    let mut at = 1;
    while at < 256 {
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            powers[at] = powers[at - 1].wrapping_mul(BASE);
        }
        at += 1;
    }
    powers
};

fn roll(hash: u64, byte: u8) -> u64 {
    hash.wrapping_mul(BASE).wrapping_add(u64::from(byte) + 1)
}

fn bytes_hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |hash, byte| roll(hash, *byte))
}

fn salted(dimension: Dimension, kind: Kind, hash: u64) -> u64 {
    mix(hash, 1 + dimension as u64 * 8 + kind as u64)
}

fn is_delimiter(byte: u8) -> bool {
    byte == b':' || byte == b'/'
}

/// Probes for every feature of a request's text that `side` says the index may hold.
///
/// One pass over the text: hashes of tokens and runs are cut out of the hashes of its prefixes.
pub(super) fn of_text(dimension: Dimension, text: &str, side: &Side, probe: &mut impl FnMut(u64)) {
    let mut of = |kind, hash| probe(salted(dimension, kind, hash));
    let mut hash = 0;
    let mut token = Token::default();
    for (at, byte) in text.bytes().enumerate() {
        let next = roll(hash, byte);
        if is_delimiter(byte) {
            if side.tokens
                && let Some(found) = token.ends(at, hash)
            {
                of(Kind::Token, found);
            }
            token = Token { start: at + 1, before: next };
        }
        hash = next;
        if side.prefixes.has(at + 1) {
            of(Kind::Prefix, hash);
        }
    }
    if side.tokens
        && let Some(found) = token.ends(text.len(), hash)
    {
        of(Kind::Token, found);
    }
    if side.exact {
        of(Kind::Exact, hash);
    }
    for (wanted, kind, length) in [(side.long_runs, Kind::LongRun, LONG), (side.short_runs, Kind::ShortRun, SHORT)] {
        if wanted {
            text.as_bytes().windows(length).for_each(|run| of(kind, bytes_hash(run)));
        }
    }
}

/// A token whose end is not reached yet.
#[derive(Default)]
struct Token {
    start: usize,
    /// Hash of the text before it.
    before: u64,
}

impl Token {
    /// Its hash, unless it is empty or longer than any that is filed.
    fn ends(&self, end: usize, hash: u64) -> Option<u64> {
        let power = POWERS.get(end - self.start).filter(|_| end > self.start)?;
        Some(hash.wrapping_sub(self.before.wrapping_mul(*power)))
    }
}

/// Features under which a statement is filed.
pub(super) struct Choice {
    pub(super) hashes: SmallVec<[u64; 2]>,
    pub(super) resource: Side,
    pub(super) action: Side,
    pub(super) principal: bool,
}

/// One feature of one pattern.
struct Feature {
    kind: Kind,
    hash: u64,
    length: usize,
}

/// Lists at most this long are not worth looking for a rarer feature.
const SHORT_LIST: usize = 4;

/// Picks the element of a statement whose values are rarest, and for each of its values the rarest feature.
pub(super) fn choose(statement: Statement<'_>, count: &impl Fn(u64) -> usize) -> Option<Choice> {
    let by_resource = text_choice(Dimension::Resource, resource_runs(statement), count);
    if let Some((cost, choice)) = by_resource {
        if cost <= SHORT_LIST {
            return Some(choice);
        }
        return cheapest([Some((cost, choice)), principal_choice(statement, count), action_choice(statement, count)]);
    }
    cheapest([principal_choice(statement, count), action_choice(statement, count), None])
}

fn cheapest(choices: [Option<(usize, Choice)>; 3]) -> Option<Choice> {
    choices.into_iter().flatten().min_by_key(|(cost, _)| *cost).map(|(_, choice)| choice)
}

fn resource_runs(statement: Statement<'_>) -> Option<Vec<Runs<'_>>> {
    Some(statement.resource_runs()?.collect())
}

fn action_runs(statement: Statement<'_>) -> Option<Vec<Runs<'_>>> {
    Some(statement.actions().listed()?.map(|value| Runs::of_glob(value.text())).collect())
}

fn action_choice(statement: Statement<'_>, count: &impl Fn(u64) -> usize) -> Option<(usize, Choice)> {
    text_choice(Dimension::Action, action_runs(statement), count)
}

/// Cost is the number of rows already filed under the chosen features.
fn text_choice(
    dimension: Dimension,
    patterns: Option<Vec<Runs<'_>>>,
    count: &impl Fn(u64) -> usize,
) -> Option<(usize, Choice)> {
    let mut total = 0;
    let mut side = Side::default();
    let mut hashes = SmallVec::new();
    for runs in patterns? {
        let (cost, feature) = rarest(dimension, &runs, count)?;
        total += cost;
        match feature.kind {
            Kind::Exact => side.exact = true,
            Kind::Prefix => side.prefixes = side.prefixes.join(Lengths::of(feature.length)),
            Kind::Token => side.tokens = true,
            Kind::LongRun => side.long_runs = true,
            Kind::ShortRun => side.short_runs = true,
        }
        hashes.push(feature.hash);
    }
    let (resource, action) = match dimension {
        Dimension::Resource => (side, Side::default()),
        Dimension::Action => (Side::default(), side),
    };
    Some((total, Choice { hashes, resource, action, principal: false }))
}

/// The feature with the fewest rows, the longest among equals; runs of bytes only where the others are crowded.
fn rarest(dimension: Dimension, runs: &Runs<'_>, count: &impl Fn(u64) -> usize) -> Option<(usize, Feature)> {
    let best = |features: Vec<Feature>| {
        let counted = features.into_iter().map(|feature| (count(feature.hash), feature));
        counted.min_by_key(|(rows, feature)| (*rows, std::cmp::Reverse(feature.length)))
    };
    let cheap = best(cheap_features(dimension, runs));
    if cheap.as_ref().is_some_and(|(rows, _)| *rows <= SHORT_LIST) {
        return cheap;
    }
    let long = best(run_features(dimension, runs, Kind::LongRun, LONG));
    let found = [cheap, long].into_iter().flatten().min_by_key(|(rows, _)| *rows);
    if found.as_ref().is_some_and(|(rows, _)| *rows <= SHORT_LIST) {
        return found;
    }
    let short = best(run_features(dimension, runs, Kind::ShortRun, SHORT));
    [found, short].into_iter().flatten().min_by_key(|(rows, _)| *rows)
}

/// The whole text, the prefix, and complete tokens: a query pays little to look for them.
fn cheap_features(dimension: Dimension, runs: &Runs<'_>) -> Vec<Feature> {
    let feature =
        |kind, bytes: &[u8]| Feature { kind, hash: salted(dimension, kind, bytes_hash(bytes)), length: bytes.len() };
    let mut found = Vec::new();
    if let ([whole], true, true) = (runs.runs.as_slice(), runs.starts, runs.ends) {
        found.push(feature(Kind::Exact, whole.as_bytes()));
        return found;
    }
    if let (Some(first), true) = (runs.runs.first(), runs.starts) {
        let bytes = first.as_bytes();
        found.push(feature(Kind::Prefix, bytes.get(..Lengths::LONGEST).unwrap_or(bytes)));
    }
    for (number, run) in runs.runs.iter().enumerate() {
        let whole_start = number == 0 && runs.starts;
        let whole_end = number + 1 == runs.runs.len() && runs.ends;
        let tokens: Vec<&[u8]> = run.as_bytes().split(|byte| is_delimiter(*byte)).collect();
        let last = tokens.len() - 1;
        for (at, token) in tokens.iter().enumerate() {
            let complete = (at > 0 || whole_start) && (at < last || whole_end);
            if complete && !token.is_empty() && token.len() < POWERS.len() {
                found.push(feature(Kind::Token, token));
            }
        }
    }
    found
}

fn run_features(dimension: Dimension, runs: &Runs<'_>, kind: Kind, length: usize) -> Vec<Feature> {
    let windows = runs.runs.iter().flat_map(|run| run.as_bytes().windows(length));
    windows.map(|bytes| Feature { kind, hash: salted(dimension, kind, bytes_hash(bytes)), length }).collect()
}

/// Every feature under which `choose` may have filed a statement, and those of its variables.
pub(super) fn all(statement: Statement<'_>) -> Vec<u64> {
    let mut hashes: Vec<u64> = statement.resource_keys().map(variable).collect();
    let sides = [(Dimension::Resource, resource_runs(statement)), (Dimension::Action, action_runs(statement))];
    for (dimension, patterns) in sides {
        for runs in patterns.into_iter().flatten() {
            hashes.extend(cheap_features(dimension, &runs).iter().map(|feature| feature.hash));
            hashes.extend(run_features(dimension, &runs, Kind::LongRun, LONG).iter().map(|feature| feature.hash));
            hashes.extend(run_features(dimension, &runs, Kind::ShortRun, SHORT).iter().map(|feature| feature.hash));
        }
    }
    hashes.extend(principal_hashes(statement).into_iter().flatten());
    hashes
}

/// The feature of a variable's key: equal for spellings that are equal under fold.
pub(super) fn variable(key: &Key) -> u64 {
    mix(crate::hash::folded(&key.spelling), 100)
}

fn named(kind: u64, name: &str) -> u64 {
    mix(crate::hash::text(name.as_bytes()), 200 + kind)
}

const ACCOUNT: u64 = 0;
const ARN: u64 = 1;
const ID: u64 = 2;
const NAME: u64 = 3;
const CANONICAL: u64 = 4;

fn principal_choice(statement: Statement<'_>, count: &impl Fn(u64) -> usize) -> Option<(usize, Choice)> {
    let hashes = principal_hashes(statement)?;
    let cost = hashes.iter().map(|hash| count(*hash)).sum();
    Some((cost, Choice { hashes, resource: Side::default(), action: Side::default(), principal: true }))
}

/// `None` if the element may match callers it does not name.
fn principal_hashes(statement: Statement<'_>) -> Option<SmallVec<[u64; 2]>> {
    let PrincipalElement { sense, values } = statement.principal()?;
    if *sense == Sense::AllBut {
        return None;
    }
    values.iter().map(value_hash).collect()
}

fn value_hash(value: &PrincipalValue) -> Option<u64> {
    Some(match value {
        PrincipalValue::Everyone => return None,
        PrincipalValue::Account(account) => named(ACCOUNT, account),
        PrincipalValue::User(arn)
        | PrincipalValue::Role(arn)
        | PrincipalValue::RoleSession(arn)
        | PrincipalValue::FederatedUser(arn) => named(ARN, arn),
        PrincipalValue::UniqueId(id) => named(ID, id),
        PrincipalValue::Service(name) | PrincipalValue::Federated(name) => named(NAME, name),
        PrincipalValue::CanonicalUser(id) => named(CANONICAL, id),
    })
}

/// Probes for every name a principal element can give the caller.
pub(super) fn of_principal(principal: &Principal<'_>, probe: &mut impl FnMut(u64)) {
    let names = [
        (ACCOUNT, principal.account),
        (ARN, principal.arn),
        (ARN, principal.role_arn),
        (ARN, principal.issuer_arn),
        (ID, principal.id),
        (ID, principal.issuer_id),
        (NAME, principal.name),
        (CANONICAL, principal.canonical_id),
    ];
    for (kind, name) in names {
        if let Some(name) = name {
            probe(named(kind, name));
        }
    }
}
