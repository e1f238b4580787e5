//! Text with wildcards and policy variables: what `${…}` means (M-20…28, G-37).

use crate::error::Code;
use serde::{Deserialize, Serialize};

/// A pattern whose variables are filled in when a request is evaluated.
///
/// Adjacent literal text is one `Text`; consecutive `*` are one `Any`; there is no empty `Text`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// In order.
    pub parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Literal text; escapes (`${*}`) are already here (M-22).
    Text(String),
    /// `*`: any number of scalars.
    Any,
    /// `?`: exactly one scalar.
    One,
    /// `${KEY}` or `${KEY, 'DEFAULT'}`.
    Variable {
        /// As written; compared under fold.
        key: String,
        /// Literal text used when the key gives nothing (M-25).
        default: Option<String>,
    },
}

/// Whether `*` and `?` are wild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Wildcards {
    Wild,
    Literal,
}

/// Whether `${…}` is a variable: in Version 2012-10-17 it is (M-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Variables {
    Yes,
    No,
}

/// A malformed variable (G-37, B-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VariableError {
    /// Which of the codes of G-37.
    pub code: Code,
}

/// Reads a text from left to right.
///
/// # Errors
///
/// The first malformed variable.
pub fn parse(text: &str, wildcards: Wildcards, variables: Variables) -> Result<Template, VariableError> {
    let mut template = Template { parts: Vec::new() };
    let mut rest = text;
    while let Some(special) = rest.find(['$', '*', '?']) {
        let (literal, found) = rest.split_at_checked(special).unwrap_or((rest, ""));
        template.push_text(literal);
        if variables == Variables::Yes && found.starts_with(OPENING) {
            let (part, after) = variable(found)?;
            template.push(part);
            rest = after;
            continue;
        }
        let (scalar, after) = found.split_at_checked(1).unwrap_or((found, ""));
        match (scalar, wildcards) {
            ("*", Wildcards::Wild) => template.push(Part::Any),
            ("?", Wildcards::Wild) => template.push(Part::One),
            _ => template.push_text(scalar),
        }
        rest = after;
    }
    template.push_text(rest);
    Ok(template)
}

const OPENING: &str = "${";
const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

impl Template {
    fn push(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.push_text(&text),
            Part::Any if self.parts.last() == Some(&Part::Any) => {}
            part => self.parts.push(part),
        }
    }

    fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.parts.last_mut() {
            Some(Part::Text(before)) => before.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }
}

/// The variable or escape that a text starts with, and the text after it.
fn variable(text: &str) -> Result<(Part, &str), VariableError> {
    let error = |code| VariableError { code };
    let inside = text.strip_prefix(OPENING).unwrap_or(text);
    let (body, rest) = inside.split_once('}').ok_or(error(Code::MISSING_BRACE_IN_VARIABLE))?;
    if body.is_empty() {
        return Err(error(Code::EMPTY_VARIABLE));
    }
    if is_escape(body) {
        return Ok((Part::Text(body.to_owned()), rest));
    }
    let (key, after_comma) = match body.split_once(',') {
        Some((key, after)) => (key, Some(after)),
        None => (body, None),
    };
    if key.contains(SPACES) {
        return Err(error(Code::UNSUPPORTED_SPACE_IN_VARIABLE));
    }
    if key.contains(['$', '{', '\'', '*', '?']) || !key.contains(':') {
        return Err(error(Code::INVALID_VARIABLE));
    }
    let default = after_comma.map(default_text).transpose()?;
    Ok((Part::Variable { key: key.to_owned(), default: default.map(str::to_owned) }, rest))
}

/// `*`, `?` or `$` alone stand for themselves (M-22).
fn is_escape(body: &str) -> bool {
    matches!(body, "*" | "?" | "$")
}

/// What stands between the quotes after the comma.
fn default_text(after_comma: &str) -> Result<&str, VariableError> {
    let quoted = after_comma.strip_prefix(' ').filter(|quoted| !quoted.starts_with(SPACES));
    let quoted = quoted.ok_or(VariableError { code: Code::UNSUPPORTED_SPACE_IN_VARIABLE })?;
    let text = quoted.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    text.filter(|text| !text.contains('\'')).ok_or(VariableError { code: Code::MISSING_QUOTE_IN_VARIABLE })
}

/// Whether a text is nothing but one variable, well-formed or not; an escape is none (M-28).
#[must_use]
pub fn is_one_variable(text: &str, variables: Variables) -> bool {
    let inside = text.strip_prefix(OPENING).filter(|_| variables == Variables::Yes);
    inside.and_then(|inside| inside.split_once('}')).is_some_and(|(body, rest)| rest.is_empty() && !is_escape(body))
}

/// Whether a text holds a variable or an escape, or the beginning of one.
#[must_use]
pub fn has_variable(text: &str, variables: Variables) -> bool {
    variables == Variables::Yes && text.contains(OPENING)
}

/// At most six parts of an ARN pattern: cut at `:` outside of variables, the sixth keeps further colons (G-25).
///
/// A variable without its brace reaches to the end of the text (B-06).
#[derive(Debug, Clone)]
pub struct Segments<'t> {
    rest: Option<&'t str>,
    left: u8,
    variables: Variables,
}

impl<'t> Segments<'t> {
    /// All segments of a text.
    #[must_use]
    pub fn new(text: &'t str, variables: Variables) -> Self {
        Self { rest: Some(text), left: 6, variables }
    }

