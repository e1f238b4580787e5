//! Instants (C-11, R-26).

const NANOSECONDS: i128 = 1_000_000_000;
const LARGEST_EPOCH: u64 = 9_223_372_036_854_775_807; // i64::MAX
const DAYS_TO_1970: i64 = 719_162; // from 0001-01-01

/// Nanoseconds since 1970-01-01T00:00:00Z: from seconds (digits alone), or from `YYYY-MM`, `YYYY-MM-DD` or
/// `YYYY-MM-DDThh:mm[:ss[.f{1,9}]][Z|±hh:mm]`. Without a zone it is UTC; what is left out is the earliest.
#[must_use]
pub fn parse(text: &str) -> Option<i128> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return epoch(text);
    }
    let mut rest = Rest(text.as_bytes());
    let year = rest.number(4).filter(|year| *year >= 1)?;
    rest.one_of(b"-")?;
    let month = rest.number(2).filter(|month| (1..=12).contains(month))?;
    let mut day = 1;
    let mut time = 0;
    if rest.one_of(b"-").is_some() {
        day = rest.number(2).filter(|day| (1..=days_in_month(year, month)).contains(day))?;
        if rest.one_of(b"Tt").is_some() {
            time = rest.time_of_day()?;
        }
    }
    let days = days_before_year(year) + days_before_month(year, month) + day - 1 - DAYS_TO_1970;
    rest.0.is_empty().then_some(i128::from(days) * 86_400 * NANOSECONDS + time)
}

fn epoch(text: &str) -> Option<i128> {
    if text.len() > 19 {
        return None;
    }
    let seconds = text.parse::<u64>().ok().filter(|seconds| *seconds <= LARGEST_EPOCH)?;
    Some(i128::from(seconds) * NANOSECONDS)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_before_year(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

fn days_before_month(year: i64, month: i64) -> i64 {
    (1..month).map(|earlier| days_in_month(year, earlier)).sum()
}

/// What is still to be read.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        wanted.contains(first).then(|| self.0 = rest)?;
        Some(*first)
    }

    /// Exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        let value = number
            .iter()
            .try_fold(0, |value, digit| digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0')))?;
        self.0 = rest;
        Some(value)
    }

    /// `hh:mm`, in minutes.
    fn hours_and_minutes(&mut self) -> Option<i64> {
        let hour = self.number(2).filter(|hour| *hour <= 23)?;
        self.one_of(b":")?;
        let minute = self.number(2).filter(|minute| *minute <= 59)?;
        Some(hour * 60 + minute)
    }

    /// Nanoseconds after midnight UTC of what follows the `T`.
    fn time_of_day(&mut self) -> Option<i128> {
        let minutes = self.hours_and_minutes()?;
        let (seconds, nanoseconds) = match self.one_of(b":") {
            None => (0, 0),
            Some(_) => {
                let seconds = self.number(2).filter(|second| *second <= 59)?;
                (seconds, if self.one_of(b".").is_some() { self.fraction()? } else { 0 })
            }
        };
        let offset = match self.one_of(b"Zz+-") {
            Some(b'+') => self.hours_and_minutes()?,
            Some(b'-') => -self.hours_and_minutes()?,
            _ => 0,
        };
        Some(i128::from((minutes - offset) * 60 + seconds) * NANOSECONDS + nanoseconds)
    }

    /// One to nine digits, in nanoseconds.
    fn fraction(&mut self) -> Option<i128> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        let value = self.number(digits)?;
        Some((digits..9).fold(i128::from(value), |value, _| value * 10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_instants() {
        for (text, seconds) in [
            ("0", 0),
            ("2024", 2024),
            ("9223372036854775807", i128::from(i64::MAX)),
            ("0001-01", -62_135_596_800),
            ("1970-01-01", 0),
            ("2024-03", 1_709_251_200),
            ("2024-02-29T23:00:00Z", 1_709_247_600),
            ("2024-03-01T00:00:00+01:00", 1_709_247_600),
            ("2024-02-29t18:30-04:30", 1_709_247_600),
            ("2000-02-29T12:34", 951_827_640),
            ("9999-12-31T23:59:59z", 253_402_300_799),
        ] {
            assert_eq!(parse(text), Some(seconds * NANOSECONDS), "{text}");
        }
        assert_eq!(parse("1970-01-01T00:00:00.5Z"), Some(500_000_000));
        assert_eq!(parse("1969-12-31T23:59:59.999999999"), Some(-1));
    }

    #[test]
    fn everything_else_is_no_date() {
        for text in [
            "",
            " 0",
            "-1",
            "+1",
            "9223372036854775808",
            "00000000000000000000",
            "1.5",
            "0000-01",
            "2024-13",
            "2024-00",
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-01-00",
            "2024-1-01",
            "2024-01T00:00",
            "2024-01-01T",
            "2024-01-01T24:00",
            "2024-01-01T00:60",
            "2024-01-01T00:00:60",
            "2024-01-01T00",
            "2024-01-01T00:00:00.",
            "2024-01-01T00:00:00.1234567890",
            "2024-01-01T00:00.5",
            "2024-01-01T00:00+24:00",
            "2024-01-01T00:00+0100",
            "2024-01-01T00:00+01",
            "2024-01-01 00:00",
            "2024-01-01Z",
            "2024-01-01T00:00ZZ",
            "2024-01-01T00:00:00Z ",
            "2024-",
            "2024-01-",
            "20240101T000000Z",
            "٢٠٢٤",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_follow_each_other() {
        let mut last = parse("0001-01-01").unwrap();
        for year in 1..=9999 {
            for month in 1..=12 {
                let first = parse(&format!("{year:04}-{month:02}")).unwrap();
                assert!(first == last, "{year}-{month}");
                last += i128::from(days_in_month(year, month)) * 86_400 * NANOSECONDS;
            }
        }
    }
}
