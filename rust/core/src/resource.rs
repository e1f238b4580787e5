//! The resource element, each pattern in its cheapest form (M-10…17).

use crate::arn::{self, Arn};
use crate::context::{Facts, Key, View};
use crate::document::{ResourceElement, ResourceValue, Sense};
use crate::pattern;
use crate::template_match::Ready;
use crate::texts::{Span, Texts};
use crate::truth::Truth;
use serde::{Deserialize, Serialize};

/// What a request is about: `*` (`None`) or one ARN (M-10).
pub type Target<'a> = Option<Arn<'a>>;

/// A resource element, ready to be asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Resources {
    /// Absent: the resource that the policy is attached to (G-27, M-17).
    Attached,
    /// One listed value, the usual case.
    One(Pattern),
    /// Several values or `NotResource`.
    Many(Box<Element>),
}

/// `Resource` or `NotResource` with its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Element {
    sense: Sense,
    patterns: Box<[Pattern]>,
}

/// One value, by how it is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// `*`.
    Any,
    /// No wildcard anywhere.
    Exact(Span),
    /// One wildcard: the `*` that ends the sixth segment.
    Prefix(Span),
    /// Wildcards elsewhere; cut at its first five colons when it is compared.
    Glob(Span, Ends),
    /// Variables in the sixth segment.
    Template(Box<Template>),
}

/// What stands around the wildcards of a pattern, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ends {
    /// Length of the text before the first wildcard.
    start: u16,
    /// Length of the text after the last.
    end: u16,
}

/// Five segments of text and a sixth with variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// Segments 1 to 5, each with its colon.
    head: Box<str>,
    resource: Ready,
}

impl Resources {
    /// Prepares the resource element of a statement; its texts go where those of the document are.
    #[must_use]
    pub(crate) fn new(element: Option<&ResourceElement>, texts: &mut Texts) -> Self {
        let Some(element) = element else {
            return Self::Attached;
        };
        match (element.sense, element.values.as_slice()) {
            (Sense::Listed, [value]) => Self::One(Pattern::new(value, texts)),
            (sense, values) => {
                let patterns = values.iter().map(|value| Pattern::new(value, texts)).collect();
                Self::Many(Box::new(Element { sense, patterns }))
            }
        }
    }

    /// The resource part of a statement (M-15, M-17).
    pub(crate) fn matches<F: Facts>(&self, texts: &str, target: &Target<'_>, view: &View<'_, F>) -> Truth {
        match self {
            Self::Attached => Truth::T,
            Self::One(pattern) => pattern.matches(texts, target, view),
            Self::Many(element) => {
                let listed = Truth::any(element.patterns.iter().map(|pattern| pattern.matches(texts, target, view)));
                if element.sense == Sense::AllBut { !listed } else { listed }
            }
        }
    }

    /// The listed patterns; `None` when what is not listed may match as well.
    pub(crate) fn listed(&self) -> Option<&[Pattern]> {
        match self {
            Self::One(pattern) => Some(std::slice::from_ref(pattern)),
            Self::Many(element) if element.sense == Sense::Listed => Some(&element.patterns),
            _ => None,
        }
    }

    fn patterns(&self) -> &[Pattern] {
        match self {
            Self::Attached => &[],
            Self::One(pattern) => std::slice::from_ref(pattern),
            Self::Many(element) => &element.patterns,
        }
    }

    /// Keys of the variables, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.patterns().iter().flat_map(Pattern::keys)
    }

    /// Whether all texts are there, as they are in everything but damaged bytes.
    pub(crate) fn are_whole(&self, texts: &str) -> bool {
        self.patterns().iter().all(|pattern| match pattern {
            Pattern::Exact(span) | Pattern::Prefix(span) | Pattern::Glob(span, _) => span.is_in(texts),
            Pattern::Any | Pattern::Template(_) => true,
        })
    }
}

impl Pattern {
    fn new(value: &ResourceValue, texts: &mut Texts) -> Self {
        let (text, last_colon, resource) = match value {
            ResourceValue::Any => return Self::Any,
            ResourceValue::Arn { text, colons: [.., last], resource } => (text, *last, resource),
        };
        if let Some(resource) = resource {
            let head = text.get(..=last_colon as usize).unwrap_or_default().into();
            return Self::Template(Box::new(Template { head, resource: Ready::new(resource) }));
        }
        let literal = pattern::literal_prefix(text);
        if literal == text.len() {
            return Self::Exact(texts.add(text));
        }
        if literal + 1 == text.len() && text.ends_with('*') && literal > last_colon as usize {
            return Self::Prefix(texts.add(text.get(..literal).unwrap_or_default()));
        }
        Self::Glob(texts.add(text), Ends::of(text))
    }

    /// Whether this value matches what the request is about (M-11…13, M-26, M-27).
    fn matches<F: Facts>(&self, texts: &str, target: &Target<'_>, view: &View<'_, F>) -> Truth {
        if matches!(self, Self::Any) {
            return Truth::T;
        }
        let Some(arn) = target else {
            return Truth::F; // M-12
        };
        match self {
            Self::Any => Truth::T,
            // Without a `*` in segments 1 to 5 nothing can cross a colon, and equal text has equal segments.
            Self::Exact(text) => (arn.text() == text.of(texts)).into(),
            Self::Prefix(text) => arn.text().starts_with(text.of(texts)).into(),
            Self::Glob(text, ends) => ends.glob_matches(text.of(texts), arn),
            Self::Template(template) => template.matches(arn, view),
        }
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        let template = if let Self::Template(template) = self { Some(template) } else { None };
        template.into_iter().flat_map(|template| template.resource.keys())
    }

