//! The request context: condition keys and their values (C-05…07).

use crate::hash;
use crate::text;
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

#[derive(Debug)]
struct Entry<'c> {
    /// Only of the entries of a sorted context.
    hash: u64,
    spelling: Cow<'c, str>,
    values: Held<'c>,
}

#[derive(Debug)]
enum Held<'c> {
    One(Cow<'c, str>),
    Many(Vec<Cow<'c, str>>),
}

impl<'c> Held<'c> {
    fn as_slice(&self) -> &[Cow<'c, str>] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }

    fn extend(&mut self, more: Self) {
        let mut all = match std::mem::replace(self, Self::Many(Vec::new())) {
            Self::One(value) => vec![value],
            Self::Many(values) => values,
        };
        match more {
            Self::One(value) => all.push(value),
            Self::Many(values) => all.extend(values),
        }
        *self = Self::Many(all);
    }
}

/// What the caller says about the request.
#[derive(Debug, Default)]
pub struct Context<'c> {
    entries: Vec<Entry<'c>>,
    /// Entries are in the order of their hashes.
    sorted: bool,
}

/// Up to here a look-up goes through the entries one by one.
const FEW: usize = 12;

impl<'c> Context<'c> {
    /// An empty context.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty context with room for so many keys.
    #[must_use]
    pub fn with_room(keys: usize) -> Self {
        Self { entries: Vec::with_capacity(keys), sorted: false }
    }

    /// Adds a key with one value. Call `finish` after the last.
    pub fn add(&mut self, spelling: impl Into<Cow<'c, str>>, value: impl Into<Cow<'c, str>>) {
        let spelling = spelling.into();
        self.entries.push(Entry { hash: 0, spelling, values: Held::One(value.into()) });
    }

    /// Adds a key with all its values; none means that the key is missing (C-06), whatever the engine knows of it
    /// (B-47). Call `finish` after the last.
    pub fn add_all(&mut self, spelling: impl Into<Cow<'c, str>>, values: impl IntoIterator<Item = Cow<'c, str>>) {
        let values = Held::Many(values.into_iter().collect());
        self.entries.push(Entry { hash: 0, spelling: spelling.into(), values });
    }

    /// Joins spellings that are equal under fold into one key, values in the byte order of the spellings (C-05).
    pub fn finish(&mut self) {
        if self.entries.len() <= FEW && !self.has_twins() {
            return;
        }
        for entry in &mut self.entries {
            entry.hash = hash::folded(&entry.spelling);
        }
        self.entries.sort_by(|a, b| (a.hash, &a.spelling).cmp(&(b.hash, &b.spelling)));
        self.sorted = true;
        let mut joined: Vec<Entry<'c>> = Vec::new();
        for entry in std::mem::take(&mut self.entries) {
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
        self.entries = joined;
    }

    fn has_twins(&self) -> bool {
        let mut rest = self.entries.as_slice();
        while let [entry, others @ ..] = rest {
            if others.iter().any(|other| text::fold_eq(&entry.spelling, &other.spelling)) {
                return true;
            }
            rest = others;
        }
        false
    }

    fn find(&self, key: &Key) -> Option<&Entry<'c>> {
        let entries = self.entries.as_slice();
        let same = |entry: &&Entry<'c>| text::fold_eq(&entry.spelling, &key.spelling);
        if !self.sorted {
            return entries.iter().find(same);
        }
        let start = entries.partition_point(|entry| entry.hash < key.hash);
        entries.iter().skip(start).take_while(|entry| entry.hash == key.hash).find(same)
    }
}

impl Given for Context<'_> {
    fn given(&self, key: &Key) -> Option<Values<'_>> {
        self.find(key).map(|entry| Values::Given(entry.values.as_slice()))
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
            context.add(format!("app:key-{number}"), number.to_string());
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
