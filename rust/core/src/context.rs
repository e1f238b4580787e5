//! The request context: condition keys and their values (C-05…07).

use crate::hash;
use crate::text;
use arrayvec::ArrayVec;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A condition key as policies name it, ready for look-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// As the policy spells it.
    pub spelling: Box<str>,
    hash: u64,
    /// What the engine can tell about this key itself (4.2).
    derived: Option<Derived>,
}

impl Key {
    /// Prepares a key.
    #[must_use]
    pub fn new(spelling: &str) -> Self {
        Self { spelling: spelling.into(), hash: hash::folded(spelling), derived: Derived::of(spelling) }
    }
}

impl Key {
    /// Whether a spelling names it (C-05).
    #[must_use]
    pub fn is_called(&self, spelling: &str) -> bool {
        text::fold_eq(&self.spelling, spelling)
    }
}

/// Keys that follow from the principal and the resource (4.2, 4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Derived {
    PrincipalType,
    PrincipalArn,
    PrincipalAccount,
    UserId,
    Username,
    PrincipalIsAwsService,
    PrincipalServiceName,
    PrincipalServiceNamesList,
    PrincipalOrgId,
    PrincipalOrgPaths,
    /// `aws:PrincipalTag/K`; the number is where K starts.
    PrincipalTag(u8),
    MultiFactorAuthPresent,
    ResourceAccount,
    ResourceOrgId,
    ResourceOrgPaths,
    /// `aws:ResourceTag/K`.
    ResourceTag(u8),
    /// `iam:ResourceTag/K`, supplied for users and roles only.
    IamResourceTag(u8),
}

impl Derived {
    fn of(spelling: &str) -> Option<Self> {
        let folded = text::fold(spelling);
        Some(match folded.as_ref() {
            "aws:principaltype" => Self::PrincipalType,
            "aws:principalarn" => Self::PrincipalArn,
            "aws:principalaccount" => Self::PrincipalAccount,
            "aws:userid" => Self::UserId,
            "aws:username" => Self::Username,
            "aws:principalisawsservice" => Self::PrincipalIsAwsService,
            "aws:principalservicename" => Self::PrincipalServiceName,
            "aws:principalservicenameslist" => Self::PrincipalServiceNamesList,
            "aws:principalorgid" => Self::PrincipalOrgId,
            "aws:principalorgpaths" => Self::PrincipalOrgPaths,
            "aws:multifactorauthpresent" => Self::MultiFactorAuthPresent,
            "aws:resourceaccount" => Self::ResourceAccount,
            "aws:resourceorgid" => Self::ResourceOrgId,
            "aws:resourceorgpaths" => Self::ResourceOrgPaths,
            other if other.starts_with("aws:principaltag/") => Self::PrincipalTag(17),
            other if other.starts_with("aws:resourcetag/") => Self::ResourceTag(16),
            other if other.starts_with("iam:resourcetag/") => Self::IamResourceTag(16),
            _ => return None,
        })
    }
}

/// What the host says about a request.
pub trait Given {
    /// The values of a key, or `Values::Missing` if it was given without any (B-47); `None` if it was not given.
    fn given(&self, key: &Key) -> Option<Values<'_>>;
}

/// Everything that is known about a request besides the policies.
pub trait Facts: Given {
    /// The values of a derived key; `tag` is the part after `/` of tag keys, else empty.
    fn derived(&self, key: Derived, tag: &str) -> Values<'_>;
}

/// A context from which nothing is derived: a case says everything itself.
impl Facts for Context<'_> {
    fn derived(&self, _: Derived, _: &str) -> Values<'_> {
        Values::Missing
    }
}

/// The values of one key.
#[derive(Debug)]
pub enum Values<'v> {
    /// Absent, or present with no values (C-06).
    Missing,
    /// Exactly one.
    One(Cow<'v, str>),
    /// Of the caller's context.
    Given(&'v [Cow<'v, str>]),
    /// Two or more derived ones.
    Several(Vec<Cow<'v, str>>),
}

impl Values<'_> {
    /// All of them; empty when the key is missing.
    #[must_use]
    pub fn as_slice(&self) -> &[Cow<'_, str>] {
        match self {
            Self::Missing => &[],
            Self::One(value) => std::slice::from_ref(value),
            Self::Given(values) => values,
            Self::Several(values) => values,
        }
    }
}

/// Up to so many keys are looked through one by one.
const FEW: usize = 8;

/// What the caller says about the request.
#[derive(Debug, Default)]
pub struct Context<'c> {
    /// Keys with one borrowed value each: nearly all requests have no others, and nothing is allocated for them.
    few: ArrayVec<(&'c str, &'c str), FEW>,
    /// Once there is any, it holds all keys; in the order of their hashes when finished.
    entries: Vec<Entry<'c>>,
}

#[derive(Debug)]
struct Entry<'c> {
    hash: u64,
    spelling: Cow<'c, str>,
    values: Vec<Cow<'c, str>>,
}

