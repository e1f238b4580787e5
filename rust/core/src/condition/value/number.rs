//! Exact decimals (C-11, R-22).

use crate::condition::operand::Decimal;
use std::cmp::Ordering;

/// Digits a number may have on each side of its point.
const MOST_DIGITS: usize = 64;

/// `[+-]?DIGITS(.DIGITS)?` with 1 to 64 digits on each side.
#[must_use]
pub fn parse(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (integer, fraction) = match unsigned.split_once('.') {
        Some((integer, fraction)) => (digits(integer)?, digits(fraction)?),
        None => (digits(unsigned)?, ""),
    };
    let integer = integer.trim_start_matches('0').to_owned();
    let fraction = fraction.trim_end_matches('0').to_owned();
    let is_zero = integer.is_empty() && fraction.is_empty();
    Some(Decimal { negative: text.starts_with('-') && !is_zero, integer, fraction })
}

fn digits(text: &str) -> Option<&str> {
    let legal = (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    legal.then_some(text)
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.size().cmp(&other.size()),
            (true, true) => other.size().cmp(&self.size()),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl Decimal {
    /// What compares as the distance from zero: without leading zeros the longer integer is the larger.
    fn size(&self) -> (usize, &str, &str) {
        (self.integer.len(), &self.integer, &self.fraction)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_decimals_alone_are_numbers() {
        let longest = "9".repeat(64);
        for text in ["0", "-0", "+1", "007", "1.50", &longest, &format!("-{longest}.{longest}")] {
            assert!(parse(text).is_some(), "{text}");
        }
        let too_long = "9".repeat(65);
        let long_fraction = format!("1.{too_long}");
        for text in
            ["", "-", ".5", "5.", "1e3", "0x1", " 1", "1 ", "1.2.3", "+-1", "--1", "١", &too_long, &long_fraction]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        let ascending = ["-10", "-9.5", "-9.25", "-0.1", "0", "0.05", "0.5", "0.51", "9", "10", "10.01", "11"];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(parse(a).unwrap().cmp(&parse(b).unwrap()), i.cmp(&j), "{a} {b}");
            }
        }
        for (a, b) in [("1.0", "1"), ("-0", "0"), ("+007.10", "7.1"), ("-0.00", "0")] {
            assert_eq!(parse(a), parse(b), "{a} {b}");
        }
    }
}
