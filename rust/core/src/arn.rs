//! ARNs as requests carry them, and the segment-wise comparison of patterns with them (M-10, M-13).

use crate::pattern;
use crate::truth::Truth;

/// A concrete ARN with at least six segments.
#[derive(Debug, Clone, Copy)]
pub struct Arn<'a> {
    text: &'a str,
    /// The sixth segment: everything after the fifth colon.
    resource: &'a str,
    segments: [&'a str; 5],
}

impl<'a> Arn<'a> {
    /// Splits a well-formed request ARN (B-20): first segment `arn`; partition, service and resource not empty.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let [arn, partition, service, region, account, resource] = cut_aws(text).or_else(|| cut(text))?;
        let segments = [arn, partition, service, region, account];
        let whole = arn == "arn" && !partition.is_empty() && !service.is_empty() && !resource.is_empty();
        whole.then_some(Self { text, resource, segments })
    }

    /// The ARN as given.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Second segment.
    #[must_use]
    pub fn partition(&self) -> &'a str {
        let [_, partition, ..] = self.segments;
        partition
    }

    /// Whether another text that starts with `arn:` has the same partition.
    #[must_use]
    pub fn shares_partition(&self, other: &str) -> bool {
        let end = "arn:".len() + self.partition().len() + 1;
        self.text.as_bytes().get(..end) == other.as_bytes().get(..end)
    }

    /// Third segment.
    #[must_use]
    pub fn service(&self) -> &'a str {
        let [_, _, service, ..] = self.segments;
        service
    }

    /// Fifth segment.
    #[must_use]
    pub fn account(&self) -> &'a str {
        let [.., account] = self.segments;
        account
    }

    /// Everything after the fifth colon.
    #[must_use]
    pub fn resource(&self) -> &'a str {
        self.resource
    }

    /// The first five segments.
    #[must_use]
    pub fn head(&self) -> &[&'a str; 5] {
        &self.segments
    }

    /// Whether this names an IAM role: `arn:P:iam::A:role/…`.
    #[must_use]
    pub fn is_role(&self) -> bool {
        self.service() == "iam" && self.resource.starts_with("role/")
    }
}

/// `cut` for the usual partition, whose colons need not be looked for.
fn cut_aws(text: &str) -> Option<[&str; 6]> {
    let rest = text.strip_prefix("arn:aws:")?;
    let mut parts = [text.get(..3)?, text.get(4..7)?, "", "", "", ""];
    let (last, first) = parts.split_last_mut()?;
    *last = cut_fields(rest, first.get_mut(2..)?)?;
    Some(parts)
}

/// Cuts a text at its first five colons.
pub(crate) fn cut(text: &str) -> Option<[&str; 6]> {
    let mut parts = [""; 6];
    let (last, first) = parts.split_last_mut()?;
    *last = cut_fields(text, first)?;
    Some(parts)
}

/// Fills fields that end at a colon each and gives the rest.
fn cut_fields<'t>(text: &'t str, fields: &mut [&'t str]) -> Option<&'t str> {
    let mut start = 0;
    let mut bytes = text.bytes();
    // The fields are short: stepping over them costs less than calling a vector search for each.
    for field in fields {
        let colon = start + bytes.position(|byte| byte == b':')?;
        *field = text.get(start..colon)?;
        start = colon + 1;
    }
    text.get(start..)
}

/// Whether a text is an account id: exactly 12 ASCII digits (N-10).
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares six pattern segments with an ARN (M-13).
///
/// `resource` says whether the sixth pattern segment matches a text. T if segment by segment; I if it matches only when
/// a `*` that ends one of segments 2 to 5 also takes whole further fields.
pub(crate) fn compare(head: &[&str; 5], arn: &Arn<'_>, resource: impl Fn(&str) -> Truth) -> Truth {
    let by_segment = head.iter().zip(arn.head()).all(|(p, s)| p == s || *p == "*" || pattern::matches(p, s));
    let straight = if by_segment { resource(arn.resource()) } else { Truth::F };
    if straight != Truth::F {
        return straight;
    }
    if crosses(head, arn, &resource) { Truth::I } else { Truth::F }
}

/// Whether the pattern matches once a closing `*` of segments 2 to 5 may reach over colons.
///
/// Such a segment takes the field it is laid on and then any number of whole fields, so the search runs over fields.
fn crosses(head: &[&str; 5], arn: &Arn<'_>, resource: &impl Fn(&str) -> Truth) -> bool {
    let may_cross = head.iter().skip(1).any(|segment| segment.ends_with('*'));
    if !may_cross || memchr::memchr(b':', arn.resource().as_bytes()).is_none() {
        return false;
    }
    let starts: Vec<usize> =
        std::iter::once(0).chain(memchr::memchr_iter(b':', arn.text().as_bytes()).map(|at| at + 1)).collect();
    let field = |number: usize| -> Option<&str> {
        let start = *starts.get(number)?;
        let end = starts.get(number + 1).map_or(arn.text().len(), |next| next - 1);
        arn.text().get(start..end)
    };
    // Fields at which the next segment may be laid.
    let mut open = vec![0_usize];
    for (position, segment) in head.iter().enumerate() {
        let mut next = Vec::new();
        for &number in &open {
            if !field(number).is_some_and(|text| pattern::matches(segment, text)) {
                continue;
            }
            if position > 0 && segment.ends_with('*') {
                next.extend(number + 1..starts.len());
                break; // `open` is ascending: what a later field could reach is reached already
            }
            next.push(number + 1);
        }
        next.dedup();
        open = next;
    }
    open.iter().any(|&number| {
        let rest = starts.get(number).and_then(|&start| arn.text().get(start..));
        rest.is_some_and(|rest| resource(rest) != Truth::F)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn match_arn(wanted: &str, text: &str) -> Truth {
        let parts: Vec<&str> = wanted.splitn(6, ':').collect();
        let [a, b, c, d, e, resource] = parts.as_slice() else {
            panic!("six segments");
        };
        compare(&[a, b, c, d, e], &Arn::parse(text).unwrap(), |rest| pattern::matches(resource, rest).into())
    }

    #[test]
    fn sixth_segment_takes_colons_and_slashes() {
        let wanted = "arn:aws:logs:*:*:log-group:app-*:*";
        let text = "arn:aws:logs:eu-west-1:111122223333:log-group:app-x:log-stream:s";
        assert_eq!(match_arn(wanted, text), Truth::T);
    }

    #[test]
    fn a_star_that_must_cross_a_colon_is_indeterminate() {
        let wanted = "arn:aws:sqs:*:111122223333:q";
        let text = "arn:aws:sqs:eu-west-1:999999999999:q:111122223333:q";
        assert_eq!(match_arn(wanted, text), Truth::I);
    }

    #[test]
    fn a_star_inside_a_segment_never_crosses() {
        let text = "arn:aws:sqs:eu-west-1:999999999999:q:111122223333:q";
        assert_eq!(match_arn("arn:aws:sqs:*1:111122223333:q", text), Truth::F);
        assert_eq!(match_arn("arn*:aws:sqs:111122223333::q", text), Truth::F);
    }
}
