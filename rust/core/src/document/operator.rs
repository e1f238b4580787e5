//! Names of condition operators (G-33).

use crate::condition::operand::{Comparison, Operator, SetPrefix};
use crate::error::Code;

const BASES: [(&str, Comparison, Sign); 27] = {
    use Comparison as C;
    use Sign::{Negated, Positive};
    [
        ("StringEquals", C::StringEquals, Positive),
        ("StringNotEquals", C::StringEquals, Negated),
        ("StringEqualsIgnoreCase", C::StringEqualsIgnoreCase, Positive),
        ("StringNotEqualsIgnoreCase", C::StringEqualsIgnoreCase, Negated),
        ("StringLike", C::StringLike, Positive),
        ("StringNotLike", C::StringLike, Negated),
        ("NumericEquals", C::NumericEquals, Positive),
        ("NumericNotEquals", C::NumericEquals, Negated),
        ("NumericLessThan", C::NumericLessThan, Positive),
        ("NumericLessThanEquals", C::NumericLessThanEquals, Positive),
        ("NumericGreaterThan", C::NumericGreaterThan, Positive),
        ("NumericGreaterThanEquals", C::NumericGreaterThanEquals, Positive),
        ("DateEquals", C::DateEquals, Positive),
        ("DateNotEquals", C::DateEquals, Negated),
        ("DateLessThan", C::DateLessThan, Positive),
        ("DateLessThanEquals", C::DateLessThanEquals, Positive),
        ("DateGreaterThan", C::DateGreaterThan, Positive),
        ("DateGreaterThanEquals", C::DateGreaterThanEquals, Positive),
        ("Bool", C::Bool, Positive),
        ("BinaryEquals", C::BinaryEquals, Positive),
        ("IpAddress", C::IpAddress, Positive),
        ("NotIpAddress", C::IpAddress, Negated),
        ("ArnEquals", C::ArnLike, Positive),
        ("ArnLike", C::ArnLike, Positive),
        ("ArnNotEquals", C::ArnLike, Negated),
        ("ArnNotLike", C::ArnLike, Negated),
        ("Null", C::Null, Positive),
    ]
};

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Positive,
    Negated,
}

const SUFFIX: &str = "IfExists";
const PREFIXES: [(&str, SetPrefix); 2] =
    [("ForAllValues:", SetPrefix::ForAllValues), ("ForAnyValue:", SetPrefix::ForAnyValue)];

/// The operator of a name in its exact spelling, or which rule the name breaks.
pub(super) fn parse(name: &str) -> Result<Operator, Code> {
    let prefixed = PREFIXES.iter().find_map(|(text, prefix)| Some((name.strip_prefix(text)?, *prefix)));
    let (rest, prefix) = prefixed.map_or((name, None), |(rest, prefix)| (rest, Some(prefix)));
    let base = rest.strip_suffix(SUFFIX);
    let if_exists = base.is_some();
    let base = base.unwrap_or(rest);
    let (_, comparison, sign) =
        BASES.iter().find(|(name, ..)| *name == base).ok_or(Code::INVALID_CONDITION_OPERATOR)?;
    if *comparison == Comparison::Null && if_exists {
        return Err(Code::NULL_WITH_IFEXISTS);
    }
    if *comparison == Comparison::Null && prefix.is_some() {
        return Err(Code::NULL_WITH_QUALIFIER);
    }
    Ok(Operator { prefix, comparison: *comparison, negated: *sign == Sign::Negated, if_exists })
}

/// All names that `parse` takes.
pub(super) fn names() -> Vec<String> {
    let prefixes = [""].into_iter().chain(PREFIXES.iter().map(|(text, _)| *text));
    let bases = || BASES.iter().map(|(name, ..)| *name);
    let all = prefixes
        .flat_map(|prefix| bases().flat_map(move |base| ["", SUFFIX].map(|suffix| format!("{prefix}{base}{suffix}"))));
    all.filter(|name| parse(name).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_operator_and_only_arn_operators_have_two_names() {
        let names = names();
        assert_eq!(names.len(), 26 * 2 * 3 + 1);
        for (number, name) in names.iter().enumerate() {
            for other in names.iter().skip(number + 1) {
                let same = parse(name) == parse(other);
                assert_eq!(same, name.replace("Equals", "Like") == *other && name.contains("Arn"), "{name} {other}");
            }
        }
    }

    #[test]
    fn spelling_is_exact() {
        for name in [
            "",
            "stringEquals",
            "StringEquals ",
            "ForAnyValues:StringEquals",
            "IfExists",
            "StringEqualsIfExistsIfExists",
        ] {
            assert_eq!(parse(name), Err(Code::INVALID_CONDITION_OPERATOR), "{name}");
        }
        assert_eq!(parse("NullIfExists"), Err(Code::NULL_WITH_IFEXISTS));
        assert_eq!(parse("ForAnyValue:NullIfExists"), Err(Code::NULL_WITH_IFEXISTS));
        assert_eq!(parse("ForAllValues:Null"), Err(Code::NULL_WITH_QUALIFIER));
    }
}