impl<'c> Entry<'c> {
    fn new(spelling: Cow<'c, str>, values: Vec<Cow<'c, str>>) -> Self {
        Self { hash: hash::folded(&spelling), spelling, values }
    }
}

impl<'c> Context<'c> {
    /// An empty context.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key with one value. Call `finish` after the last.
    #[inline]
    pub fn add(&mut self, spelling: &'c str, value: &'c str) {
        if !self.entries.is_empty() || self.few.try_push((spelling, value)).is_err() {
            self.put(Entry::new(spelling.into(), vec![value.into()]));
        }
    }

    /// Adds a key with all its values; none means that the key is missing (C-06), whatever the engine knows of it
    /// (B-47). Call `finish` after the last.
    pub fn add_all(&mut self, spelling: impl Into<Cow<'c, str>>, values: impl IntoIterator<Item = Cow<'c, str>>) {
        self.put(Entry::new(spelling.into(), values.into_iter().collect()));
    }

    fn put(&mut self, entry: Entry<'c>) {
        self.spill();
        self.entries.push(entry);
    }

    fn spill(&mut self) {
        let few = self.few.drain(..);
        self.entries.extend(few.map(|(spelling, value)| Entry::new(spelling.into(), vec![value.into()])));
    }

    /// Joins spellings that are equal under fold into one key, values in the byte order of the spellings (C-05).
    #[inline]
    pub fn finish(&mut self) {
        if !self.entries.is_empty() || has_twins(&self.few) {
            self.spill();
            join_twins(&mut self.entries);
        }
    }
}

fn has_twins(mut few: &[(&str, &str)]) -> bool {
    while let [(spelling, _), others @ ..] = few {
        if others.iter().any(|(other, _)| text::fold_eq(spelling, other)) {
            return true;
        }
        few = others;
    }
    false
}

fn join_twins(entries: &mut Vec<Entry<'_>>) {
    entries.sort_by(|a, b| (a.hash, &a.spelling).cmp(&(b.hash, &b.spelling)));
    let mut joined: Vec<Entry<'_>> = Vec::with_capacity(entries.len());
    for entry in entries.drain(..) {
        let twin = joined
            .iter_mut()
            .rev()
            .take_while(|known| known.hash == entry.hash)
            .find(|known| text::fold_eq(&known.spelling, &entry.spelling));
        match twin {
            Some(known) => known.values.extend(entry.values),
            None => joined.push(entry),
        }
    }
    *entries = joined;
}

impl Given for Context<'_> {
    #[inline]
    fn given(&self, key: &Key) -> Option<Values<'_>> {
        if self.entries.is_empty() {
            let (_, value) = self.few.iter().find(|(spelling, _)| key.is_called(spelling))?;
            return Some(Values::One(Cow::Borrowed(value)));
        }
        let start = self.entries.partition_point(|entry| entry.hash < key.hash);
        let mut alike = self.entries.iter().skip(start).take_while(|entry| entry.hash == key.hash);
        alike.find(|entry| key.is_called(&entry.spelling)).map(|entry| Values::Given(&entry.values))
    }
}

/// Everything a condition can look at.
pub struct View<'v, F>(pub &'v F);

impl<F> Clone for View<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for View<'_, F> {}

impl<'v, F: Facts> View<'v, F> {
    /// The values of a key: what is given stands in place of what is derived.
    #[must_use]
    pub fn values(&self, key: &Key) -> Values<'v> {
        if let Some(given) = self.0.given(key) {
            return given;
        }
        let Some(derived) = key.derived else {
            return Values::Missing;
        };
        let tag = match derived {
            Derived::PrincipalTag(start) | Derived::ResourceTag(start) | Derived::IamResourceTag(start) => {
                key.spelling.get(usize::from(start)..).unwrap_or_default()
            }
            _ => "",
        };
        self.0.derived(derived, tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(context: &Context<'_>, key: &str) -> Vec<String> {
        let view = View(context);
        view.values(&Key::new(key)).as_slice().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn twins_under_fold_are_one_key_in_the_order_of_their_spellings() {
        let mut context = Context::new();
        context.add("aws:ResourceTag/ec2", "lower");
        context.add("aws:ResourceTag/EC2", "upper");
        context.finish();
        assert_eq!(values(&context, "AWS:resourcetag/Ec2"), ["upper", "lower"]);
    }

    #[test]
    fn a_hundred_thousand_keys_are_found_by_search() {
        let mut context = Context::new();
        for number in 0..100_000 {
            context.add_all(format!("app:key-{number}"), [number.to_string().into()]);
        }
        context.finish();
        assert_eq!(values(&context, "APP:Key-99999"), ["99999"]);
        assert!(values(&context, "app:key-100000").is_empty());
    }

    #[test]
    fn an_empty_list_is_a_missing_key() {
        let mut context = Context::new();
        context.add_all("aws:TagKeys", []);
        context.finish();
        assert!(values(&context, "aws:TagKeys").is_empty());
    }
}