    /// The runs of text without wildcards and variables that every matching ARN contains, in order, and whether the
    /// first stands at the start and the last at the end of it.
    pub(crate) fn runs<'p>(&'p self, texts: &'p str) -> Runs<'p> {
        match self {
            Self::Any => Runs::default(),
            Self::Exact(text) => Runs { runs: vec![text.of(texts)], starts: true, ends: true },
            Self::Prefix(text) => Runs { runs: vec![text.of(texts)], starts: true, ends: false },
            Self::Glob(text, _) => Runs::of_glob(text.of(texts)),
            Self::Template(template) => {
                // The head's last run ends with a colon and goes on in the resource; a run may be cut anywhere.
                let mut found = Runs::of_glob(&template.head);
                found.ends = false;
                found.runs.extend(template.resource.texts());
                found
            }
        }
    }
}

/// Literal runs of a pattern.
#[derive(Debug, Default)]
pub(crate) struct Runs<'p> {
    pub(crate) runs: Vec<&'p str>,
    /// The first run is the start of every match.
    pub(crate) starts: bool,
    /// The last run is the end of every match.
    pub(crate) ends: bool,
}

impl<'p> Runs<'p> {
    pub(crate) fn of_glob(text: &'p str) -> Self {
        let wild = ['*', '?'];
        Self {
            runs: text.split(wild).filter(|run| !run.is_empty()).collect(),
            starts: !text.starts_with(wild),
            ends: !text.ends_with(wild),
        }
    }
}

impl Ends {
    fn of(text: &str) -> Self {
        let start = pattern::literal_prefix(text);
        let end = memchr::memrchr2(b'*', b'?', text.as_bytes()).map_or(0, |last| text.len() - last - 1);
        // A shorter start or end says less, and nothing wrong.
        let short = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
        Self { start: short(start), end: short(end) }
    }

    /// Whether the pattern whose ends these are matches.
    fn glob_matches(self, text: &str, arn: &Arn<'_>) -> Truth {
        let (wanted, found) = (text.as_bytes(), arn.text().as_bytes());
        let (start, end) = (usize::from(self.start), usize::from(self.end));
        // What stands before the first wildcard and after the last tells most ARNs apart at once.
        let alike = found.len() >= end
            && wanted.get(wanted.len() - end..) == found.get(found.len() - end..)
            && wanted.get(..start) == found.get(..start);
        if !alike {
            return Truth::F;
        }
        // A single `*`: the rest of the ARN is as in the pattern, so if it takes no colon all segments match.
        if start + 1 + end == wanted.len() && wanted.get(start) == Some(&b'*') {
            let Some(taken) = found.get(start..found.len() - end) else {
                return Truth::F; // start and end overlap
            };
            if !taken.contains(&b':') {
                return Truth::T;
            }
        }
        // The parser lets no pattern of fewer than six segments through.
        let Some([a, b, c, d, e, resource]) = arn::cut(text) else {
            return Truth::F;
        };
        arn::compare(&[a, b, c, d, e], arn, |rest| pattern::matches(resource, rest).into())
    }
}

impl Template {
    fn matches<F: Facts>(&self, arn: &Arn<'_>, view: &View<'_, F>) -> Truth {
        let Some([a, b, c, d, e, _]) = arn::cut(&self.head) else {
            return Truth::F;
        };
        self.resource.with_tokens(view, |tokens| {
            arn::compare(&[a, b, c, d, e], arn, |rest| pattern::tokens_match(tokens, rest).into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::matches;

    /// Without the quick answers.
    fn plainly(wanted: &str, arn: &Arn<'_>) -> Truth {
        let [a, b, c, d, e, resource] = arn::cut(wanted).unwrap();
        arn::compare(&[a, b, c, d, e], arn, |rest| matches(resource, rest).into())
    }

    #[test]
    fn quick_answers_are_those_of_the_segments() {
        let patterns = [
            "arn:aws:s3:::a*a",
            "arn:aws:s3:::*a",
            "arn:aws:s3:::?a",
            "arn:aws:sqs:*:1:q",
            "arn:aws:sqs:e*:1:q",
            "arn:aws:*:q",
            "arn:aws*:s3:::a",
            "arn:aws:s3:::a*:b",
        ];
        let arns = [
            "arn:aws:s3:::a",
            "arn:aws:s3:::aa",
            "arn:aws:s3:::a:a",
            "arn:aws:s3:::ba",
            "arn:aws:sqs:e:1:q",
            "arn:aws:sqs::1:q",
            "arn:aws:sqs:e:2:q:1:q",
            "arn:aws-cn:s3:::a",
            "arn:aws:x:s3:::a",
            "arn:aws:s3:::a:b",
            "arn:aws:s3:::ab:b",
        ];
        for pattern in patterns.into_iter().filter(|pattern| arn::cut(pattern).is_some()) {
            for text in arns {
                let arn = Arn::parse(text).unwrap();
                assert_eq!(Ends::of(pattern).glob_matches(pattern, &arn), plainly(pattern, &arn), "{pattern} {text}");
            }
        }
    }
}
