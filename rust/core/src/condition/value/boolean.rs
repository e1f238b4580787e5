//! `true` and `false` (C-11).

/// `true` or `false` in any ASCII case.
#[must_use]
pub fn parse(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_ascii_case_and_nothing_around_it() {
        for (text, expected) in [
            ("TRUE", Some(true)),
            ("False", Some(false)),
            ("", None),
            ("true ", None),
            ("1", None),
            ("\u{17F}alse", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