    /// Where the next colon outside of variables stands.
    fn colon(&self, text: &str) -> Option<usize> {
        let mut from = 0;
        loop {
            let at = from + text.get(from..)?.find([':', '$'])?;
            let found = text.get(at..)?;
            if found.starts_with(':') {
                return Some(at);
            }
            let opens = self.variables == Variables::Yes && found.starts_with(OPENING);
            from = at + if opens { found.find('}')? } else { 1 };
        }
    }
}

impl<'t> Iterator for Segments<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest.take()?;
        self.left = self.left.saturating_sub(1);
        let colon = self.colon(rest).filter(|_| self.left > 0);
        let (segment, after) = match colon {
            Some(colon) => (rest.get(..colon)?, rest.get(colon + 1..)),
            None => (rest, None),
        };
        self.rest = after;
        Some(segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Result<Vec<Part>, &'static str> {
        let parsed = parse(text, Wildcards::Wild, Variables::Yes);
        parsed.map(|template| template.parts).map_err(|error| error.code.name())
    }

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    fn variable(key: &str, default: Option<&str>) -> Part {
        Part::Variable { key: key.to_owned(), default: default.map(str::to_owned) }
    }

    #[test]
    fn literal_text_joins_and_stars_collapse() {
        assert_eq!(parts("a**?*b").unwrap(), [text("a"), Part::Any, Part::One, Part::Any, text("b")]);
        assert_eq!(parts("$a${*}b${$}{${?}").unwrap(), [text("$a*b${?")]);
        assert_eq!(parts("").unwrap(), []);
        assert_eq!(parts("a${aws:username}é").unwrap(), [text("a"), variable("aws:username", None), text("é")]);
    }

    #[test]
    fn defaults_are_quoted_after_one_space() {
        for (body, expected) in [("a:b, ''", ""), ("a:b, 'x, y*$'", "x, y*$"), ("a:b, '{'", "{")] {
            assert_eq!(parts(&format!("${{{body}}}")).unwrap(), [variable("a:b", Some(expected))], "{body}");
        }
    }

    #[test]
    fn malformed_variables_have_their_codes() {
        for (text, code) in [
            ("${a:b", "MISSING_BRACE_IN_VARIABLE"),
            ("x${", "MISSING_BRACE_IN_VARIABLE"),
            ("${}", "EMPTY_VARIABLE"),
            ("${ a:b}", "UNSUPPORTED_SPACE_IN_VARIABLE"),
            ("${aws:username ,'x'}", "UNSUPPORTED_SPACE_IN_VARIABLE"),
            ("${a:b,'x'}", "UNSUPPORTED_SPACE_IN_VARIABLE"),
            ("${a:b,  'x'}", "UNSUPPORTED_SPACE_IN_VARIABLE"),
            ("${a:b,}", "UNSUPPORTED_SPACE_IN_VARIABLE"),
            ("${a:b, \t'x'}", "UNSUPPORTED_SPACE_IN_VARIABLE"),
            ("${a:b\t}", "UNSUPPORTED_SPACE_IN_VARIABLE"),
            ("${, 'x'}", "INVALID_VARIABLE"),
            ("${a}", "INVALID_VARIABLE"),
            ("${**}", "INVALID_VARIABLE"),
            ("${a:b*}", "INVALID_VARIABLE"),
            ("${a:'b'}", "INVALID_VARIABLE"),
            ("${a:${b:c}}", "INVALID_VARIABLE"),
            ("${a:b, x}", "MISSING_QUOTE_IN_VARIABLE"),
            ("${a:b, 'x}", "MISSING_QUOTE_IN_VARIABLE"),
            ("${a:b, '}", "MISSING_QUOTE_IN_VARIABLE"),
            ("${a:b, 'x' }", "MISSING_QUOTE_IN_VARIABLE"),
            ("${a:b, 'x'y'}", "MISSING_QUOTE_IN_VARIABLE"),
            ("${a:b, }", "MISSING_QUOTE_IN_VARIABLE"),
            ("${}${", "EMPTY_VARIABLE"),
        ] {
            assert_eq!(parts(text), Err(code), "{text}");
        }
    }

    #[test]
    fn without_variables_only_wildcards_are_special() {
        let parsed = parse("${a*}", Wildcards::Wild, Variables::No).unwrap();
        assert_eq!(parsed.parts, [text("${a"), Part::Any, text("}")]);
        let parsed = parse("*?${a:b}", Wildcards::Literal, Variables::Yes).unwrap();
        assert_eq!(parsed.parts, [text("*?"), variable("a:b", None)]);
    }

    #[test]
    fn colons_inside_variables_do_not_split() {
        let segments = |text, variables| Segments::new(text, variables).collect::<Vec<_>>();
        assert_eq!(segments("a:b:c:d:e:f:g", Variables::Yes), ["a", "b", "c", "d", "e", "f:g"]);
        assert_eq!(segments("a:x${p:q}y${r:s}:c", Variables::Yes), ["a", "x${p:q}y${r:s}", "c"]);
        assert_eq!(segments("a:${p:q", Variables::Yes), ["a", "${p:q"]);
        assert_eq!(segments("a:${p:q", Variables::No), ["a", "${p", "q"]);
        assert_eq!(segments("", Variables::Yes), [""]);
        assert_eq!(segments(":", Variables::Yes), ["", ""]);
    }
}
